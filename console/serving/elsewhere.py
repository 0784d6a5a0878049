"""Everything that can be asked and is no prediction: health, what serves, labels, metrics, the document of all this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, NamedTuple

from starlette.routing import Match, Route

from console.serving import replies
from console.serving.bodies import Bodies, Receive
from console.serving.guard import Head
from console.serving.replies import Refused, Reply
from core.services import describing
from core.services.answering import Answering
from core.services.reconciling import Condition

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
    """Called by the App with what it does not answer itself; gives the name of what was asked, and the reply."""

    def __init__(
        self, answering: Answering, condition: Callable[[], Condition], bodies: Bodies, version: str
    ) -> None:
        self.answering = answering
        self.condition = condition
        self.bodies = bodies
        self.version = version
        self._routes = [
            Route(path, endpoint, methods=["GET"]) for path, endpoint in {
                "/healthz": self.healthz, "/readyz": self.readyz, "/v1/models": self.models,
                "/v1/models/{name}": self.model,
            }.items()
        ] + [Route(path, _elsewhere, methods=["POST"]) for path in PREDICTIONS]

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

    async def healthz(self, asked: Asked) -> Reply:
        return replies.of_json({"status": "ok"})

    async def readyz(self, asked: Asked) -> Reply:
        told = describing.readiness(self.answering, self.condition())
        return replies.of_json(told, 200 if told["ready"] else 503)

    async def models(self, asked: Asked) -> Reply:
        return replies.of_json({"models": describing.models(self.answering)})

    async def model(self, asked: Asked) -> Reply:
        return replies.of_json(describing.model(self.answering, asked.path["name"]))


async def _elsewhere(asked: Asked) -> Reply:
    raise NotImplementedError("the App answers this")
