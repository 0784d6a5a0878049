"""How wide the columns of a table are: pure, from their cells and the room that there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from screens.level import Column, Row

GAP = "  "
EDGE = 8  # cells at the right edge in which a column that goes on is worth beginning
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def natural_widths(columns: Sequence[Column], rows: Sequence[Row], now: datetime, *, wide: bool = False) -> list[int]:
    """What each column would like to have: its longest cell among `rows`, at most its `widest` unless `wide`."""
    widths = []
    for column in columns:
        if column.natural:
            widths.append(column.natural)
            continue
        longest = max((cell_len(column.cell(row, now).plain) for row in rows), default=0)
        longest = max(cell_len(column.title), longest)
        widths.append(longest if wide else min(column.widest, longest))
    return widths


def fit(columns: Sequence[Column], natural: Sequence[int], room: int) -> list[int]:
    """Widths of as many columns as fit into `room` cells, from the first on, gaps between them.

    Each takes at least its floor; what room is left goes to the first that wants more.
    """
    widths: list[int] = []
    for column, wanted in zip(columns, natural, strict=True):
        floor = min(wanted, max(column.narrowest, cell_len(column.title))) if column.narrowest else wanted
        if widths and floor > room:
            break
        widths.append(min(floor, max(0, room)))
        room -= widths[-1] + len(GAP)
    room += len(GAP)
    for at, width in enumerate(widths):
        more = min(max(0, room), natural[at] - width)
        widths[at] += more
        room -= more
    return widths


def in_full(natural: Sequence[int], room: int) -> list[int]:
    """Widths of as many columns as fit into `room` cells, none of them cut but one that goes on beyond the edge."""
    widths: list[int] = []
    for wanted in natural:
        if widths and wanted > room:
            return [*widths, room] if room >= EDGE else widths
        widths.append(min(wanted, max(0, room)))
        room -= widths[-1] + len(GAP)
    return widths


def resolved(own: Sequence[Column], find: Callable[[str], Column | None], names: Sequence[str]) -> list[Column]:
    """The columns to show: those of `names` that there are, else all `own`; each that sorts has a letter."""
    found = [column for name in names if (column := find(name)) is not None]
    return lettered(found or own)


def lettered(columns: Sequence[Column]) -> list[Column]:
    """Columns that can sort and have no letter of their own get one that is free."""
    taken = {column.letter for column in columns if column.letter}
    free = (letter for letter in LETTERS if letter not in taken)
    return [
        replace(column, letter=next(free, "")) if column.order and not column.letter and column.sorts else column
        for column in columns
    ]
