"""Which rows of a listing are marked: some by identity, or all that a filter finds but a few.

A million marked rows are a question, not a million identities. Frozen: a thread may read with the marks of a
moment ago while a person marks on. Knows no widget and no registry.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace

MOST = 10_000  # rows that are kept by identity; more are marked by a filter


@dataclass(frozen=True)
class Every:
    """All rows that `where` finds and that were there when they were marked: up to number `newest` of `serial`."""

    where: str
    serial: str
    newest: int
    count: int
    but: frozenset[Hashable] = frozenset()  # that were unmarked again

    @property
    def query(self) -> str:
        """The filter, without rows that came later: nobody has seen those when marking."""
        return f"{self.where} {self.serial}<={self.newest}".strip()


@dataclass(frozen=True)
class Marks:
    """`found` is always: whether `every` finds the row that is spoken of."""

    picked: frozenset[Hashable] = frozenset()
    every: Every | None = None

    def __len__(self) -> int:
        every = self.every
        return len(self.picked) + (max(0, every.count - len(every.but)) if every is not None else 0)

    def __bool__(self) -> bool:
        return bool(self.picked) or self.every is not None

    def holds(self, identity: Hashable, found: bool = False) -> bool:
        but = self.every.but if self.every is not None else ()
        return identity in self.picked or (found and identity not in but)

    def toggled(self, identity: Hashable, found: bool = False) -> Marks:
        if self.every is not None and found:
            return replace(self, every=replace(self.every, but=self.every.but ^ {identity}))
        return replace(self, picked=self.picked ^ {identity})

    def plus(self, identities: Iterable[Hashable], found: Callable[[Hashable], bool] = lambda identity: False) -> Marks:
        """With these rows marked too."""
        wanted = frozenset(identities)
        theirs = frozenset(one for one in wanted if self.every is not None and found(one))
        every = self.every and replace(self.every, but=self.every.but - theirs)
        return Marks(self.picked | (wanted - theirs), every)
