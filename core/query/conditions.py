"""From a parsed filter to SQL: what fields there are, of which kind, and how each is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, not_, or_

from core.errors import UsageError
from core.query.language import Filter, Op, Order, Term, Word
from core.text import shortened

YES: Final = frozenset({"true", "yes", "on", "1"})
NO: Final = frozenset({"false", "no", "off", "0"})
_AGO: Final = re.compile(r"(\d+(?:\.\d+)?)([smhdw])\Z")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z")
_DAY: Final = timedelta(days=1)
_EXACT_INTEGERS: Final = 2**53
_ESCAPE: Final = "\\"


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"  # ISO 8601 (without a zone: UTC), or 3d, 2h: so long ago
    FLAG = "yes or no"


@dataclass(frozen=True)
class Field:
    """A column that can be asked for.

    `choices` are all the words that a text can be. A field that lives in another table (a metric, a parameter,
    a tag) gives `through`, which makes "there is a row of it that ..." of a condition, and `join`, which brings
    its column into a statement to sort by.
    """

    column: Any
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    through: Callable[[ColumnElement[bool]], ColumnElement[bool]] | None = None
    join: Callable[[Select[Any]], Select[Any]] | None = None
    text: Any = None  # a number's text, where it may be no number at all
    joined: bool = False  # its row may be missing

    @property
    def nullable(self) -> bool:
        return self.joined or bool(getattr(self.column, "nullable", True))


@dataclass(frozen=True)
class Fields:
    """All that can be asked of one kind of row. `more` finds fields that the rows themselves bring."""

    known: Mapping[str, Field]
    words: tuple[Any, ...] = ()  # columns that a bare word is looked for in
    more: Callable[[str], Field | None] = lambda name: None
    others: Callable[[], Iterable[str]] = field(default=lambda: ())  # names that `more` knows, for hints

    def find(self, name: str) -> Field:
        """Raises UsageError with the nearest field where there is none of that name."""
        found = self.known.get(name) or self.more(name)
        if found is None:
            names = [*self.known, *self.others()]
            near = get_close_matches(name, names, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names[:30])}"
            raise UsageError(f"there is no field {shortened(name)!r} here", hint)
        return found


def conditions(asked: Filter, fields: Fields, now: datetime) -> list[ColumnElement[bool]]:
    """What must hold of a row. Raises UsageError where a field or value does not fit."""
    made = []
    for part in asked.parts:
        one = _word(part, fields, asked.fuzzy) if isinstance(part, Word) else _term(part, fields, now)
        made.append(not_(_known(one)) if part.inverse else one)
    return made


def sorting(order: Order, fields: Fields) -> Field:
    """The field to sort by. Raises UsageError where it cannot be sorted by."""
    found = fields.find(order.field)
    if found.through is not None and found.join is None:
        raise UsageError(f"{order.field} has many values a row: nothing can be sorted by it", "sort by another field")
    return found


def _known(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """False, not null, where a compared value is missing."""
    return func.coalesce(condition, false())


def _word(word: Word, fields: Fields, fuzzy: bool) -> ColumnElement[bool]:
    pattern = "%" + "%".join(map(_escaped, word.text)) + "%" if fuzzy else f"%{_escaped(word.text)}%"
    return or_(false(), *(_known(column.like(pattern, escape=_ESCAPE)) for column in fields.words))


def _term(term: Term, fields: Fields, now: datetime) -> ColumnElement[bool]:
    asked = fields.find(term.field)
    if term.value == "" and term.op in (Op.EQ, Op.NE):
        return _absent(asked, term.op)
    test = _TESTS[asked.kind](term, asked, now)
    return test if asked.through is None else asked.through(test)


def _absent(asked: Field, op: Op) -> ColumnElement[bool]:
    """`field=""`: it has no value."""
    if asked.through is not None:
        there = asked.through(asked.column.is_not(None))
    else:
        there = and_(asked.column.is_not(None), asked.column != "") if asked.kind == Kind.TEXT else (
            asked.column.is_not(None)
        )
    return there if op == Op.NE else not_(there)


def _text(term: Term, asked: Field, now: datetime) -> ColumnElement[bool]:
    column = asked.column
    if term.op in (Op.HAS, Op.HASNT):
        return _contains(column, term)
    if term.op not in (Op.EQ, Op.NE):
        raise UsageError(
            f"{term.field} is text: {term.op} cannot compare it",
            f"use = != ~ (contains) or !~, as in {term.field}~{shortened(term.value)}",
        )
    if asked.choices and term.value not in asked.choices:
        near = get_close_matches(term.value, asked.choices, 1, 0.5)
        raise UsageError(
            f"{term.field} is never {shortened(term.value)!r}",
            f"did you mean {near[0]}?" if near else f"it is one of {', '.join(asked.choices)}",
        )
    return _equal(column, term, term.value)


def _contains(column: Any, term: Term) -> ColumnElement[bool]:
    found = _known(column.like(f"%{_escaped(term.value)}%", escape=_ESCAPE))
    return found if term.op == Op.HAS else not_(found)


def _equal(column: Any, term: Term, value: Any) -> ColumnElement[bool]:
    return column == value if term.op == Op.EQ else column.is_distinct_from(value)  # type: ignore[no-any-return]


def _number(term: Term, asked: Field, now: datetime) -> ColumnElement[bool]:
    value = _as_number(term.value)
    if asked.text is not None and (value is None or term.op in (Op.HAS, Op.HASNT)):
        return _text(term, Field(asked.text), now)
    if term.op in (Op.HAS, Op.HASNT):
        raise UsageError(f"{term.field} is a number: {term.op} looks into text", "use = != > >= < <=")
    if value is None:
        raise UsageError(
            f"{term.field} is a number, and {shortened(term.value)!r} is none",
            f"write it like {term.field}{term.op}0.8",
        )
    if term.op in (Op.EQ, Op.NE):
        return _equal(asked.column, term, value)
    return _compared(asked.column, term.op, value)


def _as_number(text: str) -> float | int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    if math.isnan(value):
        return None
    return int(value) if abs(value) < _EXACT_INTEGERS and value.is_integer() else value


def _compared(column: Any, op: Op, value: Any) -> ColumnElement[bool]:
    made = {Op.GT: column > value, Op.GE: column >= value, Op.LT: column < value, Op.LE: column <= value}[op]
    return made  # type: ignore[no-any-return]


def _time(term: Term, asked: Field, now: datetime) -> ColumnElement[bool]:
    """A date is its whole day: `<=` includes it and `>` begins after it."""
    if term.op in (Op.HAS, Op.HASNT):
        raise UsageError(
            f"{term.field} is a time: {term.op} looks into text", f"write it like {term.field}>=2026-11-01"
        )
    start, end = _span(term, now)
    column = asked.column
    if term.op in (Op.EQ, Op.NE):
        within = and_(column >= start, column < end) if end > start else column == start
        return within if term.op == Op.EQ else not_(_known(within))
    edge = end if term.op in (Op.GT, Op.LE) else start
    op = {Op.GT: Op.GE, Op.LE: Op.LT}.get(term.op, term.op) if end > start else term.op
    return _compared(column, op, edge)


def _span(term: Term, now: datetime) -> tuple[datetime, datetime]:
    text = term.value.strip()
    try:
        if ago := _AGO.match(text):
            moment = now - timedelta(seconds=float(ago[1]) * _UNITS[ago[2]])
            return moment, moment
        if _DATE.match(text):
            day = datetime.combine(datetime.fromisoformat(text), time(), UTC)
            return day, day + _DAY
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{term.field} is a time, and {shortened(text)!r} is none",
            f"write it like {term.field}>=2026-11-01, 2026-11-01T09:30, or 3d (so long ago)",
        ) from None
    return moment, moment


def _flag(term: Term, asked: Field, now: datetime) -> ColumnElement[bool]:
    word = term.value.lower()
    if term.op not in (Op.EQ, Op.NE) or word not in YES | NO:
        raise UsageError(f"{term.field} is yes or no", f"write {term.field}=yes or {term.field}=no")
    return asked.column == literal_column("1" if (word in YES) == (term.op == Op.EQ) else "0")  # type: ignore[no-any-return]


def _escaped(text: str) -> str:
    return "".join(_ESCAPE + one if one in "%_\\" else one for one in text)


_TESTS: Final[Mapping[Kind, Callable[[Term, Field, datetime], ColumnElement[bool]]]] = {
    Kind.TEXT: _text, Kind.NUMBER: _number, Kind.TIME: _time, Kind.FLAG: _flag,
}
