"""The rows that an action is for: those that are marked, or else the one under the cursor. Read in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from core.query.language import joined
from core.workspace import Workspace
from screens.acts.action import Action
from screens.level import Listing, Query, Row
from screens.marked import AT_ONCE, one_of
from screens.marks import Every, Marks

SHOWN = 6  # rows that a question names
REASONS = 3  # of rows that are left out, that it tells


@dataclass(frozen=True)
class Selection:
    listing: Listing
    marks: Marks
    row: Row | None = None  # the one under the cursor, where nothing is marked

    def __len__(self) -> int:
        return len(self.marks) if self.marks else int(self.row is not None)

    def picked(self, workspace: Workspace) -> list[Row]:
        """The rows that are marked one by one, as they are by now, in the order of the listing."""
        listing, identities = self.listing, self.marks.picked
        if not self.marks:
            identities = frozenset([listing.identity(self.row)]) if self.row is not None else frozenset()
        if not listing.serial:
            return [row for row in pages(listing, workspace, "") if listing.identity(row) in identities]
        numbers = sorted((one for one in identities if isinstance(one, int)), reverse=True)
        found: list[Row] = []
        for start in range(0, len(numbers), AT_ONCE):
            found += pages(listing, workspace, one_of(listing.serial, numbers[start : start + AT_ONCE]))
        return found

    def but(self, workspace: Workspace) -> list[Row]:
        """The rows of the marks' filter that were unmarked again."""
        every = self.marks.every
        return [] if every is None else replace(self, marks=Marks(every.but)).picked(workspace) if every.but else []

    def allowed(self, workspace: Workspace, action: Action) -> Part:
        """What of it an action can be done to."""
        picked = self.picked(workspace)
        allowed = [row for row in picked if not action.refuses(row)]
        refused = [(self.listing.row_id(row), why) for row in picked if (why := action.refuses(row))]
        every, others = self.marks.every, 0
        if every is not None:
            exempt = sum(not action.refuses(row) for row in self.but(workspace))
            others = self.listing.count(workspace, joined(every.query, action.where)) - exempt
        left_out = len(refused) + (every.count - len(every.but) - others if every is not None else 0)
        return Part(self.listing, action, allowed, every, max(0, others), refused, max(0, left_out))


@dataclass(frozen=True)
class Part:
    """The rows of a selection that allow an action: `rows` one by one, and `others` that a filter finds."""

    listing: Listing
    action: Action
    rows: list[Row]
    every: Every | None
    others: int
    refused: list[tuple[str, str]]  # of those that were marked one by one: name, why
    left_out: int

    def __len__(self) -> int:
        return len(self.rows) + self.others

    @property
    def single(self) -> bool:
        """One row, and it is known."""
        return len(self) == 1 and self.every is None

    @property
    def names(self) -> list[str]:
        return [self.listing.row_id(row) for row in self.rows]

    def each(self, workspace: Workspace) -> Iterator[Row]:
        """Every one of them, a page at a time. What is done to them may change what the filter finds: the pages
        go by the number of the row, which does not change."""
        yield from self.rows
        every = self.every
        if every is not None:
            known = {self.listing.identity(row) for row in self.rows} | every.but
            for row in pages(self.listing, workspace, joined(every.query, self.action.where)):
                if self.listing.identity(row) not in known and not self.action.refuses(row):
                    yield row

    def commands(self, text: str = "") -> str:
        """The command lines that do the same: by name, and by filter where a filter marked them."""
        lines = [self.action.line(self.names, None, text)] if self.rows else []
        every = self.every
        if every is not None and self.others:
            but = sorted(one for one in every.but if isinstance(one, int))
            beside = f"{every.serial}!={'|'.join(map(str, but))}" if but else ""
            where = joined(self.listing.full(every.query), self.action.where, beside)
            line = self.action.line([], where, text)
            lines.append(f"{line} --count {self.others}" if self.action.final else line)
        return " && ".join(lines)


def pages(listing: Listing, workspace: Workspace, where: str) -> Iterator[Row]:
    """All rows of a filter, in the listing's own order."""
    query = Query(where)
    while True:
        page = listing.read(workspace, query)
        yield from page.rows
        if page.after is None:
            return
        query = replace(query, after=page.after)


def told(part: Part, named: Callable[[Row], str]) -> list[tuple[str, str]]:
    """Which rows it is about, and which are left out: name and value of the question's lines."""
    names = [named(row) for row in part.rows[:SHOWN]]
    more = len(part) - len(names)
    others = f" and {more:,} more" if names else f"{more:,} that the filter finds"
    lines = [("rows" if len(part) > 1 else "row", ", ".join(names) + (others if more else ""))]
    if part.left_out:
        why = "; ".join(f"{name}: {reason}" for name, reason in part.refused[:REASONS])
        lines.append(("left out", f"{part.left_out:,} that do not allow it{f' ({why})' if why else ''}"))
    return lines
