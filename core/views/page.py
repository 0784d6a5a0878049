"""One page of a listing: some rows, and where to go on. Keyset, so that page 1,000 costs what page 1 does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select, and_, func, literal_column, not_, or_, select

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
        sort = _Sort(field, wanted.descending, [on_column(term, field, now) for term in own], probe.found)
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
        """First the rows that have the value, in its order, then those that have none."""
        rows: list[Any] = []
        if after is None or after[0] == WITH:
            rows, cursor = _cut(
                _run(connection, self._with_value(statement, sort, after), limit), limit,
                lambda row: (WITH, row["sort_key"], row["sort_tie"]),
            )
            if cursor is not None or sort.own or not sort.field.nullable:
                return rows, cursor
            after = None
        without = self._without_value(statement, sort.field)
        left = limit - len(rows)
        if limit and not left:
            more = self._by_tie(connection, without, 1, None, sort.descending)[0]
            return rows, (WITHOUT, None) if more else None
        more, cursor = self._by_tie(
            connection, without, left if limit else 0, after[-1] if after else None, sort.descending
        )
        return rows + more, (WITHOUT, *cursor) if cursor else None

    def _with_value(self, statement: Select[Any], sort: _Sort, after: Cursor | None) -> Select[Any]:
        field, descending, column = sort.field, sort.descending, sort.field.column
        statement = statement.where(*sort.own)
        if field.elsewhere is not None and field.elsewhere.join is not None:
            statement = field.elsewhere.join(statement, sort.by_key)
        if getattr(column, "nullable", True) or field.joined:
            statement = statement.where(column.is_not(None))
        if after is not None:
            _, value, tie = after
            beyond = column < value if descending else column > value
            on = self.tie < tie if descending else self.tie > tie
            at_or_beyond = column <= value if descending else column >= value  # a range that an index can start at
            statement = statement.where(at_or_beyond, or_(beyond, and_(column == value, on)))
        return statement.add_columns(column.label("sort_key"), self.tie.label("sort_tie")).order_by(
            _directed(column, descending), _directed(self.tie, descending)
        )

    def _without_value(self, statement: Select[Any], field: Field) -> Select[Any]:
        if field.elsewhere is not None:
            return statement.where(not_(field.elsewhere.exists(field.column.is_not(None))))
        return statement.where(field.column.is_(None))


@dataclass(frozen=True)
class _Sort:
    """`own` are conditions on the value itself: where there are any, no row without a value can fulfil them."""

    field: Field
    descending: bool
    own: list[Any]
    by_key: bool  # the rows are found by their keys


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


def _run(connection: Connection, statement: Select[Any], limit: int) -> list[Any]:
    if limit:
        statement = statement.limit(limit + 1)
    return list(connection.execute(statement).mappings())


def _cut(rows: list[Any], limit: int, key: Any) -> tuple[list[Any], Cursor | None]:
    """The rows of a page; one more than `limit` was read to know whether more follow."""
    if not limit or len(rows) <= limit:
        return rows, None
    rows = rows[:limit]
    return rows, key(rows[-1])
