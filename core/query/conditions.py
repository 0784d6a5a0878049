"""From a parsed filter to SQL conditions on the fields that it names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Select, and_, false, func, literal_column, not_, or_

from core.errors import UsageError
from core.query.fields import Field, Fields, Kind
from core.query.language import Filter, Op, Order, Span, Term, Word
from core.query.matching import MATCHES
from core.query.regex import compiled
from core.text import shortened

Test = ColumnElement[bool]
YES: Final = frozenset({"true", "yes", "on", "1"})
NO: Final = frozenset({"false", "no", "off", "0"})
INDEXED: Final = (Op.EQ, Op.GT, Op.GE, Op.LT, Op.LE)  # that an index on the value can answer
_AGO: Final = re.compile(r"(\d+(?:\.\d+)?)([smhdw])\Z")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z")
_DAY: Final = timedelta(days=1)
_EXACT_INTEGERS: Final = 2**53
_ESCAPE: Final = "\\"
OR: Final = "|"  # between words or numbers of which a row has one


def conditions(
    asked: Filter, fields: Fields, now: datetime, few: Callable[[Select[Any]], bool] = lambda keys: False
) -> list[Test]:
    """What must hold of a row. Raises UsageError where a field or value does not fit.

    `few` says whether a statement gives so few keys that rows are best found through them.
    """
    made = []
    for part in asked.parts:
        if isinstance(part, Word):
            test = _word(part, fields, asked.fuzzy)
        else:
            with pointing(part.field_at):
                field = fields.find(part.field)
            test = _term(part, field, now, few)
        made.append(not_(_known(test)) if part.inverse else test)
    return made


def on_column(term: Term, field: Field, now: datetime) -> Test:
    """A term as a condition on the field's own column, wherever that was brought from."""
    with pointing(term.value_at):
        return _TESTS[field.kind](term, field, now)


@contextmanager
def pointing(at: Span) -> Iterator[None]:
    """What is wrong stands there in the filter."""
    try:
        yield
    except UsageError as error:
        error.at = error.at or at
        raise


def asks_for(asked: Filter, order: Order) -> tuple[list[Term], Filter]:
    """The terms that only rows with a value of the order's field can fulfil, and the rest of the filter."""
    own = [
        part for part in asked.parts
        if isinstance(part, Term) and part.field == order.field and not part.inverse
        and part.op in (*INDEXED, Op.HAS) and part.value != ""
    ]
    return own, Filter(tuple(part for part in asked.parts if part not in own), asked.fuzzy)


def _known(condition: Test) -> Test:
    """False, not null, where a compared value is missing."""
    return func.coalesce(condition, false())


def _word(word: Word, fields: Fields, fuzzy: bool) -> Test:
    if word.regex:
        return or_(false(), *(_known(_matches(column, word.text, word.at)) for column in fields.words))
    pattern = "%" + "%".join(map(_escaped, word.text)) + "%" if fuzzy else f"%{_escaped(word.text)}%"
    return or_(false(), *(_known(column.like(pattern, escape=_ESCAPE)) for column in fields.words))


def _term(term: Term, field: Field, now: datetime, few: Callable[[Select[Any]], bool]) -> Test:
    if term.value == "" and term.op in (Op.EQ, Op.NE):
        return _absent(field, term.op)
    test, elsewhere = on_column(term, field, now), field.elsewhere
    if elsewhere is None:
        return test
    if field.kind == Kind.NUMBER and term.op in INDEXED and not term.inverse and few(elsewhere.keys(test)):
        return elsewhere.owner.in_(elsewhere.keys(test))  # type: ignore[no-any-return]
    return elsewhere.exists(test)


def _absent(asked: Field, op: Op) -> Test:
    """`field=""`: it has no value."""
    column = asked.column if asked.text is None else asked.text
    there: Test = column.is_not(None)
    if asked.elsewhere is not None:
        there = asked.elsewhere.exists(there)
    elif asked.kind == Kind.TEXT:
        there = and_(there, column != "")
    return there if op == Op.NE else not_(there)


