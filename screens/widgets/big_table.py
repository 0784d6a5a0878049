"""A table that draws only the lines that are seen, on the Line API.

It holds a window of rows; the screen reads more when the cursor nears an end. The cursor stays on its row by
identity when rows come and go, and only lines that changed are painted again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.widgets.columns import GAP, fit, in_full, natural_widths
from screens.widgets.painting import Pieces, fitted, line, palette_of, strip_of

if TYPE_CHECKING:  # a table can be painted before there is anything to read rows with
    from screens.level import Column, Row

MEASURED = 80  # rows whose cells say how wide a column has to be
WHEEL = 3  # rows that a turn of the mouse's wheel moves
NEAR = 60  # rows before an end of the held ones at which more are asked for


class BigTable(ScrollView, can_focus=True):
    """`columns`, `rows` and a cursor; line 0 is the head."""

    DEFAULT_CSS = """
    BigTable { width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    class Moved(Message):
        """The cursor stands on another row."""

    class Opened(Message):
        """A row was chosen with the mouse."""

    class Headed(Message):
        """The head of a column was clicked."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    class Near(Message):
        """An end of the held rows is near: more should be read."""

        def __init__(self, end: bool) -> None:
            super().__init__()
            self.end = end

    def __init__(self, clock: Callable[[], datetime], **options: Any) -> None:
        super().__init__(**options)
        self.columns: Sequence[Column] = ()
        self.rows: list[Row] = []
        self.cursor = 0
        self.marks: set[Hashable] = set()
        self.sorted_by = ""
        self._clock = clock
        self._identity: Callable[[Row], Hashable] = id
        self._widths: list[int] = []
        self._measured: dict[Hashable, tuple[Row, list[int]]] = {}  # by identity: what was measured, and its columns
        self.wide = False  # no cell is cut
        self._from = 0  # first movable column that is shown; column 0 always is
        self._anchor: Hashable | None = None  # where a range begins
        self._anchor_at: int | None = None
        self._painted: dict[int, tuple[bool, tuple[Pieces, ...]]] = {}  # line -> (under the cursor, cells)

    # -- what is shown

    def show(self, columns: Sequence[Column], identity: Callable[[Row], Hashable]) -> None:
        """Another table: no rows yet, cursor at the top."""
        self.columns, self._identity = columns, identity
        self.rows, self.cursor, self.marks, self._from = [], 0, set(), 0
        self._anchor = self._anchor_at = None
        self._widths = [cell_len(column.title) for column in columns]
        self._measured = {}
        self.scroll_to(y=0, animate=False, immediate=True)
        self._resized()
        self.refresh()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other columns of the same rows."""
        self.columns, self._from = columns, 0
        self._measured = {}
        self._widths = self._natural()
        self._painted.clear()
        self.refresh()

    def set_wide(self, wide: bool) -> None:
        """Whether columns take as much room as their cells want."""
        if wide != self.wide:
            self.wide = wide
            self.set_columns(self.columns)

    def update_rows(self, rows: Sequence[Row], at: Hashable | None = None) -> None:
        """New rows; the cursor stays on its row (or goes to the one with identity `at`)."""
        before = self.current_identity() if at is None else at
        old_cursor, top = self.cursor, round(self.scroll_y)
        self.rows = list(rows)
        self._find_anchor()
        self.cursor = self._index_of(before, old_cursor)
        measured = self._natural()
        changed_widths, self._widths = measured != self._widths, measured
        self._resized()
        if changed_widths:
            self.refresh()
        shift = self.cursor - old_cursor
        if top and shift and at is None:
            self.scroll_to(y=top + shift, animate=False, immediate=True)
        self._keep_in_sight()
        self._repaint_changed()
        self.post_message(self.Moved())

    def _index_of(self, identity: Hashable | None, fallback: int) -> int:
        if identity is not None:
            for index, row in enumerate(self.rows):
                if self._identity(row) == identity:
                    return index
        return max(0, min(fallback, len(self.rows) - 1))

    def current(self) -> Row | None:
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def identity(self, row: Row) -> Hashable:
        return self._identity(row)

    def current_identity(self) -> Hashable | None:
        row = self.current()
        return None if row is None else self._identity(row)

    def set_marks(self, marks: set[Hashable]) -> None:
        """Which rows are marked, of those that are held."""
        if marks != self.marks:
            self.marks = marks
            self._repaint_changed()

    def set_anchor(self, identity: Hashable | None) -> None:
        """A range begins at this row; None: there is none."""
        if identity != self._anchor:
            self._anchor = identity
            self._find_anchor()
            self._repaint_changed()

    def _natural(self) -> list[int]:
        """As `natural_widths` has it, but a row that was measured as it is now is not measured again."""
        known, self._measured, now = self._measured, {}, self._clock()
        for row in self.rows[:MEASURED]:
            identity = self._identity(row)
            old = known.get(identity)
            if old is None or old[0] != row:
                old = row, natural_widths(self.columns, [row], now, wide=self.wide)
            self._measured[identity] = old
        if not self._measured:
            return natural_widths(self.columns, (), now, wide=self.wide)
        return [max(widths) for widths in zip(*(widths for _, widths in self._measured.values()), strict=True)]

    def _find_anchor(self) -> None:
        rows = self.rows if self._anchor is not None else ()
        self._anchor_at = next((at for at, row in enumerate(rows) if self._identity(row) == self._anchor), None)

    def between(self, one: Hashable, other: Hashable) -> list[Hashable] | None:
        """The rows from one to another; None where not both are held."""
        identities = [self._identity(row) for row in self.rows]
        if one not in identities or other not in identities:
            return None
        first, last = sorted((identities.index(one), identities.index(other)))
        return identities[first : last + 1]

    def tick(self) -> None:
        """A minute has passed: relative times may read differently."""
        self._measured = {}
        self._repaint_changed()

    # -- moving

    def move(self, by: int) -> None:
        self.move_to(self.cursor + by)

    def move_to(self, index: int) -> None:
        index = max(0, min(index, len(self.rows) - 1))
        if index == self.cursor:
            return
        left, self.cursor = self.cursor, index
        self._keep_in_sight()
        if self._anchor_at is not None:
            self._repaint_changed()
        for row in (left, index):
            self.refresh(Region(0, row - round(self.scroll_y) + 1, self.size.width, 1))
        self.post_message(self.Moved())
        if index >= len(self.rows) - NEAR:
            self.post_message(self.Near(end=True))
        elif index < NEAR and index < left:
            self.post_message(self.Near(end=False))

    def to_start(self) -> None:
        self.move_to(0)

    def to_end(self) -> None:
        self.move_to(len(self.rows) - 1)

    def place(self) -> int:
        """Where one is; the same after a move that led nowhere."""
        return self.cursor

    def edge(self) -> str:
        """Why a move led nowhere."""
        if len(self.rows) < 2:
            return "this is the only row"
        return "this is the first row" if self.cursor == 0 else "this is the last row"

    def move_columns(self, by: int) -> bool:
        """Show columns further to the right or left; False where there are none."""
        shown = self.shown_columns()
        cut = self.wide and len(shown) > 2 and shown[-1][1] < self._widths[-1]
        fits = shown and shown[-1][0] is self.columns[-1] and not cut
        to = max(0, min(self._from + by, len(self.columns) - 2))
        if to == self._from or (by > 0 and fits):
            return False
        self._from = to
        self.refresh()
        return True

    @property
    def page(self) -> int:
        """Rows that are seen at once."""
        return max(1, self.size.height - 1)

    def _keep_in_sight(self) -> None:
        top = round(self.scroll_y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + self.page:
            self.scroll_to(y=self.cursor - self.page + 1, animate=False, immediate=True)

    def _on_resize(self, event: events.Resize) -> None:
        self._painted.clear()
        self.call_after_refresh(self._keep_in_sight)

    # -- the mouse, which is never needed

    async def _on_click(self, event: events.Click) -> None:
        row = round(self.scroll_y) + event.y - 1
        if not event.y:
            if (column := self._column_at(event.x)) is not None:
                self.post_message(self.Headed(column))
        elif row < len(self.rows):
            again = row == self.cursor
            self.move_to(row)
            if again and event.chain > 1:
                self.post_message(self.Opened())

    def _column_at(self, x: int) -> Column | None:
        start = 1
        for column, width in self.shown_columns():
            if start <= x < start + width:
                return column
            start += width + len(GAP)
        return None

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        """The rows move under the cursor, so that it stays in sight; with shift the columns move."""
        event.stop()
        event.prevent_default()
        if event.shift or event.ctrl:
            self.move_columns(by)
            return
        top = round(self.scroll_y)
        to = max(0, min(top + WHEEL * by, len(self.rows) - self.page))
        if to != top:
            self.scroll_to(y=to, animate=False, immediate=True)
        self.move_to(self.cursor + (to - top or WHEEL * by))

    # -- painting

    def _resized(self) -> bool:
        size = Size(self.size.width, len(self.rows) + 1)
        if size == self.virtual_size:
            return False
        self.virtual_size = size
        return True

    def shown_columns(self) -> list[tuple[Column, int]]:
        """The columns that fit, with their widths: the first, then those from `_from` on."""
        if not self.columns:
            return []
        room = self.size.width - 1 - (1 if self.show_vertical_scrollbar else 0)
        order = [0, *range(1 + self._from, len(self.columns))]
        columns, natural = [self.columns[index] for index in order], [self._widths[index] for index in order]
        found = in_full(natural, room) if self.wide else fit(columns, natural, room)
        return [(self.columns[order[at]], width) for at, width in enumerate(found)]

    def render_line(self, y: int) -> Strip:
        width, colours = self.size.width, palette_of(self.app)
        if y == 0:
            return strip_of(self._head(), width, colours, "head")
        index = round(self.scroll_y) + y - 1
        if index >= len(self.rows):
            self._painted.pop(y, None)
            return line(Text(), width, colours)
        cells = self._cells(index)
        under = index == self.cursor
        self._painted[y] = (under, cells)
        ground = "cursor" if under else ""
        return strip_of(tuple(piece for cell in cells for piece in cell), width, colours, ground)

    def _head(self) -> Pieces:
        parts: list[tuple[str, str]] = [(" ", "")]
        for column, width in self.shown_columns():
            name = self.sorted_by.removeprefix("-")
            arrow = ("↓" if self.sorted_by.startswith("-") else "↑") if name and name == column.order else ""
            fits = cell_len(column.title + arrow) <= width  # else the arrow stands in the gap
            title, gap = (column.title + arrow, GAP) if fits else (column.title, arrow + GAP[len(arrow) :])
            parts += [*fitted(Text(title), width, right=column.right), (gap, "")]
        return tuple(parts)

    def _cells(self, index: int) -> tuple[Pieces, ...]:
        row, now = self.rows[index], self._clock()
        lead = (("▌" if index == self.cursor else " ", "busy"),)
        if self._identity(row) in self.marks:
            lead = (("●", "warn"),)
        elif self._anchor_at is not None and min(self._anchor_at, self.cursor) <= index <= max(
            self._anchor_at, self.cursor
        ):
            lead = (("○", "warn"),)
        cells: list[Pieces] = [lead]
        for column, width in self.shown_columns():
            cells.append((*fitted(column.cell(row, now), width, right=column.right), (GAP, "")))
        return tuple(cells)

    def _repaint_changed(self) -> None:
        """Ask for the cells that look different by now, and for no others."""
        top = round(self.scroll_y)
        for y in range(1, self.size.height):
            index, old = top + y - 1, self._painted.get(y)
            if index >= len(self.rows):
                if old is not None:
                    self.refresh(Region(0, y, self.size.width, 1))
                continue
            new = self._cells(index)
            if old is None or old[0] != (index == self.cursor) or len(old[1]) != len(new):
                self.refresh(Region(0, y, self.size.width, 1))
                continue
            x = 0
            for before, after in zip(old[1], new, strict=True):
                wide = sum(cell_len(part) for part, _ in after)
                if before != after:
                    self.refresh(Region(x, y, wide, 1))
                x += wide
