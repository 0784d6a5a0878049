"""What can be asked over HTTP: predictions on a short way of their own, everything else by Starlette.

    guard -> body -> core.services.answering -> reply
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from console.serving import replies
from console.serving.bodies import CSV_TYPES, JSON_TYPES, Bodies, Receive, type_of
from console.serving.guard import Guard, Head, head_of
from console.serving.replies import Refused, Reply
from core.errors import FootplateError
from core.services.answering import Answering, Given

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Elsewhere = Callable[[Scope, Head, Receive], Awaitable[tuple[str, Reply]]]

PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"content-type, authorization"),
)
_log = logging.getLogger("footplate.serve")


@dataclass
class App:
    """The ASGI application. `elsewhere` answers what is no prediction; `closing`: every answer ends its connection."""

    answering: Answering
    elsewhere: Elsewhere
    guard: Guard
    bodies: Bodies
    closing: bool = False
    asked: Counter[tuple[str, int]] = field(default_factory=Counter)  # requests by what was asked, and status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _lifespan(scope, receive, send)
            return
        path = scope["path"]
        head = head_of(scope["headers"])
        what = "refused"
        try:
            preflight = scope["method"] == "OPTIONS" and head.origin is not None
            refusal = self.guard.refuse(path, head, preflight=preflight)
            if refusal is not None:
                raise Refused(refusal.status, refusal.type, refusal.message, refusal.hint)
            what, reply = await self._ask(scope, path, head, receive)
        except FootplateError as error:
            reply = replies.of_error(error, path)
        except Exception as error:
            _log.exception("%s %s failed", scope["method"], path)
            reply = replies.of_error(_unexpected(error), path)
        self.asked[what, reply.status] += 1
        headers = reply.head
        if self.closing:
            headers.append((b"connection", b"close"))
        if head.origin is not None and self.guard.may_read(head):
            headers += _shared(head.origin)
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _ask(self, scope: Scope, path: str, head: Head, receive: Receive) -> tuple[str, Reply]:
        if scope["method"] == "POST":
            match path.split("/"):
                case ["", "v1", "models", name, "predict"]:
                    return "predict", _reply(await self.answering.own(name, await self._json(head, receive)))
                case ["", "invocations"]:
                    return "invocations", _reply(await self._invocations(head, receive))
                case ["", "v2", "models", name, "infer"]:
                    return "infer", _reply(await self.answering.infer(name, await self._json(head, receive)))
                case ["", "v2", "models", name, "versions", version, "infer"]:
                    number = number_of(version)
                    return "infer", _reply(await self.answering.infer(name, await self._json(head, receive), number))
        elif scope["method"] == "OPTIONS" and head.origin is not None:
            return "preflight", Reply(204, b"", headers=PREFLIGHT)
        return await self.elsewhere(scope, head, receive)

    async def _json(self, head: Head, receive: Receive) -> bytes:
        type_of(head, JSON_TYPES)
        return await self.bodies.read(head, receive)

    async def _invocations(self, head: Head, receive: Receive) -> Given:
        csv = type_of(head, JSON_TYPES, CSV_TYPES) in CSV_TYPES
        return await self.answering.invocations(await self.bodies.read(head, receive), csv=csv)

def _reply(given: Given) -> Reply:
    return replies.of_json(given.body, 200, ((b"x-footplate-version", b"%d" % given.version),))


def number_of(version: str) -> int:
    """A version as a path says it; one that is no number is none that there is."""
    return int(version) if version.isdecimal() and version.isascii() and len(version) < 10 else -1


def _shared(origin: str) -> list[tuple[bytes, bytes]]:
    """Of a page that may ask (the guard has looked at it): its browser lets it read the answer."""
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin")]


def _unexpected(error: Exception) -> FootplateError:
    return FootplateError(f"the server failed: {type(error).__name__}", "its log says how; please report it")


async def _lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing hangs on it; and there are no web sockets here."""
    while scope["type"] == "lifespan":
        message = await receive()
        kind = message["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{kind}.complete"})
        if kind == "shutdown":
            return
