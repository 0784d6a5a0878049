"""Where one is in the plain mode, and what is told of it: lists row by row, texts line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module

from rich.text import Text

from core.errors import NotFound, UsageError
from core.workspace import Workspace
from screens.destinations import Destination
from screens.format import counted
from screens.keys import AUDIT, AUTOMATION, DATA, EXPERIMENTS, MODELS, MONITORS, OVERVIEW
from screens.level import Column, Level, Listing, Page, Place, Query, Row
from screens.levels.overview import ModelLines
from screens.linear import words
from screens.plain import plain
from screens.widgets.columns import resolved

ROWS = 20  # that are told at a time
LINES = 40
ROOTS = {  # the lists that each screen starts with, as MODULE:CLASS below screens.levels
    OVERVIEW: ("overview:ModelLines", "needs:Needs"), DATA: ("datasets:Datasets",), EXPERIMENTS: ("runs:Runs",),
    MODELS: ("models:Models", "deployments:Deployments"), MONITORS: ("monitors:Monitors", "alerts:Alerts"),
    AUTOMATION: ("jobs:Jobs", "decisions:Decisions", "folders:Folders", "triggers:Triggers", "pipelines:Pipelines"),
    AUDIT: ("stream:Stream",),
}


def roots(screen: str) -> list[Level]:
    found = []
    for place in ROOTS[screen]:
        module, name = place.split(":")
        found.append(getattr(import_module(f"screens.levels.{module}"), name)())
    return found


class Reader:
    """A stack of places; of the one on top the rows or lines that were read so far, and how far they were told."""

    def __init__(self, workspace: Workspace, tell: Callable[[str], None], *, whole: bool = False) -> None:
        self.workspace, self.tell = workspace, tell
        self.whole = whole  # texts are told to their end: nobody is there to ask for more
        self.stack: list[Place] = []
        self._came_from: list[int] = []  # the rows that led here, by their numbers
        self.rows: list[Row] = []
        self.lines: list[str] = []
        self.number = 0  # of the row that was told or named last
        self.told = 0
        self._after: object = None
        self._total = 0

    # -- where one is

    @property
    def place(self) -> Place:
        if not self.stack:
            raise UsageError("nothing is open yet", "say where to go: overview, runs, models, data ...")
        return self.stack[-1]

    @property
    def level(self) -> Level:
        return self.place.level

    @property
    def listing(self) -> Listing:
        level = self.level
        if not isinstance(level, Listing):
            raise UsageError(f"{level.crumb} is a text, not a list", "back leads to the list")
        return level

    @property
    def is_list(self) -> bool:
        return bool(self.stack) and isinstance(self.level, Listing)

    @property
    def now(self) -> datetime:
        return self.workspace.clock.now()

    def columns(self) -> list[Column]:
        return resolved(self.listing.columns, self.listing.column, self.place.columns)

    def crumbs(self) -> str:
        return ", ".join(plain(place.level.crumb) for place in self.stack)

    # -- going

    def aim(self, screen: str, to: Destination | None, where: str | None, argument: str) -> None:
        """Where a command of the bar leads."""
        starts = roots(screen)
        root = next((one for one in starts if to is not None and one.name == to.root), starts[0])
        levels = [root, *(to.beyond(argument) if to is not None else [])]
        self.stack, self._came_from = [Place(level) for level in levels], [0] * (len(levels) - 1)
        if self.is_list:
            self.place.where = where or ""
        self.show()

    def go(self, level: Level) -> None:
        self._came_from.append(self.number)
        self.stack.append(Place(level))
        self.show()

    def swap(self, level: Level) -> None:
        """Another part of the same thing."""
        self.stack[-1] = Place(level)
        self.show()

    def back(self) -> None:
        """To where one came from, on the row that led here."""
        if len(self.stack) < 2:
            raise UsageError("this is where the list begins", "say where to go: overview, runs, models, data ...")
        self.stack.pop()
        self.show(self._came_from.pop())

    # -- telling

    def show(self, number: int = 0) -> None:
        """Read the place, and tell its beginning, or one row of it."""
        self.rows, self.lines, self.number, self.told, self._after = [], [], 0, 0, None
        level, place = self.level, self.place
        if isinstance(level, Page):
            level.width = 0  # nobody sees pictures here
            self.text(level.read(self.workspace, self.now))
            return
        assert isinstance(level, Listing)
        self._read()
        more = self._after is not None
        self._total = level.count(self.workspace, place.where) if more else len(self.rows)
        if isinstance(level, ModelLines):
            self._verdict(level)
        if not self.rows:
            nothing = Text(f"no row matches {plain(place.where)}; filter alone shows all")
            self.text([nothing] if place.where else level.nothing(self.workspace))
            return
        of = f", filter {plain(place.where)}" if place.where else ""
        by = f", order {plain(place.order)}" if place.order else ""
        self.tell(f"{plain(level.crumb)}: {counted(self._total, 'row')}{of}{by}")
        if number and self._reach(number):
            self.told = number
            self.tell_row(number)
        else:
            self._tell_rows()

    def _verdict(self, level: ModelLines) -> None:
        seen = level.seen
        if seen is not None:
            self.tell(plain(seen.verdict))
            for need in seen.needs:
                self.tell(f"needs you: {plain(need.text)}; in a shell: {plain(need.command)}")

    def more(self) -> None:
        """The next rows, or lines."""
        if self.lines:
            self._tell_lines()
        elif self.is_list and self.told < self._total:
            self._tell_rows()
        else:
            self.tell("that was all")

    def text(self, lines: Sequence[Text]) -> None:
        """A text that lies over the place: `next` goes on in it."""
        self.lines = words.page(lines)
        self._tell_lines()

    def _tell_lines(self) -> None:
        now, self.lines = (self.lines, []) if self.whole else (self.lines[:LINES], self.lines[LINES:])
        for line in now:
            self.tell(line)
        if self.lines:
            self.tell(f"{counted(len(self.lines), 'line')} more: next")

    def _tell_rows(self) -> None:
        columns, now, last = self.columns(), self.now, min(self.told + ROWS, self._total)
        while self.told < last and self._reach(self.told + 1):
            self.told += 1
            self.number = self.told
            self.tell(self._row(self.told, columns, now))
        if self.told < self._total:
            self.tell(f"{counted(self._total - self.told, 'row')} more: next")

    def _row(self, number: int, columns: Sequence[Column], now: datetime) -> str:
        return f"row {number:,} of {self._total:,}: {words.row(columns, self.rows[number - 1], now)}"

    # -- rows

    def row(self, number: int) -> Row:
        """A row by its number; NotFound where there is none."""
        if number < 1 or not self._reach(number):
            there = f"there are {len(self.rows):,}" if self.rows else "there is none"
            raise NotFound(f"there is no row {number:,} in {plain(self.listing.crumb)}", there)
        self.number = number
        return self.rows[number - 1]

    def tell_row(self, number: int) -> None:
        """One row, which is the one that is meant from now on."""
        self.row(number)
        self.tell(self._row(number, self.columns(), self.now))

    def _reach(self, number: int) -> bool:
        """Read on until a row is there."""
        while len(self.rows) < number and self._after is not None:
            self._read()
        return len(self.rows) >= number

    def _read(self) -> None:
        place, listing = self.place, self.listing
        query = Query(place.where, place.order or listing.order, self._after)
        found = listing.read(self.workspace, query)
        self.rows += found.rows
        self._after = found.after

    def reread(self) -> None:
        """After a change: the same rows as they are now, without a word."""
        if self.is_list:
            wanted, self.rows, self._after = len(self.rows), [], None
            self._read()
            self._reach(wanted)
            self._total = max(len(self.rows), self._total if self._after is not None else 0)
            self.told, self.number = min(self.told, len(self.rows)), min(self.number, len(self.rows))
