"""The log of answers: one line an answered request, written before the answer is given.

What is written outlives the process at once, however it ends. "process" leaves it to the system to bring it
to the disk: a power failure or a crash of the machine may take the last seconds (up to 30 on a usual Linux).
"disk" waits for the disk before each answer, and loses nothing.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from core.compact import dumped
from core.errors import FootplateError
from core.serving import segments

if TYPE_CHECKING:
    from core.training.manifest import Manifest

AGE_SECONDS: Final = segments.AGE.total_seconds()


class Unlogged(FootplateError):
    """An answer (or a label) that could not be written down, and so must not be given (503: it may work later)."""

    def __init__(self, folder: Path, error: OSError, what: str = "the answer could not be logged") -> None:
        super().__init__(
            f"{what}: {error.strerror or error}", f"make room at {folder}: nothing is acknowledged that is not kept"
        )


@dataclass
class _Open:
    """A file of lines that this process writes."""

    descriptor: int
    opened: float  # monotonic
    earliest: datetime  # what it takes
    latest: datetime
    size: int = 0

    def takes(self, first: datetime, last: datetime) -> bool:
        """Whether answers of these moments belong here: also where a clock was set, the name of a file is true."""
        return self.earliest <= first and last <= self.latest


class PredictionLog:
    """The answers of this process, for all models. Safe for several threads.

    `folder` holds a folder a model. A record is {"at": ISO time, "model", "version", "environment", "role",
    "revision", "ids": [ids of the answers], "keys": [ids of the client, or None], "rows": [[cells, in the order
    of the model's inputs]] or None, "predictions": [...], "probabilities": [[...]] or None, "ms": float}.
    Cells are as `core.serving.checking.Table` holds them.
    """

    def __init__(self, folder: Path, *, sync: Literal["process", "disk"] = "process") -> None:
        self.folder = folder
        self._disk = sync == "disk"
        self._open: dict[tuple[str, int], _Open] = {}
        self._guard = threading.Lock()
        self._pid = os.getpid()

    def write(self, record: Mapping[str, Any], manifest: Manifest) -> None:
        """Append one record; it is safe when this returns. `manifest` is that of the version that answered.

        Raises Unlogged where it could not be written (a full disk): nothing of it is in the log then.
        """
        self.write_all([record], manifest)

    def write_all(self, records: Sequence[Mapping[str, Any]], manifest: Manifest) -> None:
        """Several records of one version: one write, one sync; all of them or none."""
        if not records:
            return
        data = b"".join([_line(record) for record in records])
        key = (records[0]["model"], records[0]["version"])
        moments = [datetime.fromisoformat(record["at"]) for record in records]
        if self._pid != os.getpid():
            self._after_fork()
        with self._guard:
            try:
                self._append(key, min(moments), max(moments), data, manifest)
            except OSError as error:
                raise Unlogged(self.folder, error) from error

    def rest(self) -> None:
        """Let go of files that take nothing more, so that they can be sealed; cheap, for a timer."""
        with self._guard:
            self._let_go(time.monotonic())

    def close(self) -> None:
        with self._guard:
            for one in self._open.values():
                os.close(one.descriptor)
            self._open.clear()

    def __enter__(self) -> PredictionLog:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def _append(
        self, key: tuple[str, int], first: datetime, last: datetime, data: bytes, manifest: Manifest
    ) -> None:
        now = time.monotonic()
        one = self._open.get(key)
        if one is not None and (one.size >= segments.BYTES or now - one.opened >= AGE_SECONDS):
            self._let_go(now)
            one = None
        if one is not None:
            status = os.fstat(one.descriptor)
            if status.st_nlink == 0 or status.st_size != one.size or not one.takes(first, last):
                self._drop(key)  # somebody removed or changed it: begin another
                one = None
        if one is None:
            one = self._begin(key, first, now)
            data = _line(segments.header(*key, manifest)) + data
        try:
            written = os.write(one.descriptor, data)
            if written < len(data):  # the disk is full, or all but: what is left over says so
                _write_rest(one.descriptor, data[written:])
            if self._disk:
                os.fdatasync(one.descriptor)
        except BaseException:
            self._take_back(key, one)
            raise
        one.size += len(data)

    def _begin(self, key: tuple[str, int], first: datetime, now: float) -> _Open:
        folder = self.folder / segments.directory(key[0])
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = segments.create(folder, segments.name(first, key[1]))
        one = _Open(descriptor, now, first - segments.SLACK, first + segments.AGE + segments.SLACK)
        self._open[key] = one
        if self._disk:
            for place in (folder, self.folder, self.folder.parent):  # the names, too
                opened = os.open(place, os.O_RDONLY)
                try:
                    os.fsync(opened)
                finally:
                    os.close(opened)
        return one

    def _take_back(self, key: tuple[str, int], one: _Open) -> None:
        """Nothing of an answer that is not given stays; where even that fails, the file takes no more lines."""
        try:
            os.ftruncate(one.descriptor, one.size)
        except OSError:
            self._drop(key)
            return
        if one.size == 0:  # its header is gone with it
            self._drop(key)

    def _drop(self, key: tuple[str, int]) -> None:
        with suppress(OSError):
            os.close(self._open.pop(key).descriptor)

    def _let_go(self, now: float) -> None:
        for key, one in list(self._open.items()):
            if one.size >= segments.BYTES or now - one.opened >= AGE_SECONDS:
                self._drop(key)

    def _after_fork(self) -> None:
        """A child has files of its own; its parent's stay locked by the parent."""
        self._guard = threading.Lock()
        for one in self._open.values():
            os.close(one.descriptor)
        self._open.clear()
        self._pid = os.getpid()


def _write_rest(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _line(record: Mapping[str, Any]) -> bytes:
    return dumped(record) + b"\n"
