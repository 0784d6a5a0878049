"""Acting and looking closer: describe, raw, log, copy, sort, and every change behind a question.

A change is prepared in a thread (it reads what will change, and may say why it cannot be), asked, done in a
thread by a service, and answered by the service's own sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text
from textual import events, work
from textual.message import Message

from core.errors import Conflict, FootplateError
from screens.level import Column, Level, Listing, Page, Row
from screens.modals.choice import Choose, Option
from screens.modals.prompt import Prompt
from screens.modals.question import Ask, Question
from screens.modals.text_view import TextView
from screens.moving import Mover
from screens.texts import as_json, tail
from screens.trouble import told
from screens.widgets.clipboard import copy
from screens.window import opposite

Doing = Callable[[], str]
Prepared = tuple[Question, Doing]


@dataclass(frozen=True)
class Alternatives:
    """More than one thing could be meant: what is chosen is prepared next."""

    title: str
    options: Sequence[tuple[Option, Callable[[], Prepared]]]


Preparing = Callable[[], "Prepared | Alternatives"]


class ConsoleScreen(Mover):
    """What every screen is made of."""

    class Ready(Message):
        """A question is prepared."""

        def __init__(self, prepared: Prepared | Alternatives) -> None:
            super().__init__()
            self.prepared = prepared

    class LogFound(Message):
        def __init__(self, path: Path | None) -> None:
            super().__init__()
            self.path = path

    class Done(Message):
        """A service has answered."""

        def __init__(self, answer: str | FootplateError) -> None:
            super().__init__()
            self.answer = answer

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
            self.post_message(self.Done(told(workspace, error)))
        else:
            self.post_message(self.LogFound(path))

    def on_console_screen_log_found(self, message: LogFound) -> None:
        message.stop()
        if message.path is None:
            self.say("there is no log of this")
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
        self.say(copy(self.app, command))

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
        columns = self.listing.columns if self.listing else ()
        return {column.letter: column for column in columns if column.order and column.letter}

    _sorting: Mapping[str, Column] = {}

    def taken(self, event: events.Key) -> bool:
        if not self._sorting:
            return False
        column, self._sorting = self._sorting.get(event.character or ""), {}
        if column is None:
            self.say("no column has that letter; the order stays")
        else:
            down = self.place.order == f"-{column.order}" if not column.down else self.place.order != f"-{column.order}"
            self._sort(f"-{column.order}" if down else column.order)
        return True

    def _sort(self, order: str) -> None:
        self.place.order = self.table.sorted_by = order
        self.filter(self.place.where)
        self.table.refresh()

    # -- changing

    def may_change(self) -> bool:
        """Whether this console may change anything; says why not."""
        if self.desk.read_only:
            self.say("this console only reads (--read-only): nothing can be changed from here", "warn")
        return not self.desk.read_only

    def ask(self, prepare: Preparing) -> None:
        """Ask the question that `prepare` makes in a thread; it may raise why there is none."""
        if self.may_change():
            self._prepare(prepare)

    @work(thread=True, exclusive=True, exit_on_error=False, group="prepare")
    def _prepare(self, prepare: Preparing) -> None:
        try:
            self.post_message(self.Ready(prepare()))
        except Exception as error:
            self.post_message(self.Done(told(self.desk.workspace, error)))

    def on_console_screen_ready(self, message: Ready) -> None:
        message.stop()
        prepared = message.prepared
        if isinstance(prepared, Alternatives):
            follow = {option.value: prepare for option, prepare in prepared.options}
            options = [option for option, _ in prepared.options]

            def chosen(value: str | None) -> None:
                if value is not None:
                    self._prepare(follow[value])

            self.app.push_screen(Choose(prepared.title, options), chosen)
            return
        question, doing = prepared

        def answered(yes: bool | None) -> None:
            if yes:
                self.do(doing)
            else:
                self.say("nothing was changed")

        self.app.push_screen(Ask(self.desk, question), answered)

    def write(self, title: str, doing: Callable[[str], str]) -> None:
        """Have one line typed, and do something with it."""
        if self.may_change():
            self.app.push_screen(Prompt(title), lambda text: self.do(lambda: doing(text)) if text else None)

    def do(self, doing: Doing) -> None:
        """Call a service in a thread; its sentence is shown when it is done."""
        self.say("working …", "quiet")
        self._do(doing)

    @work(thread=True, exit_on_error=False, group="do")
    def _do(self, doing: Doing) -> None:
        try:
            answer: str | FootplateError = doing()
        except Exception as error:
            answer = told(self.desk.workspace, error)
        self.post_message(self.Done(answer))

    def on_console_screen_done(self, message: Done) -> None:
        message.stop()
        self.say(message.answer, "" if isinstance(message.answer, FootplateError) else "good")
        self.reload()


def refuse(message: str, hint: str = "") -> Conflict:
    """Why a key cannot act; to be raised by what prepares a question."""
    return Conflict(message, hint)
