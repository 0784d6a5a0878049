"""The rows of a stored version, a page at a time, as text. Light: Parquet is read in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.data.dialect import Dialect
from core.data.pages import CELL, Pages, Record
from core.data.picking import picker
from core.errors import BadData, Conflict, GivenUp
from core.registry import datasets
from core.services.apart import answer_of
from core.services.versions import find
from core.vocabulary import VersionState
from core.workspace import Workspace

AT_ONCE = 1000  # rows that are looked through at a time, from the end on

Waits = Callable[[], bool]


def nobody_left() -> bool:
    return False


@dataclass
class Rows:
    """`kinds` are those that the version was read by, as far as it could be. `total` is None until it is known."""

    version: str
    columns: tuple[str, ...]
    kinds: Mapping[str, str]

    @property
    def total(self) -> int | None:
        raise NotImplementedError

    def read(self, after: int, limit: int, given_up: Waits = nobody_left) -> list[Record]:
        """At most `limit` rows that follow row `after`."""
        raise NotImplementedError

    def following(self, after: int, given_up: Waits = nobody_left) -> Iterator[Record]:
        """All rows that follow row `after`."""
        while rows := self.read(after, AT_ONCE, given_up):
            yield from rows
            after = rows[-1].number

    def count(self, given_up: Waits = nobody_left) -> int:
        raise NotImplementedError

    def before(self, until: int | None, given_up: Waits = nobody_left) -> Iterator[Record]:
        """The rows before row `until` (None: the end), backwards."""
        end = self.count(given_up) if until is None else until - 1
        while end > 0:
            if given_up():
                raise GivenUp("nobody waits for these rows any more")
            start = max(0, end - AT_ONCE)
            yield from reversed(self.read(start, end - start, given_up))
            end = start


@dataclass
class TextRows(Rows):
    pages: Pages

    @property
    def total(self) -> int | None:
        return self.pages.total

    def read(self, after: int, limit: int, given_up: Waits = nobody_left) -> list[Record]:
        return self.pages.read(after, limit, given_up)

    def following(self, after: int, given_up: Waits = nobody_left) -> Iterator[Record]:
        return self.pages.following(after, given_up)

    def count(self, given_up: Waits = nobody_left) -> int:
        return self.pages.count(given_up)


@dataclass
class ParquetRows(Rows):
    """Each page costs a process: pages that were read are kept."""

    workspace: Workspace
    number: int
    _kept: dict[tuple[int, int], list[Record]] = field(default_factory=dict)

    @property
    def total(self) -> int | None:
        return self.number

    def read(self, after: int, limit: int, given_up: Waits = nobody_left) -> list[Record]:
        if (after, limit) not in self._kept:
            if len(self._kept) > 20:
                self._kept.clear()
            found = answer_of(self.workspace, "parquet_page", self.version, str(after), str(limit))
            self._kept[after, limit] = [
                Record(after + place, after + place, tuple(cells)) for place, cells in enumerate(found["rows"], 1)
            ]
        return self._kept[after, limit]

    def count(self, given_up: Waits = nobody_left) -> int:
        return self.number


def rows_of(workspace: Workspace, text: str) -> Rows:
    """The rows of the version that NAME@V names. Raises NotFound, Conflict where its bytes are gone, BadData."""
    row, path, dialect = kept_file(workspace, text)
    name = f"{row['dataset']}@{row['version']}"
    kinds = {column["name"]: column["kind"] for column in row["schema"] or ()}
    if dialect.format == "parquet":
        found = answer_of(workspace, "parquet_page", name, "0", "0")
        return ParquetRows(name, tuple(found["columns"]), kinds, workspace, int(found["total"]))
    pages = Pages.open(path, dialect)
    return TextRows(name, pages.columns, kinds, pages)


def kept_file(workspace: Workspace, text: str) -> tuple[Mapping[Any, Any], Path, Dialect]:
    """The row of a version, its stored bytes, and how they are written: as was found, else as its dataset's are."""
    with workspace.registry.read() as connection:
        row = find(connection, text)
        reference = datasets.get(connection, row["dataset"])
    name = f"{row['dataset']}@{row['version']}"
    if row["discarded"] or not row["hash"]:
        why = "its bytes were discarded" if row["discarded"] else "its bytes were never read"
        raise Conflict(f"{name} has no rows to show: {why}", f"see `footplate data show {name}`")
    store = workspace.quarantine if row["state"] == VersionState.QUARANTINED else workspace.store
    known = row["dialect"] or (reference["dialect"] if reference is not None else None)
    if not store.has(row["hash"]):
        raise BadData(f"the stored copy of {name} is not there", "`footplate doctor` says what is wrong")
    return row, store.path(row["hash"]), Dialect.from_json(known or {})


def parquet_page(workspace: Workspace, text: str, after: str, limit: str) -> dict[str, Any]:
    """{"columns", "total", "rows"} of a stored Parquet file; for `core.services.apart`."""
    from core.data.parquet import page

    _, path, _ = kept_file(workspace, text)
    columns, total, rows = page(path, int(after), int(limit))
    return {"columns": columns, "total": total, "rows": [[_cut(cell) for cell in row] for row in rows]}


def _cut(cell: str | None) -> str | None:
    return cell if cell is None else cell[:CELL]


def chosen(rows: Rows, where: str, after: int, limit: int | None, given_up: Waits = nobody_left) -> list[Record]:
    """The rows after row `after` that a filter asks for, at most `limit` of them. Raises UsageError."""
    wanted = picker(where, rows.columns)
    found: list[Record] = []
    for row in rows.following(after, given_up):
        if limit is not None and len(found) >= limit:
            break
        if wanted(row):
            found.append(row)
    return found


def backwards(rows: Rows, where: str, until: int | None, limit: int, given_up: Waits = nobody_left) -> list[Record]:
    """The same from the end on (or from row `until`), the last row first."""
    wanted = picker(where, rows.columns)
    return list(islice(filter(wanted, rows.before(until, given_up)), limit))


def shown(row: Record, columns: Sequence[str]) -> dict[str, Any]:
    """{"row", "line", "values", "problem"}: a row as JSON; `values` in the order of the columns, by name."""
    values = dict(zip(columns, row.cells, strict=False))
    return {"row": row.number, "line": row.line, "values": values, "problem": row.problem or None}
