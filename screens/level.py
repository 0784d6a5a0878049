"""What a screen can show, one step of a drill-down each: a listing of rows, or a page of text.

A level knows how to read itself through the views, and how its rows look; it knows no widget. Everything that
reads runs in a thread of the screen's, never on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from core.views.flat import Table
from core.views.page import Page as PageOfRows
from core.workspace import Workspace
from screens.acts.action import Action
from screens.marks import Marks

Row = Any
PAGE = 200  # rows that are read at a time


@dataclass(frozen=True)
class Column:
    """How one column looks: `letter` sorts by it (after `o`), `order` is its name for the views.

    `field` is what `core.views.flat` and the command line call it; the `order`, or else the title, where they agree.
    """

    title: str
    cell: Callable[[Row, datetime], Text]
    widest: int = 40
    narrowest: int = 0  # it may be cut to so many cells where room is short; 0: never
    right: bool = False
    order: str = ""
    letter: str = ""
    natural: int = 0  # how wide it wants to be, where that is known; 0: as its longest cell
    down: bool = False  # the first press sorts descending: newest, best, most
    field: str = ""
    sorts: bool = False  # also without a letter of its own: it gets one that is free

    @property
    def name(self) -> str:
        return self.field or self.order or self.title


def number(
    title: str, cell: Callable[[Row, datetime], Text], letter: str, order: str = "", field: str = ""
) -> Column:
    """A column at the right edge of its cells that sorts from the most to the least."""
    return Column(title, cell, right=True, order=order or title, letter=letter, down=True, field=field)


@dataclass(frozen=True)
class Query:
    """What to read: the text of the filter bar, the order, and from where on."""

    where: str = ""
    order: str = ""  # a column's `order`, with `-` in front for descending; empty: the level's own
    after: Any = None  # the key that the slice before ended with
    limit: int = PAGE


@dataclass(frozen=True)
class Slice:
    """Some rows, and the key to go on with; None where there are no more."""

    rows: Sequence[Row]
    after: Any = None
    total: int | None = None

    @classmethod
    def of(cls, page: PageOfRows[Any]) -> Slice:
        return cls(page.rows, page.next, page.total)


class Level:
    """One step of a drill-down."""

    name = ""  # of the kind of level: the same for every run's page

    @property
    def crumb(self) -> str:
        """What the breadcrumbs say."""
        return self.name

    def command(self) -> str:
        """The command that shows this level; empty where there is none."""
        return ""


class Listing(Level):
    """A level that is a table."""

    columns: Sequence[Column] = ()
    order = ""  # what the rows are sorted by before anybody chose
    serial = ""  # the field that numbers the rows as they come, if any; their identity is that number
    preview = True
    actions: Sequence[Action] = ()  # what can be done with rows, one or many
    singles: Sequence[str] = ()  # actions of the key map that take one row
    lasting = ""  # why its rows cannot be deleted
    table: Table | None = None  # the values of its rows by name, for files; None: only what the cells show

    @property
    def plural(self) -> str:
        return f"{self.name}s"

    def column(self, name: str) -> Column | None:
        """The column of that name, also one that is not shown by itself; None where there is no such."""
        return next((one for one in self.columns if one.name == name), None)

    def more_columns(self, workspace: Workspace) -> Sequence[Column]:
        """Columns that are shown only to those who choose them; read in a thread."""
        return ()

    def exported(self, column: Column) -> str:
        """What a column is called in files and by the command."""
        return column.name

    def listed(self) -> str:
        """The command that lists these rows, to be narrowed and ordered; empty where there is none."""
        return self.command()

    def ordered(self, workspace: Workspace, order: str) -> str:
        """An order of this listing as its command takes it."""
        return order

    def full(self, where: str) -> str:
        """A filter of this listing as its command takes it: with what the listing itself is narrowed to."""
        return where

    def read(self, workspace: Workspace, query: Query) -> Slice:
        raise NotImplementedError

    def identity(self, row: Row) -> Hashable:
        raise NotImplementedError

    def count(self, workspace: Workspace, where: str) -> int:
        """How many rows a filter finds."""
        found, after = 0, None
        while True:
            page = self.read(workspace, Query(where, after=after))
            found, after = found + len(page.rows), page.after
            if after is None:
                return found

    def open(self, row: Row) -> Level | None:
        """Where Enter leads; None: to the describe view."""
        return None

    def describe(self, workspace: Workspace, row: Row) -> list[Text]:
        raise NotImplementedError

    def raw(self, workspace: Workspace, row: Row) -> Any:
        """Something that `json.dumps(default=...)` can write."""
        return row

    def log(self, workspace: Workspace, row: Row) -> Path | None:
        return None

    def row_id(self, row: Row) -> str:
        return str(self.identity(row))

    def row_command(self, row: Row) -> str:
        return self.command()

    def nothing(self, workspace: Workspace) -> list[Text]:
        """What stands there when there are no rows and no filter: what to do about it."""
        return [Text("nothing here yet", "quiet")]


class Page(Level):
    """A level that is text.

    Where `width` is not 0, it is set to the cells that there are before each read. While `live`, it is read every
    second: what it shows moves without a commit.
    """

    width = 0
    live = False
    file = ""  # what a file of the numbers behind the page is called, without its ending; empty: there are none

    def numbers(self, workspace: Workspace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        """Names and rows of that file."""
        raise NotImplementedError

    def numbers_command(self) -> str:
        """The command that writes it, but for the file."""
        raise NotImplementedError

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        raise NotImplementedError

    def raw(self, workspace: Workspace) -> Any:
        return None

    def log(self, workspace: Workspace) -> Path | None:
        return None

    def row_id(self) -> str:
        return self.crumb


@dataclass
class Place:
    """A level and where one was on it, so that coming back is coming back."""

    level: Level
    where: str = ""
    order: str = ""
    cursor: Hashable | None = None
    marks: Marks = field(default_factory=Marks)
    held: tuple[str, str, Any] | None = None  # filter, order and window of what was held of it when it was left
    columns: tuple[str, ...] = ()  # names of those that a person chose, in order; empty: the listing's own
