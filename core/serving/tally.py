"""What was answered, counted in memory until somebody writes it down. For one event loop and one thread beside it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

from core.vocabulary import Role


class Key(NamedTuple):
    """`minute` since 1970."""

    model: str
    version: int
    role: Role
    minute: int


@dataclass
class Count:
    """`latency`: requests by bucket, the last one for all that took longer than the last bound."""

    latency: list[int]
    requests: int = 0
    errors: int = 0
    rows: int = 0
    seconds: float = 0.0
    compared: int = 0
    agreed: int = 0

    def add(self, other: Count) -> None:
        self.latency = [mine + its for mine, its in zip(self.latency, other.latency, strict=True)]
        self.requests += other.requests
        self.errors += other.errors
        self.rows += other.rows
        self.seconds += other.seconds
        self.compared += other.compared
        self.agreed += other.agreed

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass
class Tally:
    """`bounds` of the buckets in seconds, ascending. `totals`: since the beginning, by model, version and role."""

    bounds: Sequence[float]
    totals: dict[tuple[str, int, Role], Count] = field(default_factory=dict)
    _counts: dict[Key, Count] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def answered(
        self, model: str, version: int, role: Role, now: float, seconds: float, rows: int, *, failed: bool = False
    ) -> None:
        """One request, at `now` (seconds since 1970), that took so long. A failed one has no latency of interest."""
        place = bisect_left(self.bounds, seconds)
        with self._lock:
            for count in (self._of(Key(model, version, role, int(now // 60))), self._total(model, version, role)):
                count.requests += 1
                if failed:
                    count.errors += 1
                    continue
                count.rows += rows
                count.seconds += seconds
                count.latency[place] += 1

    def compared(self, model: str, version: int, now: float, rows: int, agreed: int) -> None:
        """Of so many shadow rows so many said what the stable version said."""
        key = Key(model, version, Role.SHADOW, int(now // 60))
        with self._lock:
            for count in (self._of(key), self._total(model, version, Role.SHADOW)):
                count.compared += rows
                count.agreed += agreed

    def take(self) -> dict[Key, Count]:
        """All since the last time."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken

    def put_back(self, counts: dict[Key, Count]) -> None:
        """What was taken and could not be written."""
        with self._lock:
            for key, count in counts.items():
                self._of(key).add(count)

    def _of(self, key: Key) -> Count:
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = Count([0] * (len(self.bounds) + 1))
        return count

    def _total(self, model: str, version: int, role: Role) -> Count:
        key = model, version, role
        count = self.totals.get(key)
        if count is None:
            count = self.totals[key] = Count([0] * (len(self.bounds) + 1))
        return count
