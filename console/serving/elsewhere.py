"""Everything that can be asked and is no prediction: health, what serves, labels, metrics, the document of all this."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, NamedTuple

from starlette.routing import Match, Route

from console.serving import metrics, openapi, replies
from console.serving.app import number_of
from console.serving.bodies import JSON_TYPES, Bodies, Receive, type_of
from console.serving.guard import Head
from console.serving.replies import Refused, Reply
from core.services import describing, labelling
from core.services.answering import Answering
from core.services.reconciling import Condition
from core.workspace import Workspace

Scope = MutableMapping[str, Any]
PREDICTIONS: Final = (  # which the App answers; here to be known, and to say by which method
    "/v1/models/{name}/predict", "/invocations", "/v2/models/{name}/infer",
    "/v2/models/{name}/versions/{version}/infer",
)


class Asked(NamedTuple):
    """One request: the parts of its path, and where its body comes from."""

    path: dict[str, str]
    head: Head
    receive: Receive


Endpoint = Callable[[Asked], Awaitable[Reply]]


class Elsewhere:
    """Called by the App with what it does not answer itself; gives the name of what was asked, and the reply.

    `metrics` gives their text; `version` is Footplate's.
    """

    def __init__(
        self, workspace: Workspace, answering: Answering, condition: Callable[[], Condition], bodies: Bodies,
        metrics: Callable[[], str], version: str,
    ) -> None:
        self.workspace = workspace
        self.answering = answering
        self.condition = condition
        self.bodies = bodies
        self.metrics_text = metrics
        self.number = version
        self._routes = [
            Route(path, endpoint, methods=["GET"]) for path, endpoint in {
                "/healthz": self.healthz, "/readyz": self.readyz, "/metrics": self.metrics,
                "/openapi.json": self.openapi,
                "/v1/models": self.models, "/v1/models/{name}": self.model,
                "/ping": self.ping, "/health": self.ping, "/version": self.version,
                "/v2": self.server, "/v2/health/live": self.live, "/v2/health/ready": self.ready,
                "/v2/models/{name}": self.metadata, "/v2/models/{name}/versions/{version}": self.metadata,
                "/v2/models/{name}/ready": self.model_ready,
                "/v2/models/{name}/versions/{version}/ready": self.model_ready,
            }.items()
        ] + [
            Route("/v1/models/{name}/labels", self.labels, methods=["POST"]),
            *(Route(path, _elsewhere, methods=["POST"]) for path in PREDICTIONS),
        ]

    async def __call__(self, scope: Scope, head: Head, receive: Receive) -> tuple[str, Reply]:
        allowed: set[str] = set()
        for route in self._routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                endpoint: Endpoint = found["endpoint"]
                return route.name, await endpoint(Asked(found["path_params"], head, receive))
            if match is Match.PARTIAL:
                allowed |= route.methods or set()
        if allowed:
            allow = ", ".join(sorted(allowed))
            raise Refused(405, "MethodNotAllowed", "this path does not take this method", f"use {allow}", allow=allow)
        raise Refused(404, "NotFound", "there is nothing at this path", "GET /openapi.json says what there is")

    # -- health and numbers

    async def healthz(self, asked: Asked) -> Reply:
        return replies.of_json({"status": "ok"})

    async def readyz(self, asked: Asked) -> Reply:
        told = describing.readiness(self.answering, self.condition())
        return _ready(told["ready"], told)

    async def metrics(self, asked: Asked) -> Reply:
        return replies.of_text(self.metrics_text(), metrics.KIND)

    async def openapi(self, asked: Asked) -> Reply:
        return replies.of_json(openapi.document(self.number, describing.models(self.answering)))

    # -- Footplate's own

    async def models(self, asked: Asked) -> Reply:
        return replies.of_json({"models": describing.models(self.answering)})

    async def model(self, asked: Asked) -> Reply:
        return replies.of_json(describing.model(self.answering, asked.path["name"]))

    async def labels(self, asked: Asked) -> Reply:
        """In a thread: they are written down, and the registry is asked."""
        type_of(asked.head, JSON_TYPES)
        name = asked.path["name"]
        rows = self.answering.labels(name, await self.bodies.read(asked.head, asked.receive))
        return replies.of_json(await asyncio.to_thread(labelling.take_rows, self.workspace, name, rows, "clients"))

    # -- as MLflow's scoring server

    async def ping(self, asked: Asked) -> Reply:
        """Whether /invocations would be answered."""
        self.answering.invoked()
        return replies.of_text("\n")

    async def version(self, asked: Asked) -> Reply:
        return replies.of_text(self.number)

    # -- Open Inference

    async def server(self, asked: Asked) -> Reply:
        return replies.of_json({"name": "footplate", "version": self.number, "extensions": []})

    async def live(self, asked: Asked) -> Reply:
        return replies.of_json({"live": True})

    async def ready(self, asked: Asked) -> Reply:
        ready = describing.readiness(self.answering, self.condition())["ready"]
        return _ready(ready, {"ready": ready})

    async def metadata(self, asked: Asked) -> Reply:
        return replies.of_json(describing.metadata(self.answering, asked.path["name"], _number(asked)))

    async def model_ready(self, asked: Asked) -> Reply:
        """NotFound where it does not serve; what serves is loaded."""
        name, number = asked.path["name"], _number(asked)
        if number is None:
            self.answering.live(name)
        else:
            self.answering.version(name, number)
        return replies.of_json({"name": name, "ready": True})


def _number(asked: Asked) -> int | None:
    return number_of(asked.path["version"]) if "version" in asked.path else None


def _ready(ready: bool, body: dict[str, Any]) -> Reply:
    if ready:
        return replies.of_json(body)
    return replies.of_json(body, 503, ((b"retry-after", b"%d" % replies.RETRY_SECONDS),))


async def _elsewhere(asked: Asked) -> Reply:
    """Only so that the path is known here, and another method than POST is told 405: the App answers POST itself."""
    raise AssertionError("a prediction is answered before it comes here")
