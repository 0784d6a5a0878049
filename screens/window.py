"""The rows that a listing holds: a stretch of the whole, grown at its end and let go at its start.

It is read in pages by the keys that the views hand out, which are passed on and never looked into; so a
listing of any length costs the memory of `MOST` rows. Knows no widget and no thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from core.query.language import FROM_END
from screens.level import PAGE, Query, Row, Slice

MOST = 2_000  # rows that are held; beyond, the first pages are let go
Read = Callable[[Query], Slice]


@dataclass(frozen=True)
class Start:
    """Where a held stretch begins: the key before its first row, and how many rows lie before it."""

    key: Any = None
    passed: int = 0


@dataclass(frozen=True)
class Window:
    """`rows` are held. Frozen: a reading thread makes the next window while this one is on the screen.

    One that is `tail` was read from the end on, in the opposite order: its rows stand the right way round, and
    going forward leads up.
    """

    rows: tuple[Row, ...] = ()
    pages: tuple[Slice, ...] = ()
    starts: tuple[Start, ...] = field(default=(Start(),))  # of all stretches so far; the last one holds
    tail: bool = False
    wanted: int = 0  # rows that were held before: so many are read again

    def bookmark(self) -> Window:
        """The same stretch without its rows, for coming back to it."""
        return Window(starts=self.starts, tail=self.tail, wanted=len(self.rows) or self.wanted)

    @property
    def at_start(self) -> bool:
        """Whether it begins where reading began: at the first row, or a tail at the last."""
        return len(self.starts) == 1

    @property
    def passed(self) -> int:
        """Rows between where reading began and those that are held."""
        return self.starts[-1].passed

    @property
    def more(self) -> bool:
        """Whether there is anything to go forward to."""
        return bool(self.pages) and self.pages[-1].after is not None

    @property
    def above(self) -> bool:
        """Whether there are rows above those that are held."""
        return self.more if self.tail else not self.at_start

    @property
    def below(self) -> bool:
        return not self.at_start if self.tail else self.more

    @property
    def total(self) -> int | None:
        """Rows in all, where that is known."""
        if self.pages and self.pages[0].total is not None:
            return self.pages[0].total
        return None if self.more or not self.pages else self.passed + len(self.rows)

    def again(self, read: Read, query: Query) -> Window:
        """The same stretch as it is by now."""
        return self._read(read, query, max(PAGE, len(self.rows), self.wanted), self.starts)

    def forward(self, read: Read, query: Query) -> Window:
        """One page more; the first pages are let go when there are too many."""
        if not self.more:
            return self
        pages, starts = [*self.pages, read(replace(query, after=self.pages[-1].after, limit=PAGE))], self.starts
        while sum(len(page.rows) for page in pages) > MOST and len(pages) > 1:
            gone = pages.pop(0)
            starts = (*starts, Start(gone.after, starts[-1].passed + len(gone.rows)))
        return self._of(pages, starts)

    def back(self, read: Read, query: Query) -> Window:
        """From one page nearer to where reading began."""
        return self if self.at_start else self._read(read, query, MOST, self.starts[:-1])

    def up(self, read: Read, query: Query) -> Window:
        return self.forward(read, query) if self.tail else self.back(read, query)

    def down(self, read: Read, query: Query) -> Window:
        return self.back(read, query) if self.tail else self.forward(read, query)

    def last(self, read: Read, query: Query, cancelled: Callable[[], bool]) -> Window:
        """On to the very end, or to where somebody lost patience."""
        window = self
        while window.more and not cancelled():
            window = window.forward(read, query)
        return window

    def _read(self, read: Read, query: Query, wanted: int, starts: tuple[Start, ...]) -> Window:
        pages: list[Slice] = []
        after, have = starts[-1].key, 0
        while have < wanted:
            page = read(replace(query, after=after, limit=PAGE))
            pages.append(page)
            after, have = page.after, have + len(page.rows)
            if after is None:
                break
        return self._of(pages, starts)

    def _of(self, pages: list[Slice], starts: tuple[Start, ...]) -> Window:
        rows = tuple(row for page in pages for row in page.rows)
        return Window(rows[::-1] if self.tail else rows, tuple(pages), starts, self.tail)

    def position(self, cursor: int) -> str:
        """`12 of 1,204`; `12 of 200+` where nobody knows; near the end of a long listing `3 before the end`."""
        at, total = self.passed + cursor + 1, self.total
        if self.tail:
            left = self.passed + len(self.rows) - 1 - cursor
            if total is None:
                return f"{left:,} before the end" if left else "the last"
            at = total - left
        return f"{at:,} of {total:,}" if total is not None else f"{at:,} of {self.passed + len(self.rows):,}+"


def from_end(order: str, own: str) -> str:
    """The order that brings the same rows, the last one first; `own` is the listing's, and every row has its value."""
    if order.removeprefix("-") in ("", own.removeprefix("-")):
        return opposite(order or own)
    return f"{FROM_END}{order}"  # rows without a value are last in either direction


def opposite(order: str) -> str:
    return order.removeprefix("-") if order.startswith("-") else f"-{order}"
