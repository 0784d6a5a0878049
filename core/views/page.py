"""One page of a listing: some rows, and where to go on. Keyset, so that page 1,000 costs what page 1 does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select, func, literal_column, not_, select

from core.query.conditions import asks_for, conditions, on_column
from core.query.fields import Field, Fields
from core.query.language import parse, parse_order

T = TypeVar("T")
Cursor = tuple[Any, ...]  # to be handed back as it came
LIMIT = 100
FEW = 1000  # keys through which rows are found sooner than by looking at each row
WITH, WITHOUT = 0, 1  # cursors: among the rows that have the value to sort by, among those that have none


@dataclass(frozen=True)
class Page(Generic[T]):
    """`next` is None where there are no more rows. Nothing is counted for it: `total` is None where unknown."""

    rows: tuple[T, ...] = ()
    next: Cursor | None = None
    total: int | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def held(rows: Sequence[T], limit: int, after: Cursor | None) -> Page[T]:
    """A page of rows that are all there; the cursor counts them. `limit` 0: all."""
    start = after[-1] if after else 0
    end = start + limit if limit else len(rows)
    return Page(tuple(rows[start:end]), (end,) if end < len(rows) else None, len(rows))


@dataclass(frozen=True)
class Listing:
    """A kind of row: the statement that reads it, what it may be asked, and what tells two rows apart.

    Without an order rows come by `tie`, newest first where `newest_first`.
    """

    statement: Select[Any]
    fields: Fields
    tie: Any  # a column without duplicates, of one type
    newest_first: bool = True

    def read(
        self, connection: Connection, where: str, order: str, limit: int, after: Cursor | None, now: datetime
    ) -> tuple[list[Any], Cursor | None]:
        """Rows (mappings) and the cursor after them. `limit` 0: all. Raises UsageError."""
        asked, wanted = parse(where), parse_order(order)
        probe = _Probe(connection)
        if wanted is None:
            statement = self.statement.where(*conditions(asked, self.fields, now, probe.few))
            return self._by_tie(connection, statement, limit, after[-1] if after else None, self.newest_first)
        field = self.fields.to_sort_by(wanted.field)
        own, rest = asks_for(asked, wanted)
        statement = self.statement.where(*conditions(rest, self.fields, now, probe.few))
        values = [on_column(term, field, now) for term in own]
        sort = _Sort(field, wanted.descending, values, probe.found, wanted.from_end)
        return self._by_field(connection, statement, sort, limit, after)

    def count(self, connection: Connection, where: str, now: datetime) -> int:
        """How many rows a filter finds: all of them are looked at. Raises UsageError."""
        found = conditions(parse(where), self.fields, now, _Probe(connection).few)
        statement = self.statement.where(*found).with_only_columns(func.count(), maintain_column_froms=True)
        return int(connection.execute(statement).scalar_one())

    def _by_tie(
        self, connection: Connection, statement: Select[Any], limit: int, after: Any, descending: bool
    ) -> tuple[list[Any], Cursor | None]:
        if after is not None:
            statement = statement.where(self.tie < after if descending else self.tie > after)
        statement = statement.add_columns(self.tie.label("sort_tie")).order_by(_directed(self.tie, descending))
        return _cut(_run(connection, statement, limit), limit, lambda row: (row["sort_tie"],))

    def _by_field(
        self, connection: Connection, statement: Select[Any], sort: _Sort, limit: int, after: Cursor | None
    ) -> tuple[list[Any], Cursor | None]:
        """First the rows that have the value, in its order, then those that have none; from the end the other way."""
        some = [WITH] if sort.own or not sort.field.nullable else [WITH, WITHOUT]
        parts = some[::-1] if sort.from_end else some
        rows: list[Any] = []
        if after is not None:
            parts = parts[parts.index(after[0]) :]
        for part in parts:
            left = limit + 1 - len(rows) if limit else 0
            if limit and not left:
                break
            read = self._with_value if part == WITH else self._without_value
            rows += [(part, row) for row in read(connection, statement, sort, left, after)]
            after = None
        kept, more = (rows[:limit], len(rows) > limit) if limit else (rows, False)
        return [row for _, row in kept], _cursor(*kept[-1]) if more else None

    def _with_value(
        self, connection: Connection, statement: Select[Any], sort: _Sort, limit: int, after: Cursor | None
    ) -> list[Any]:
        """At most `limit` rows. What goes on first ends the rows that share the last value: two seeks in an index."""
        field, down, column = sort.field, sort.down, sort.field.column
        tie = self.tie
        statement = statement.where(*sort.own)
        if field.elsewhere is not None and field.elsewhere.join is not None:
            statement = field.elsewhere.join(statement, sort.by_key)
            tie = tie if field.elsewhere.key is None else field.elsewhere.key
        if getattr(column, "nullable", True) or field.joined:
            statement = statement.where(column.is_not(None))
        statement = statement.add_columns(column.label("sort_key"), tie.label("sort_tie")).order_by(
            _directed(column, down), _directed(tie, down)
        )
        if after is None:
            return _all(connection, statement, limit)
        _, value, last = after
        rows: list[Any] = []
        if column is not tie:
            rows = _all(connection, statement.where(column == value, tie < last if down else tie > last), limit)
        if limit and len(rows) >= limit:
            return rows
        beyond = statement.where(column < value if down else column > value)
        return rows + _all(connection, beyond, limit - len(rows) if limit else 0)

    def _without_value(
        self, connection: Connection, statement: Select[Any], sort: _Sort, limit: int, after: Cursor | None
    ) -> list[Any]:
        field, tie = sort.field, self.tie
        if field.elsewhere is not None:
            statement = statement.where(not_(field.elsewhere.exists(field.column.is_not(None))))
        else:
            statement = statement.where(field.column.is_(None))
        if after is not None:
            statement = statement.where(tie < after[-1] if sort.down else tie > after[-1])
        statement = statement.add_columns(literal_column("NULL").label("sort_key"), tie.label("sort_tie"))
        return _all(connection, statement.order_by(_directed(tie, sort.down)), limit)


@dataclass(frozen=True)
class _Sort:
    """`own` are conditions on the value itself: where there are any, no row without a value can fulfil them."""

    field: Field
    descending: bool
    own: list[Any]
    by_key: bool  # the rows are found by their keys
    from_end: bool = False

    @property
    def down(self) -> bool:
        """Whether it is read from the most to the least."""
        return self.descending != self.from_end


class _Probe:
    """Tells whether few rows of another table fulfil a condition: then they lead to the rows of the listing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.found = False

    def few(self, keys: Select[Any]) -> bool:
        some = keys.with_only_columns(literal_column("1")).limit(FEW + 1).subquery()
        count = self._connection.execute(select(func.count()).select_from(some)).scalar_one()
        self.found |= (few := int(count) <= FEW)
        return few


def _directed(column: Any, descending: bool) -> Any:
    return column.desc() if descending else column.asc()


def _all(connection: Connection, statement: Select[Any], limit: int) -> list[Any]:
    """At most `limit` rows; 0: all."""
    return list(connection.execute(statement.limit(limit) if limit else statement).mappings())


def _run(connection: Connection, statement: Select[Any], limit: int) -> list[Any]:
    return _all(connection, statement, limit + 1 if limit else 0)


def _cursor(part: int, row: Any) -> Cursor:
    return (WITH, row["sort_key"], row["sort_tie"]) if part == WITH else (WITHOUT, row["sort_tie"])


def _cut(rows: list[Any], limit: int, key: Any) -> tuple[list[Any], Cursor | None]:
    """The rows of a page; one more than `limit` was read to know whether more follow."""
    if not limit or len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, key(rows[-1])
