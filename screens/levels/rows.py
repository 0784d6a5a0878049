"""The rows of a version, a page at a time from the stored file; a wide table scrolls by its columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from core.query import patience
from core.services.rows import Rows, backwards, chosen, nobody_left, shown
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Listing, Query, Slice, number
from screens.plain import plain

WIDEST = 30  # cells of one column
MEASURED = 60  # rows that say how wide the columns are


class RowsLevel(Listing):
    """Opened by `screens.data` in a thread: the columns are known when it is shown."""

    name, order, serial = "row", "row", "row"

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        first = rows.read(0, MEASURED)
        self.columns = [
            number("row", lambda row, now: numbered(row, rows.total), "r", "row"),
            *(
                _column(place, plain(name), rows.kinds.get(name, ""), longest(first, place))
                for place, name in enumerate(rows.columns)
            ),
        ]

    @property
    def crumb(self) -> str:
        return f"v{self.rows.version.rpartition('@')[2]} rows"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        """In the file's order, or backwards from its end; with a filter as many as it finds."""
        waits, limit = patience.asked() or nobody_left, query.limit
        if query.order.startswith("-"):
            found = backwards(self.rows, query.where, query.after, limit, waits)
        else:
            found = chosen(self.rows, query.where, query.after or 0, limit, waits)
        more = len(found) == limit
        if more and not query.where and not query.order.startswith("-") and found[-1].number == self.rows.total:
            more = False
        return Slice(found, found[-1].number if more else None, None if query.where else self.rows.total)

    def count(self, workspace: Workspace, where: str) -> int:
        waits = patience.asked() or nobody_left
        return len(chosen(self.rows, where, 0, None, waits)) if where else self.rows.count(waits)

    def identity(self, row: Any) -> Hashable:
        return int(row.number)

    def describe(self, workspace: Workspace, row: Any) -> list[Text]:
        return described(self.rows, row)

    def raw(self, workspace: Workspace, row: Any) -> object:
        return shown(row, self.rows.columns)

    def row_command(self, row: Any) -> str:
        return f"footplate data rows {f.quoted(self.rows.version)} --offset {row.number - 1} --limit 1"

    def command(self) -> str:
        return f"footplate data rows {f.quoted(self.rows.version)}"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [Text("the file holds a header and no row", "title")]


def longest(rows: Sequence[Any], place: int) -> int:
    """Cells of the longest cell of a column."""
    return max((cell_len(plain(row.cells[place] or "", WIDEST)) for row in rows if place < len(row.cells)), default=0)


def _column(place: int, title: str, kind: str, wide: int) -> Column:
    """Its width is found once: to measure hundreds of columns with every page would be felt."""
    natural = min(WIDEST, max(wide, cell_len(title), 1))
    return Column(
        title, _cell(place), WIDEST, narrowest=8, right=kind in ("number", "boolean"), natural=natural
    )


def _cell(place: int) -> Callable[[Any, datetime], Text]:
    def cell(row: Any, now: datetime) -> Text:
        if row.problem:
            return Text(plain(row.cells[place], WIDEST * 2), "bad") if place < len(row.cells) else Text("?", "bad")
        return f.text(row.cells[place]) if place < len(row.cells) else f.text(None)

    return cell


def numbered(row: Any, total: int | None) -> Text:
    """As wide as the last row's number, where that is known, and with room for a mark."""
    shown_ = f"{row.number:>{len(f'{total or 0:,}')},}"
    return Text(f"✗ {shown_}", "bad") if row.problem else Text(f"  {shown_}", "quiet")


def described(rows: Rows, row: Any) -> list[Text]:
    """The row as a record: a line a column, and what is wrong with it."""
    lines = [Text.assemble((f"row {row.number:,}", "title"), (f"  line {row.line:,} of {rows.version}", "quiet"))]
    if row.problem:
        lines.append(Text.assemble(("  ✗ ", "bad"), plain(row.problem), ("; it is set aside", "quiet")))
    width = min(24, max((len(name) for name in rows.columns), default=0))
    for place, name in enumerate(rows.columns):
        value = row.cells[place] if place < len(row.cells) else None
        lines.append(f.field(plain(name), f.text(value), width))
    for value in row.cells[len(rows.columns) :]:
        lines.append(f.field("beyond them", f.text(value, "bad"), width))
    return lines
