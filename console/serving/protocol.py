"""HTTP/1.1 as uvicorn reads it, where it has no limit of its own or does not speak JSON.

A request that is none is refused in JSON; a head has a size; a request has a time to arrive in, whatever it holds;
connections have a number.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from console.serving import replies
from console.serving.replies import Refused

HEAD_BYTES: Final = 64 << 10
CONNECTIONS: Final = 1_000  # of one process


class Protocol(HttpToolsProtocol):
    """`began`: when the request that is arriving began, or the connection that says nothing; None between requests."""

    began: float | None = None
    _heading: bool = False  # whether a head is arriving, and how much of it is there
    _head: int = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.began = self.loop.time()
        if len(self.connections) > CONNECTIONS:
            self._refuse(Refused(503, "Busy", "too many connections are open", "try again in a moment"))

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._last()  # answered as one that asks for no upgrade
        except httptools.HttpParserError:
            if self._answering():  # what comes after a request is broken: that one is answered, and then it ends
                self._last()
            else:
                self._refuse(Refused(400, "BadRequest", "this is no HTTP request", "send HTTP/1.1"))
        if self._heading:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self._refuse(Refused(431, "TooLarge", f"the head is larger than {HEAD_BYTES:,} bytes", "send less"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._heading, self._head = True, 0
        self.began = self.loop.time()

    def on_headers_complete(self) -> None:
        self._heading = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.began = None
        super().on_message_complete()

    @property
    def idle(self) -> bool:
        """Answered at least once, and nothing new has begun to arrive."""
        return self.cycle is not None and self.cycle.response_complete and self.began is None

    def hurry(self, now: float, seconds: float) -> None:
        """End the connection where the request that is arriving has taken longer."""
        if self.began is None or now - self.began <= seconds:
            return
        if self._answering():  # the application waits for the rest of the body
            if self.cycle.response_started:
                self.transport.abort()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._refuse(Refused(408, "TooSlow", f"the request was not there after {seconds:g} s", "send it faster"))

    def _last(self) -> None:
        self.began = None
        if self._answering():
            self.cycle.keep_alive = False
        else:
            self.transport.close()

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, error: Refused) -> None:
        reply = replies.of_error(error, "")
        lines = [STATUS_LINE[reply.status]]
        for name, value in [*self.server_state.default_headers, *reply.head, (b"connection", b"close")]:
            lines += [name, b": ", value, b"\r\n"]
        self.transport.write(b"".join([*lines, b"\r\n", reply.body]))
        self.transport.close()


async def sweep(connections: set[Any], seconds: float) -> None:
    """Once a second, for ever: connections on which a request does not get on are ended."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(1.0)
        now = loop.time()
        for one in list(connections):
            one.hurry(now, seconds)
