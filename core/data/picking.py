"""The filter language over the rows of a file, one at a time: the same words that the registry's listings take."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, Final

from core.data.pages import Record
from core.errors import UsageError
from core.query.language import Op, Term, Word, parse
from core.query.regex import compiled
from core.text import shortened, visible

Test = Callable[[Record], bool]
ROW: Final = "row"  # the number of the row, where no column is called so
_COMPARES: Final[dict[Op, Callable[[Any, Any], bool]]] = {
    Op.GT: operator.gt, Op.GE: operator.ge, Op.LT: operator.lt, Op.LE: operator.le,
}


def picker(where: str, columns: Sequence[str]) -> Test:
    """Whether a row is one that `where` asks for. Raises UsageError where it names no column, or is no filter.

    Numbers compare as numbers where both sides are some, else as text; what is missing compares with nothing.
    """
    asked = parse(where)
    tests = [_word(part, asked.fuzzy) if isinstance(part, Word) else _term(part, columns) for part in asked.parts]
    wanted = list(zip(tests, (not part.inverse for part in asked.parts), strict=True))
    return lambda record: all(test(record) == yes for test, yes in wanted)


def _word(word: Word, fuzzy: bool) -> Test:
    if word.regex:
        expression = compiled(word.text)
        return lambda record: any(cell is not None and expression.search(cell) for cell in record.cells)
    text = word.text.casefold()
    if fuzzy:
        return lambda record: any(cell is not None and _in_order(text, cell.casefold()) for cell in record.cells)
    return lambda record: any(cell is not None and text in cell.casefold() for cell in record.cells)


def _in_order(letters: str, text: str) -> bool:
    """Whether all letters come in the text in their order."""
    at = -1
    return all((at := text.find(letter, at + 1)) >= 0 for letter in letters)


def _term(term: Term, columns: Sequence[str]) -> Test:
    cell = _cell(term, columns)
    if term.op in (Op.EQ, Op.NE):
        values = [_comparable(one) for one in term.value.split("|")] if term.value else [""]
        equal = term.op is Op.EQ
        return lambda record: (_comparable(cell(record) or "") in values) == equal
    if term.op in (Op.HAS, Op.HASNT):
        has = term.op is Op.HAS
        if term.regex:
            expression = compiled(term.value)
            return lambda record: bool(expression.search(cell(record) or "")) == has
        text = term.value.casefold()
        return lambda record: (text in (cell(record) or "").casefold()) == has
    compares, wanted = _COMPARES[term.op], _comparable(term.value)

    def compare(record: Record) -> bool:
        found = _comparable(cell(record) or "")
        return found != "" and isinstance(found, str) == isinstance(wanted, str) and compares(found, wanted)

    return compare


def _cell(term: Term, columns: Sequence[str]) -> Callable[[Record], str | None]:
    if term.field in columns:
        place = columns.index(term.field)
        return lambda record: record.cells[place] if place < len(record.cells) else None
    if term.field == ROW:
        return lambda record: str(record.number)
    near = get_close_matches(term.field, [*columns, ROW], 1)
    hint = f"did you mean {visible(near[0])}?" if near else f"there are: {', '.join(map(shortened, columns[:8]))}"
    raise UsageError(f"there is no column {shortened(term.field)}", hint, at=term.field_at)


def _comparable(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
