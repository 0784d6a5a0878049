"""Looking closer: describe, raw, log, copy, and sorting by a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.text import Text
from textual import events, work
from textual.message import Message

from core.errors import FootplateError
from screens.level import Column, Level, Listing, Page, Row
from screens.marking import Marker
from screens.modals.text_view import TextView
from screens.texts import as_json, tail
from screens.trouble import told
from screens.widgets.big_table import BigTable
from screens.widgets.clipboard import copy
from screens.window import opposite


class Looker(Marker):
    """A browser whose rows can be looked at from close by."""

    class LogFound(Message):
        """Where a log is; None where there is none."""

        def __init__(self, path: Path | FootplateError | None) -> None:
            super().__init__()
            self.path = path

    # -- looking closer

    def action_describe(self) -> None:
        row, listing = self.row(), self.listing
        if listing is None or row is None:
            self.say("there is no row to describe" if listing else "this is the description already")
            return
        workspace = self.desk.workspace
        self.view(f"{listing.name} {listing.row_id(row)}", lambda: listing.describe(workspace, row))

    def action_raw(self) -> None:
        row, listing, level, workspace = self.row(), self.listing, self.place.level, self.desk.workspace
        if isinstance(level, Page):
            self.view(f"{level.crumb} as JSON", lambda: as_json(level.raw(workspace)))
        elif listing is None or row is None:
            self.say("there is no row to show")
        else:
            self.view(f"{listing.name} {listing.row_id(row)} as JSON", lambda: as_json(listing.raw(workspace, row)))

    def action_log(self) -> None:
        level, row = self.place.level, self.row()
        if isinstance(level, Listing) and row is None:
            self.say("there is no row whose log could be shown")
        else:
            self._find_log(level, row)

    @work(thread=True, exclusive=True, exit_on_error=False, group="log")
    def _find_log(self, level: Level, row: Row | None) -> None:
        workspace = self.desk.workspace
        try:
            path = level.log(workspace, row) if isinstance(level, Listing) else level.log(workspace)  # type: ignore[attr-defined]
        except Exception as error:
            path = told(workspace, error)
        self.post_message(self.LogFound(path))

    def on_looker_log_found(self, message: LogFound) -> None:
        message.stop()
        if message.path is None:
            self.say("there is no log of this")
        elif isinstance(message.path, FootplateError):
            self.say(message.path)
        else:
            self.open_log(message.path)

    def open_log(self, path: Path) -> None:
        """Show the end of a log, and follow it."""
        if not path.exists():
            self.say(f"there is no log at {path}")
        else:
            self.view(f"log {path.name}", lambda: tail(path), follow=True, at_end=True)

    def view(
        self, title: str, read: Callable[[], Sequence[Text]], *, follow: bool = False, at_end: bool = False
    ) -> None:
        self.app.push_screen(TextView(self.desk, title, read, follow=follow, at_end=at_end))

    def action_copy_id(self) -> None:
        row, level = self.row(), self.place.level
        if isinstance(level, Page):
            self.say(copy(self.app, level.row_id()))
        elif isinstance(level, Listing):
            self.say(copy(self.app, level.row_id(row) if row is not None else ""))

    def action_copy_command(self) -> None:
        row, level = self.row(), self.place.level
        command = level.row_command(row) if isinstance(level, Listing) and row is not None else level.command()
        self.say(copy(self.app, self.desk.command(command)))

    # -- sorting

    def action_sort(self) -> None:
        columns = self._sortable()
        if not columns:
            self.say("this list has one order")
            return
        self._sorting = columns
        self.say("sort by: " + "  ".join(f"{column.letter} {column.title}" for column in columns.values()))

    def action_reverse(self) -> None:
        order = self.place.order or getattr(self.listing, "order", "")
        if not order or not self._sortable():
            self.say("this list has one order")
        else:
            self._sort(opposite(order))

    def _sortable(self) -> dict[str, Column]:
        return {column.letter: column for column in self.columns() if column.order and column.letter}

    _sorting: Mapping[str, Column] = {}

    def taken(self, event: events.Key) -> bool:
        if not self._sorting:
            return False
        column, self._sorting = self._sorting.get(event.character or ""), {}
        if column is None:
            self.say("no column has that letter; the order stays")
        else:
            self._sort_by(column)
        return True

    def on_big_table_headed(self, event: BigTable.Headed) -> None:
        """The mouse on the head of a column: as its letter does it."""
        event.stop()
        if event.column.order:
            self._sort_by(event.column)
        else:
            self.say(f"{event.column.title} does not sort")

    def _sort_by(self, column: Column) -> None:
        """In the column's own direction first, then the other way round."""
        up, down = column.order, f"-{column.order}"
        first, then = (down, up) if column.down else (up, down)
        self._sort(then if self.place.order == first else first)

    def _sort(self, order: str) -> None:
        self.place.order = self.table.sorted_by = order
        self.filter(self.place.where)
        self.table.refresh()