def _text(term: Term, asked: Field, now: datetime) -> Test:
    column = asked.column
    if term.op in (Op.HAS, Op.HASNT):
        return _contains(column, term)
    if term.op not in (Op.EQ, Op.NE):
        raise UsageError(
            f"{term.field} is text: {term.op} cannot compare it",
            f"use = != ~ (contains) or !~, as in {term.field}~{shortened(term.value)}",
        )
    values = term.value.split(OR) if asked.choices else [term.value]
    for value in values:
        if asked.choices and value not in asked.choices:
            near = get_close_matches(value, asked.choices, 1, 0.5)
            raise UsageError(
                f"{term.field} is never {shortened(value)!r}",
                f"did you mean {near[0]}?" if near else f"it is one of {', '.join(asked.choices)}",
            )
    return _equal(column, term, *values)


def _matches(column: Any, expression: str, at: Span) -> Test:
    """A regular expression; UsageError where it cannot be used, with its place in the filter."""
    try:
        compiled(expression)
    except UsageError as error:
        inside = error.at or (0, len(expression))
        error.at = (at[0] + 1 + inside[0], at[0] + 1 + inside[1])
        raise
    return getattr(func, MATCHES)(expression, column, type_=Boolean)  # type: ignore[no-any-return]


def _contains(column: Any, term: Term) -> Test:
    if term.regex:
        test = _known(_matches(column, term.value, term.value_at))
        return test if term.op == Op.HAS else not_(test)
    found = _known(column.like(f"%{_escaped(term.value)}%", escape=_ESCAPE))
    return found if term.op == Op.HAS else not_(found)


def _equal(column: Any, term: Term, *values: Any) -> Test:
    """One of the values, or none of them; a row without any has none of them."""
    if len(values) > 1:
        return column.in_(values) if term.op == Op.EQ else not_(_known(column.in_(values)))
    return column == values[0] if term.op == Op.EQ else column.is_distinct_from(values[0])  # type: ignore[no-any-return]


def _number(term: Term, asked: Field, now: datetime) -> Test:
    if OR in term.value and term.op in (Op.EQ, Op.NE):
        several = [_as_number(one) for one in term.value.split(OR)]
        if None not in several:
            return _equal(asked.column, term, *several)
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


def _compared(column: Any, op: Op, value: Any) -> Test:
    made = {Op.GT: column > value, Op.GE: column >= value, Op.LT: column < value, Op.LE: column <= value}[op]
    return made  # type: ignore[no-any-return]


def _time(term: Term, asked: Field, now: datetime) -> Test:
    """A date is its whole day: `<=` includes it and `>` begins after it."""
    if term.op in (Op.HAS, Op.HASNT):
        raise UsageError(
            f"{term.field} is a time: {term.op} looks into text", f"write it like {term.field}>=2026-11-01"
        )
    start, end = span(term, now)
    column = asked.column
    if term.op in (Op.EQ, Op.NE):
        within = and_(column >= start, column < end) if end > start else column == start
        return within if term.op == Op.EQ else not_(_known(within))
    edge = end if term.op in (Op.GT, Op.LE) else start
    op = {Op.GT: Op.GE, Op.LE: Op.LT}.get(term.op, term.op) if end > start else term.op
    return _compared(column, op, edge)


def span(term: Term, now: datetime) -> tuple[datetime, datetime]:
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


def _flag(term: Term, asked: Field, now: datetime) -> Test:
    word = term.value.lower()
    if term.op not in (Op.EQ, Op.NE) or word not in YES | NO:
        raise UsageError(f"{term.field} is yes or no", f"write {term.field}=yes or {term.field}=no")
    return asked.column == literal_column("1" if (word in YES) == (term.op == Op.EQ) else "0")  # type: ignore[no-any-return]


def _escaped(text: str) -> str:
    return "".join(_ESCAPE + one if one in "%_\\" else one for one in text)


_TESTS: Final[Mapping[Kind, Callable[[Term, Field, datetime], Test]]] = {
    Kind.TEXT: _text, Kind.NUMBER: _number, Kind.TIME: _time, Kind.FLAG: _flag,
}
