"""Real models in a real registry, deployed; and a real server in a process of its own."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.registry import models, runs
from core.services import deploy
from core.serving import compiled
from core.training import packaging
from core.vocabulary import Strategy
from core.workspace import Workspace
from tests.fakes import fitted, rows

ROW = {"amount": 1.5, "paid": True, "city": "b", "street": "s3", "since": "2024-05-01", "seen": None, "blank": None}
TEXT = 'watch = "inbox"\ntarget = "y"\nid = "number"\n'


def recipe(workspace: Workspace, name: str = "shop", text: str = TEXT) -> int:
    return rows.recipe(workspace, name, text=text)


def version(workspace: Workspace, recipe_version: int, fit: Any = None, *, model: str = "shop") -> int:
    """Register a fitted model as the next version; it serves nowhere yet."""
    fit = fit or fitted.model()
    data = packaging.pack(fit)
    quick = compiled.compile(fit, hashlib.sha256(data).hexdigest(), fitted.rows(200)).data
    run = rows.run(workspace, recipe_version, recipe=model)
    hash = workspace.store.put_bytes(data)
    with workspace.registry.write(workspace.actor) as tx:
        models.ensure(tx, model, "classification", "roc_auc")
        number = models.add_version(
            tx, model, {"run_id": run, "artifact": hash, "bytes": len(data), "measured": True, "rows": 10}
        )
        runs.add_artifact(tx, run, "model.zip", hash, len(data))
        if quick is not None:
            runs.add_artifact(tx, run, compiled.FILE, workspace.store.put_bytes(quick), len(quick))
    return number


def serve(workspace: Workspace, number: int | None, *, model: str = "shop", environment: str = "production") -> None:
    with workspace.registry.write(workspace.actor) as tx:
        deploy.serve(tx, model, environment, number, why="a test")


def begin(
    workspace: Workspace, number: int, strategy: Strategy, steps: tuple[float, ...] = (0.5,), *, model: str = "shop"
) -> None:
    with workspace.registry.write(workspace.actor) as tx:
        deploy.begin(tx, model, "production", number, strategy, steps, why="a test")


class Served:
    """`footplate serve` on a free port, stopped at the end of `with`."""

    def __init__(
        self, root: Path, *words: str, port: int = 0, environment: Mapping[str, str] | None = None
    ) -> None:
        self.root = root
        self.log = root / ".footplate" / "logs" / "serve.log"
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "console", "-w", str(root), "serve", "--port", str(port), *words],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stream, text=True, start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        assert "http://" in self.line, self.line + self.log.read_text()
        self.host, _, port = self.line.split("http://")[1].split()[0].rpartition(":")
        self.port = int(port)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self, number: int = signal.SIGTERM, seconds: float = 30) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(seconds)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """The status and the JSON of one request on a connection of its own."""
        connection = http.client.HTTPConnection(self.host.strip("[]"), self.port, timeout=60)
        try:
            sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, sent, {"content-type": "application/json", **(headers or {})})
            response = connection.getresponse()
            said = response.read()
            kind = response.headers.get("content-type", "")
            return response.status, json.loads(said) if kind.startswith("application/json") else said
        finally:
            connection.close()

    def predict(self, *asked: Mapping[str, Any], model: str = "shop") -> Any:
        status, said = self.ask("POST", f"/v1/models/{model}/predict", {"rows": list(asked)})
        assert status == 200, said
        return said

    def until(self, path: str, condition: Any, seconds: float = 30) -> Any:
        """What the server says at a path once it is so."""
        deadline = time.monotonic() + seconds
        while True:
            status, said = self.ask("GET", path)
            if status in (200, 503) and condition(said):
                return said
            assert time.monotonic() < deadline, said
            time.sleep(0.02)
