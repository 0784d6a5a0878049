"""The application asked as uvicorn would ask it, over real models and a real log; no socket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from console.serving.app import App
from console.serving.bodies import Bodies
from console.serving.elsewhere import Elsewhere
from console.serving.guard import Guard
from core.monitoring.service import BOUNDS
from core.services.answering import Answering, Live, Loaded
from core.services.reconciling import Condition
from core.services.served import Desired
from core.services.writing import Writer
from core.serving.batching import Batcher
from core.serving.log import PredictionLog
from core.serving.predictor import Predictor
from core.serving.routing import Route
from core.serving.tally import Tally
from core.workspace import Workspace

HOST = {"host": "127.0.0.1:8000"}
JSON = {"content-type": "application/json"}


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is not JSON")

        return json.loads(self.body, parse_constant=refuse)

    @property
    def error(self) -> Any:
        return self.json["error"]


@dataclass
class Door:
    """An App and what stands behind it. `serve` puts models there as the reconciler does."""

    workspace: Workspace
    guard: Guard = field(default_factory=Guard)
    max_rows: int = 100
    max_bytes: int = 100_000
    only: str = ""
    condition: Condition = field(default_factory=lambda: Condition(looked=True))

    def __post_init__(self) -> None:
        log = PredictionLog(self.workspace.hidden / "predictions")
        self.answering = Answering("production", Writer(log), Tally(BOUNDS), self.max_rows, 30.0, self.only)
        bodies = Bodies(self.max_bytes)
        elsewhere = Elsewhere(
            self.workspace, self.answering, lambda: self.condition, bodies, lambda: "metrics 1\n", "0.1"
        )
        self.app = App(self.answering, elsewhere, self.guard, bodies)

    def serve(self, route: Route, predictors: Mapping[int, Predictor], id_column: str = "") -> None:
        versions = {number: Loaded(number, one, Batcher(one)) for number, one in predictors.items()}
        self.answering.models = {**self.answering.models, route.model: Live(route, versions, id_column)}
        wanted = {**self.condition.desired, route.model: Desired(route, {}, id_column)}
        self.condition = Condition(True, wanted, self.condition.problems)

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, *,
        pieces: list[bytes] | None = None,
    ) -> Reply:
        """`body`: bytes as they are, else as JSON. `pieces`: the body as it arrives."""
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {**HOST, **(JSON if body is not None or pieces else {}), **(headers or {})}
        if pieces is None:
            given.setdefault("content-length", str(len(sent)))
        waiting = [sent] if pieces is None else list(pieces)
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            if not waiting:
                return {"type": "http.disconnect"}
            one = waiting.pop(0)
            return {"type": "http.request", "body": one, "more_body": bool(waiting)}

        async def send(message: Any) -> None:
            said.append(message)

        await self.app(
            {
                "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
                "root_path": "", "http_version": "1.1", "scheme": "http",
                "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items() if value],
            },
            receive, send,
        )
        start, last = said
        found = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        assert int(found["content-length"]) == len(last["body"])
        return Reply(start["status"], found, last["body"])
