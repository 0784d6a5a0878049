"""Export of the view: all rows that the filter finds, in its order and columns, to a file, in a thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from textual import events, work
from textual.worker import get_current_worker

from core.errors import FootplateError, UsageError
from core.query import patience
from core.services import exporting
from core.workspace import Workspace
from screens.desk import Desk
from screens.format import quoted
from screens.level import Column, Level, Listing, Page, Query, Row
from screens.modals.question import Ask, Question
from screens.paths import is_folder, is_there, whole
from screens.texts import changes
from screens.trouble import told
from screens.undoing import Undoer
from screens.waiting import Task
from screens.widgets.bar import Bar

KINDS = "all rows of the view, as .csv, .json or .jsonl; Enter writes, Esc leaves it"
NUMBERS = "the numbers of this page, as .csv, .json or .jsonl; Enter writes, Esc leaves it"
EXPORT = "export"  # the purpose of the bar
PAGE = 1_000  # rows that are read at a time


class Exporter(Undoer):
    """A screen whose listings can be written to a file."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.offered = ""  # a command that the next key may copy: the one that does what was just done

    def action_export(self) -> None:
        """Ask for the file; the name that is offered is that of the listing."""
        listing, level = self.listing, self.place.level
        if isinstance(level, Page) and level.file:
            self.bar.open(EXPORT, "export to ", f"{level.file}.csv", below=NUMBERS)
        elif listing is None:
            self.say(f"this is a text: {self.desk.key('raw')} shows it as JSON, and {self.desk.key('copy_id')} copies")
        elif not self.table.rows:
            self.say("there are no rows to export")
        else:
            self.bar.open(EXPORT, "export to ", file_name(listing), below=KINDS)

    def on_bar_entered(self, event: Bar.Entered) -> None:
        if event.purpose != EXPORT:
            return
        event.stop()
        event.prevent_default()
        out = whole(event.text.strip(), Path())
        try:
            exporting.kind_of(out)
            if not is_folder(out.parent):
                raise UsageError(f"there is no folder {out.parent}", "name a file in a folder that is there")
            if is_folder(out):
                raise UsageError(f"{out} is a folder", "name a file in it")
        except FootplateError as error:
            self.bar.complain(error)
            return
        self._close_bar()
        if is_there(out):
            self._ask_to_overwrite(out)
        else:
            self._begin(out)

    def _ask_to_overwrite(self, out: Path) -> None:
        size = f"{out.stat().st_size:,} bytes"
        then = "it is replaced, once all rows are written"
        lines = changes(("file", str(out.absolute())), ("now", size), ("then", then))

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin(out)
            else:
                self.say("nothing was written")

        self.app.push_screen(Ask(self.desk, Question(f"Overwrite {out.name}?", lines)), answered)

    def _begin(self, out: Path) -> None:
        listing = self.listing
        task = self.begin(f"exporting to {out.name}", self.stop_export)
        query = Query(self.place.where, self.place.order or (listing.order if listing else ""), limit=PAGE)
        self._export(task, self.place.level, query, list(self.columns()) if listing else [], out)

    def stop_export(self) -> None:
        """No file is left of it."""
        self.workers.cancel_group(self, EXPORT)

    @work(thread=True, exclusive=True, exit_on_error=False, group=EXPORT)
    def _export(self, task: Task, level: Level, query: Query, columns: list[Column], out: Path) -> None:
        worker, workspace = get_current_worker(), self.desk.workspace

        def progress(rows: int) -> None:
            task.done = f"{rows:,} rows"

        answer: FootplateError | str
        command = ""
        try:
            with patience.until(lambda: worker.is_cancelled):
                names, rows = sheet(workspace, level, query, columns)
                count = exporting.export(
                    out, names, rows, progress=progress, cancelled=lambda: worker.is_cancelled
                )
                command = command_of(workspace, level, query, names, out)
            more = f"; {self.desk.key('copy_command')} copies the command" if command else ""
            answer = f"{count:,} rows -> {out.absolute()}{more}"
        except Exception as error:
            answer = told(workspace, error)
        self.app.call_from_thread(self._exported, task, answer, command)

    def _exported(self, task: Task, answer: FootplateError | str, command: str) -> None:
        self.end(task)
        self.say(answer, "" if isinstance(answer, FootplateError) else "good")
        self.offered = command

    # -- the command of what was just done

    def taken(self, event: events.Key) -> bool:
        key = self.keys.get(event.character or "") or self.keys.get(event.key)
        if key is None or key.action != "copy_command":
            self.offered = ""
        return super().taken(event)

    def action_copy_command(self) -> None:
        if self.offered:
            from screens.widgets.clipboard import copy

            self.say(copy(self.app, self.desk.command(self.offered)))
        else:
            super().action_copy_command()


def file_name(listing: Listing) -> str:
    """`runs.csv`, `flights-versions.csv`: a name that a shell takes without quotes."""
    crumb, plural = listing.crumb, listing.plural
    name = plural if crumb in (plural, listing.name) or listing.table is None else f"{crumb}-{plural}"
    if crumb in ("queue", "events", "decisions", "folders", "schedules", "runs", "datasets", "models"):
        name = crumb
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('-.') or 'rows'}.csv"


def sheet(
    workspace: Workspace, level: Level, query: Query, columns: list[Column]
) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    """Names and rows of what is shown."""
    if isinstance(level, Page):
        return level.numbers(workspace)
    assert isinstance(level, Listing)
    names, values = fields(workspace, level, columns)
    return names, ([value(row) for value in values] for row in pages(level, workspace, query))


def fields(
    workspace: Workspace, listing: Listing, columns: list[Column]
) -> tuple[list[str], list[Callable[[Row], object]]]:
    """The names and values of some columns: raw values by name, or what the cells show where nobody names them."""
    table = listing.table
    if table is not None:
        names = list(dict.fromkeys(listing.exported(column) for column in columns))
        return names, [*table.values(names)]
    now = workspace.clock.now()

    def cell(column: Column) -> Callable[[Row], object]:
        return lambda row: column.cell(row, now).plain

    return [column.name for column in columns], [cell(column) for column in columns]


def pages(listing: Listing, workspace: Workspace, query: Query) -> Iterator[Row]:
    """All rows of a query, a page at a time."""
    while True:
        page = listing.read(workspace, query)
        yield from page.rows
        if page.after is None:
            return
        query = replace(query, after=page.after)


def command_of(workspace: Workspace, level: Level, query: Query, names: Sequence[str], out: Path) -> str:
    """The command line that writes the same file; empty where none does."""
    if isinstance(level, Page):
        return f"{level.numbers_command()} --out {quoted(str(out))}"
    if not isinstance(level, Listing) or level.table is None or not level.listed():
        return ""
    parts = [level.listed()]
    if where := level.full(query.where):
        parts.append(f"--where {quoted(where)}")
    order = level.ordered(workspace, query.order)
    if order and order != level.order:
        parts.append(f"--order={quoted(order)}")
    return " ".join([*parts, f"--columns {quoted(','.join(names))}", f"--out {quoted(str(out))}"])
