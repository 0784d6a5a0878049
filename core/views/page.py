"""One page of a listing: some rows, and where to go on. Keyset, so that page 1,000 costs what page 1 does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select, and_, not_, or_, select

from core.query.conditions import Field, Fields, conditions, sorting
from core.query.language import parse, parse_order

T = TypeVar("T")
Cursor = tuple[Any, ...]  # to be handed back as it came
LIMIT = 100


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
        statement = self.statement.where(*conditions(parse(where), self.fields, now))
        wanted = parse_order(order)
        if wanted is None:
            return self._by_tie(connection, statement, limit, after[-1] if after else None, self.newest_first)
        return self._by_field(connection, statement, sorting(wanted, self.fields), wanted.descending, limit, after)

    def _by_tie(
        self, connection: Connection, statement: Select[Any], limit: int, after: Any, descending: bool
    ) -> tuple[list[Any], Cursor | None]:
        if after is not None:
            statement = statement.where(self.tie < after if descending else self.tie > after)
        statement = statement.add_columns(self.tie.label("sort_tie")).order_by(_directed(self.tie, descending))
        return _cut(_run(connection, statement, limit), limit, lambda row: (row["sort_tie"],))

    def _by_field(
        self, connection: Connection, statement: Select[Any], field: Field, descending: bool, limit: int,
        after: Cursor | None,
    ) -> tuple[list[Any], Cursor | None]:
        """First the rows that have the value, in its order, then those that have none."""
        rows: list[Any] = []
        if after is None or after[0] == 0:
            rows, cursor = self._with_value(connection, statement, field, descending, limit, after)
            if cursor is not None or not (field.nullable or field.through):
                return rows, cursor
            after = None
        if field.through is not None:
            without = statement.where(not_(field.through(field.column.is_not(None))))
        else:
            without = statement.where(field.column.is_(None))
        more, cursor = self._by_tie(
            connection, without, limit - len(rows) if limit else 0, after[-1] if after else None, descending
        ) if not limit or len(rows) < limit else ([], None)
        if limit and len(rows) == limit:  # the page is full, and whether more follow has to be asked
            any_more = self._by_tie(connection, without, 1, None, descending)[0]
            return rows, (1, None) if any_more else None
        return rows + more, (1, *cursor) if cursor else None

    def _with_value(
        self, connection: Connection, statement: Select[Any], field: Field, descending: bool, limit: int,
        after: Cursor | None,
    ) -> tuple[list[Any], Cursor | None]:
        column = field.column
        if field.join is not None:
            statement = field.join(statement)
        elif field.nullable:
            statement = statement.where(column.is_not(None))
        if after is not None:
            _, value, tie = after
            beyond = column < value if descending else column > value
            on = self.tie < tie if descending else self.tie > tie
            at_or_beyond = column <= value if descending else column >= value  # a range that an index can start at
            statement = statement.where(at_or_beyond, or_(beyond, and_(column == value, on)))
        statement = statement.add_columns(column.label("sort_key"), self.tie.label("sort_tie")).order_by(
            _directed(column, descending), _directed(self.tie, descending)
        )
        return _cut(_run(connection, statement, limit), limit, lambda row: (0, row["sort_key"], row["sort_tie"]))


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


def exists(statement: Any) -> Any:
    """`EXISTS (statement)`."""
    return select(1).where(statement).exists()
