"""One process that answers requests: the reconciler, the application and uvicorn around one listening socket."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import uvicorn

from console.serving.app import App
from console.serving.bodies import Bodies
from console.serving.elsewhere import Elsewhere
from console.serving.guard import LOOPBACK, Guard, bare, is_loopback
from console.serving.options import Options
from core.services import served
from core.services.answering import answering
from core.services.reconciling import Reconciler
from core.workspace import Workspace

BACKLOG: Final = 2048  # connections that wait to be taken
KEEP_ALIVE_SECONDS: Final = 75
LOAD_SECONDS: Final = 60.0  # that connections wait for the first models; then they are told
LINGER_SECONDS: Final = 1.0  # in which every answer says that it is the connection's last
_log = logging.getLogger("footplate.serve")


class Listening(socket.socket):
    """Shared by several processes: each takes one connection at a time, and none shortens the queue."""

    def listen(self, backlog: int = BACKLOG, /) -> None:
        super().listen(BACKLOG)


class Worker:
    """`ready` is called once, when it has begun to take connections."""

    def __init__(
        self, workspace: Workspace, options: Options, listening: socket.socket, ready: Callable[[], None]
    ) -> None:
        settings = workspace.settings.serving
        server = served.Server(served.name_of(os.getpid()), options.environment, address_of(listening))
        self._answering = answering(workspace, options.environment, options.model)
        self._reconciler = Reconciler(workspace, server, self._answering, self._told)
        bodies = Bodies(settings.max_bytes, settings.timeout)
        elsewhere = Elsewhere(self._answering, lambda: self._reconciler.condition, bodies, "")
        guard = guard_of(options, settings.hosts, settings.origins)
        self._app = App(self._answering, elsewhere, guard, bodies)
        self._listening = listening
        self._ready = ready
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app, http="httptools", ws="none", lifespan="off", interface="asgi3", log_config=None,
                access_log=False, proxy_headers=False, server_header=False, backlog=1,
                timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=int(settings.timeout) + 1,
            )
        )

    def run(self) -> None:
        """Answer until SIGTERM or SIGINT; requests under way are finished."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._looked = asyncio.Event()
        leaving = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, leaving.set)
        self._reconciler.start()
        try:
            await self._first_models(leaving)
            if not leaving.is_set():
                await self._take(leaving)
        finally:
            await asyncio.to_thread(self._reconciler.stop)
            await self._answering.settle()

    async def _first_models(self, leaving: asyncio.Event) -> None:
        """Whoever connects meanwhile waits: better than an error, while others may answer."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._looked, leaving)]
        await asyncio.wait(waiting, timeout=LOAD_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()

    async def _take(self, leaving: asyncio.Event) -> None:
        server = self._server
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[self._listening])
        self._ready()
        left = asyncio.ensure_future(self._leave(leaving))
        await server.main_loop()
        await server.shutdown(sockets=[self._listening])
        left.cancel()

    async def _leave(self, leaving: asyncio.Event) -> None:
        await leaving.wait()
        self._app.closing = True
        for one in self._server.servers:
            one.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while self._server.server_state.connections:
                    await asyncio.sleep(0.01)
        self._server.should_exit = True

    def _told(self) -> None:
        """Called by the reconciler's thread."""
        with suppress(RuntimeError):  # the loop may be at its end
            self._loop.call_soon_threadsafe(self._looked.set)


def guard_of(options: Options, hosts: list[str], origins: list[str]) -> Guard:
    names = {*LOOPBACK, *(name.lower() for name in hosts)}
    beyond = not is_loopback(options.host)
    if beyond:
        names |= {socket.gethostname().lower(), bare(options.host)}
    return Guard(options.token, frozenset(names), frozenset(origin.lower() for origin in origins), beyond)


def bind(host: str, port: int) -> socket.socket:
    """A socket to listen on. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = Listening(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen()
    except BaseException:
        made.close()
        raise
    made.setblocking(False)
    return made


def address_of(listening: socket.socket) -> str:
    """HOST:PORT, as an URL has it."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
