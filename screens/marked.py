"""Reading which rows are marked: between two rows, all of a filter, and which of some rows a filter finds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from core.errors import Conflict
from core.workspace import Workspace
from screens.level import PAGE, Listing, Query, Row, Slice
from screens.marks import MOST, Every, Marks

AT_ONCE = 100  # rows that are asked for in one filter
Read = Callable[[Query], Slice]
Identity = Callable[[Row], Hashable]


def one_of(field: str, identities: Sequence[Hashable]) -> str:
    """A filter for some rows by the number in `field`."""
    return f"{field}={'|'.join(map(str, identities))}"


def found_by(every: Every, read: Read, identity: Identity, identities: Iterable[Hashable]) -> frozenset[Hashable]:
    """Which of some rows `every` finds, asked of the registry a hundred at a time."""
    rows = [one for one in identities if isinstance(one, int) and one <= every.newest]
    found: set[Hashable] = set()
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        asked = Query(where=f"{every.where} {one_of(every.serial, some)}".strip(), limit=AT_ONCE)
        found.update(identity(row) for row in read(asked).rows)
    return frozenset(found)


def marked_among(
    listing: Listing, workspace: Workspace, marks: Marks, where: str, rows: Sequence[Row]
) -> frozenset[Hashable]:
    """Which of the rows that `where` found are found by the filter of the marks, too."""
    every = marks.every
    if every is None:
        return frozenset()
    identities = [listing.identity(row) for row in rows]
    if every.where == where:
        return frozenset(one for one in identities if isinstance(one, int) and one <= every.newest)
    return found_by(every, lambda query: listing.read(workspace, query), listing.identity, identities)


def between(
    read: Read, query: Query, identity: Identity, ends: tuple[Hashable, Hashable], most: int = MOST
) -> list[Hashable] | None:
    """The identities from one row to another, both included, reading from `query.after` on.

    None where there are more than `most` between them, or one of them does not come.
    """
    inside: list[Hashable] = []
    left = set(ends)
    while True:
        page = read(replace(query, limit=PAGE))
        for row in page.rows:
            one = identity(row)
            if one in left or inside:
                inside.append(one)
            left.discard(one)
            if not left:
                return inside
            if len(inside) > most:
                return None
        if page.after is None:
            return None
        query = replace(query, after=page.after)


def collected(read: Read, where: str, identity: Identity, most: int = MOST) -> list[Hashable] | None:
    """The identities of all rows that a filter finds; None where there are more than `most`."""
    found: list[Hashable] = []
    after: Any = None
    while True:
        page = read(Query(where=where, after=after))
        found += [identity(row) for row in page.rows]
        after = page.after
        if len(found) > most:
            return None
        if after is None:
            return found


def marked_all(
    listing: Listing, read: Read, marks: Marks, where: str, count: Callable[[str], int]
) -> tuple[Marks, str]:
    """The marks when all rows of a filter are marked too, and the sentence that says so."""
    if not listing.serial:
        rows = collected(read, where, listing.identity)
        if rows is None:
            raise Conflict(f"more than {MOST:,} rows", "filter them")
        marks = marks.plus(rows)
        return marks, f"{len(marks):,} marked"
    more, every = "", marks.every
    if every is not None and every.where == where:
        marks = Marks(marks.picked)
    elif every is not None:  # those of the filter before become rows of their own, where they are few
        before = collected(read, every.query, listing.identity)
        if before is None:
            more = f"; the {len(marks):,} before are not any more"
            marks = Marks()
        else:
            marks = Marks(marks.picked | (frozenset(before) - every.but))
    newest = read(Query(order=f"-{listing.serial}", limit=1)).rows
    last = listing.identity(newest[0]) if newest else 0
    assert isinstance(last, int)  # what `serial` promises
    wanted = Every(where, listing.serial, last, 0)
    found = found_by(wanted, read, listing.identity, marks.picked)
    marks = Marks(marks.picked - found, replace(wanted, count=count(wanted.query)))
    which = "all rows" if not where else "all that the filter finds"
    return marks, f"{len(marks):,} marked: {which}; later rows are not{more}"
