"""The filter language on rows that are in memory: for short lists that no statement reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from core.errors import UsageError
from core.query.conditions import NO, OR, YES, pointing, span
from core.query.language import Filter, Op, Order, Term, Word
from core.query.regex import compiled
from core.text import shortened

Row = TypeVar("Row")
Value = Callable[[Any], Any]
Test = Callable[[Any], bool]


def picked(
    rows: Iterable[Row], asked: Filter, order: Order | None, value: Callable[[str], Value],
    words: Callable[[Row], str], now: datetime,
) -> list[Row]:
    """The rows for which the filter holds, in order; those without a value come last.

    `value` gives the getter of a field (UsageError where there is none), `words` the text that words look in.
    """
    tests = [_test(part, asked.fuzzy, value, words, now) for part in asked.parts]
    found = [row for row in rows if all(test(row) for test in tests)]
    if order is None:
        return found
    of = value(order.field)
    known = [row for row in found if of(row) is not None]
    try:
        known.sort(key=lambda row: of(row), reverse=order.descending)
    except TypeError:  # lists and objects: they have no order
        raise UsageError(f"nothing is sorted by {shortened(order.field)!r}", "sort by another column") from None
    return known + [row for row in found if of(row) is None]


def _test(part: Term | Word, fuzzy: bool, value: Callable[[str], Value], words: Value, now: datetime) -> Test:
    if isinstance(part, Word):
        test = _word(part, fuzzy, words)
    else:
        with pointing(part.field_at):
            of = value(part.field)
        with pointing(part.value_at):
            test = _term(part, of, now)
    return (lambda row: not test(row)) if part.inverse else test


def _word(word: Word, fuzzy: bool, words: Value) -> Test:
    if word.regex:
        expression = compiled(word.text)
        return lambda row: expression.search(words(row))
    wanted = word.text.casefold()
    if fuzzy:
        return lambda row: in_order(wanted, words(row).casefold())
    return lambda row: wanted in words(row).casefold()


def in_order(letters: str, text: str) -> bool:
    """Whether the letters stand in the text one after another."""
    left = iter(text)
    return all(letter in left for letter in letters)


def _term(term: Term, of: Value, now: datetime) -> Test:
    if term.value == "" and term.op in (Op.EQ, Op.NE):
        absent = term.op == Op.EQ
        return lambda row: (of(row) in (None, "")) == absent
    if term.op in (Op.HAS, Op.HASNT):
        has = _looked_for(term)
        return lambda row: has(of(row)) == (term.op == Op.HAS)
    return lambda row: _compared(term, of(row), now)


def _looked_for(term: Term) -> Callable[[Any], bool]:
    if term.regex:
        expression = compiled(term.value)
        return lambda found: found is not None and expression.search(str(found))
    wanted = term.value.casefold()
    return lambda found: found is not None and wanted in str(found).casefold()


def _compared(term: Term, found: Any, now: datetime) -> bool:
    """A value against that of a term, by the kind of the value."""
    if found is None:
        return term.op == Op.NE
    if isinstance(found, datetime):
        start, end = span(term, now)
        if term.op in (Op.EQ, Op.NE):
            within = start <= found < end if end > start else found == start
            return within == (term.op == Op.EQ)
        edge = end if term.op in (Op.GT, Op.LE) and end > start else start
        at_end = {Op.GT: Op.GE, Op.LE: Op.LT}.get(term.op, term.op) if end > start else term.op
        return _holds(at_end, found, edge)
    if term.op in (Op.EQ, Op.NE):
        return any(_same(found, one) for one in term.value.split(OR)) == (term.op == Op.EQ)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise UsageError(f"{term.field} is no number: {term.op} cannot compare it", "use = != ~ (contains) or !~")
    return _holds(term.op, found, _number(term, term.value))


def _same(found: Any, wanted: str) -> bool:
    if isinstance(found, bool):
        return wanted.lower() in (YES if found else NO)
    if isinstance(found, int | float):
        try:
            return float(found) == float(wanted)
        except ValueError:
            return False
    return str(found) == wanted


def _number(term: Term, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"{term.field} is a number, and {shortened(text)!r} is none", f"write it like {term.field}{term.op}0.8"
        ) from None


def _holds(op: Op, found: Any, edge: Any) -> bool:
    pairs: Sequence[tuple[Op, bool]] = (
        (Op.GT, found > edge), (Op.GE, found >= edge), (Op.LT, found < edge), (Op.LE, found <= edge)
    )
    return dict(pairs)[op]
