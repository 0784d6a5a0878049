"""What a command measures while it runs: its JSON lines, read as they are written, and handed on a few at a time."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from core.training.steps import MOST_CURVES, Points

SECONDS: Final = 0.5
MOST: Final = 500  # points of a curve that are handed on densely; then every second one, every fourth, and so on
BYTES: Final = 1 << 20  # that are read at a time


def read_lines(data: bytes) -> Iterator[tuple[str, int, float]]:
    """The points in JSON lines of {"name", "value", "step"}; a line that is none is passed over."""
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            one = json.loads(line)
            value, step = float(one["value"]), int(one.get("step", 0))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            continue
        if math.isfinite(value) and abs(step) < 1 << 62:
            yield str(one["name"]), step, value


class Follower:
    """Reads what was appended to a file since it last looked, and hands on the points that are new.

    Of a long curve fewer and fewer are handed on, so that what is kept of it grows with its logarithm.
    """

    def __init__(self, path: Path, tell: Callable[[Points], None]) -> None:
        self._path, self._tell = path, tell
        self._at, self._rest = 0, b""
        self._seen: dict[str, int] = {}

    def look(self) -> None:
        with self._path.open("rb") as stream:
            stream.seek(self._at)
            data = stream.read(BYTES)
        self._at += len(data)
        whole, end, self._rest = (self._rest + data).rpartition(b"\n")
        self._rest = self._rest[-BYTES:]
        points = [point for point in read_lines(whole + end) if self._keeps(point[0])]
        if points:
            self._tell(points)

    def _keeps(self, name: str) -> bool:
        if name not in self._seen and len(self._seen) >= MOST_CURVES:
            return False
        count = self._seen[name] = self._seen.get(name, -1) + 1
        stride: int = 1 << max(0, (count // MOST).bit_length())
        return count < MOST or count % stride == 0


class Following:
    """`with Following(path, tell):` a thread looks twice a second; what goes wrong in it is no error of the run."""

    def __init__(self, path: Path, tell: Callable[[Points], None], seconds: float = SECONDS) -> None:
        self._follower, self._seconds = Follower(path, tell), seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="following", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            try:
                self._follower.look()
            except Exception:  # the registry is locked, the lease is lost: the run itself will find out
                continue
