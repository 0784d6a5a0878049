"""The prediction log as an event loop uses it: at once, or with one sync for all that wait for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from core.serving.log import PredictionLog

if TYPE_CHECKING:
    from core.training.manifest import Manifest

_Waiting = tuple[Mapping[str, Any], "Manifest", asyncio.Future[None]]


class Writer:
    """`disk`: a record is on the disk when its write returns; what arrives while the disk is busy shares a sync."""

    def __init__(self, log: PredictionLog, *, disk: bool = False) -> None:
        self._log = log
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log") if disk else None
        self._waiting: list[_Waiting] = []
        self._running: asyncio.Task[None] | None = None

    async def write(self, record: Mapping[str, Any], manifest: Manifest) -> None:
        """Raises Unlogged where it is not written."""
        if self._thread is None:
            self._log.write(record, manifest)
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((record, manifest, future))
        if self._running is None:
            self._running = loop.create_task(self._drain())
        await future

    def rest(self) -> None:
        """For a timer: files that take nothing more are let go."""
        self._log.rest()

    async def close(self) -> None:
        while self._running is not None:
            await asyncio.wait([self._running])
        if self._thread is not None:
            self._thread.shutdown()
        self._log.close()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, []
                by_version: dict[tuple[str, int], list[_Waiting]] = {}
                for one in taken:
                    by_version.setdefault((one[0]["model"], one[0]["version"]), []).append(one)
                for together in by_version.values():
                    error = await loop.run_in_executor(self._thread, self._write_all, together)
                    for _, _, future in together:
                        if future.done():
                            continue
                        if error is None:
                            future.set_result(None)
                        else:
                            future.set_exception(error)
        finally:
            self._running = None

    def _write_all(self, together: list[_Waiting]) -> Exception | None:
        try:
            self._log.write_all([record for record, _, _ in together], together[0][1])
        except Exception as error:
            return error
        return None
