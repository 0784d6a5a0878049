"""One process that answers requests: the reconciler, the application and uvicorn around one listening socket."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import uvicorn

from console.cli import version
from console.serving import metrics
from console.serving.app import App
from console.serving.bodies import Bodies
from console.serving.elsewhere import Elsewhere
from console.serving.guard import LOOPBACK, Guard, bare, is_loopback
from console.serving.options import Options
from console.serving.protocol import Protocol, sweep
from console.serving.sockets import address_of
from core.services import describing, served
from core.services.answering import answering
from core.services.reconciling import Reconciler
from core.workspace import Workspace

KEEP_ALIVE_SECONDS: Final = 75
LOAD_SECONDS: Final = 60.0  # that connections wait for the first models; then they are told
LINGER_SECONDS: Final = 1.0  # that idle connections get to ask once more; each answer says that it is the last
FRESH_SECONDS: Final = 5.0  # that those get which have not asked yet
BEAT_SECONDS: Final = 1.0
ENDING: Final = (signal.SIGTERM, signal.SIGINT)
_log = logging.getLogger("footplate.serve")


class Worker:
    """`folder` takes its sheet of counts. `beat` is called when it begins to take connections, then every second."""

    def __init__(
        self, workspace: Workspace, options: Options, listening: socket.socket, folder: Path,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        settings = workspace.settings.serving
        server = served.Server(served.name_of(os.getpid()), options.environment, address_of(listening))
        self._options, self.folder, self._beat = options, folder, beat
        self._sheet = folder / f"{os.getpid()}-{uuid.uuid4().hex}.json"
        self._answering = answering(workspace, options.environment, options.model)
        self._reconciler = Reconciler(workspace, server, self._answering, self._looked_once)
        self._timeout = settings.timeout
        bodies = Bodies(settings.max_bytes)
        elsewhere = Elsewhere(
            workspace, self._answering, lambda: self._reconciler.condition, bodies, self._metrics, version()
        )
        guard = guard_of(options, settings.hosts, settings.origins)
        self._app = App(self._answering, elsewhere, guard, bodies)
        self.listening = listening
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app, http=Protocol, ws="none", lifespan="off", interface="asgi3", log_config=None,
                access_log=False, proxy_headers=False, server_header=False, backlog=1,
                timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=int(settings.timeout) + 1,
            )
        )

    def run(self) -> None:
        """Answer until SIGTERM, SIGINT or `leaving` is set; requests under way are finished."""
        asyncio.run(self._serve())

    async def began(self) -> None:
        """For who stands beside: called in the loop before the first connection."""

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.looked, self.leaving = asyncio.Event(), asyncio.Event()
        for number in ENDING:
            self.loop.add_signal_handler(number, self.leaving.set)
        await self.began()
        self._reconciler.start()
        try:
            await self._first_models()
            if not self.leaving.is_set():
                await self._take()
        finally:
            await asyncio.to_thread(self._reconciler.stop)
            await self._answering.settle()

    async def _first_models(self) -> None:
        """Whoever connects meanwhile waits: better than an error, while others may answer."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self.looked, self.leaving)]
        await asyncio.wait(waiting, timeout=LOAD_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()

    async def _take(self) -> None:
        server = self._server
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[self.listening])
        beside = [
            asyncio.ensure_future(one)
            for one in (self._leave(), self._count(), sweep(server.server_state.connections, self._timeout))
        ]
        await server.main_loop()
        await server.shutdown(sockets=[self.listening])
        for one in beside:
            one.cancel()
        self._write_sheet()

    async def _leave(self) -> None:
        await self.leaving.wait()
        self._app.closing = True
        for one in self._server.servers:
            one.close()
        began = self.loop.time()
        connections: set[Any] = self._server.server_state.connections
        while True:
            await asyncio.sleep(0.05)  # first of all, for what was taken just now to be seen
            waited = self.loop.time() - began
            for connection in [one for one in connections if waited > LINGER_SECONDS and one.idle]:
                connection.transport.close()
            if not connections or waited > FRESH_SECONDS:
                break
        self._server.should_exit = True

    # -- beside the requests

    async def _count(self) -> None:
        while True:
            self._beat()
            self._write_sheet()
            self._answering.writer.rest()
            await asyncio.sleep(BEAT_SECONDS)

    def _write_sheet(self) -> None:
        tally = self._answering.tally
        answered = {(one, number, str(role)): count.to_json() for (one, number, role), count in tally.totals.items()}
        with suppress(OSError):  # no room, or no folder any more: nobody's request fails for that
            metrics.Sheet(self._app.asked, answered).write(self._sheet)

    def _metrics(self) -> str:
        self._write_sheet()
        ready = describing.readiness(self._answering, self._reconciler.condition)["ready"]
        return metrics.text(
            metrics.summed(self.folder), self._answering.tally.bounds, describing.models(self._answering), ready,
            self._options.workers,
        )

    def _looked_once(self) -> None:
        """Called by the reconciler's thread."""
        with suppress(RuntimeError):  # the loop may be at its end
            self.loop.call_soon_threadsafe(self.looked.set)


class Alone(Worker):
    """A server of one process. `again`: the socket for the new process that SIGHUP asked for; None: it ended."""

    again: int | None = None

    async def began(self) -> None:
        self.loop.add_signal_handler(signal.SIGHUP, self._begin_again)

    def _begin_again(self) -> None:
        if not self.leaving.is_set():
            self.again = os.dup(self.listening.fileno())
            self.leaving.set()


def guard_of(options: Options, hosts: list[str], origins: list[str]) -> Guard:
    names = {*LOOPBACK, *(name.lower() for name in hosts)}
    beyond = not is_loopback(options.host)
    if beyond:
        names |= {socket.gethostname().lower(), bare(options.host)}
    return Guard(options.token, frozenset(names), frozenset(origin.lower() for origin in origins), beyond)
