"""The grammar of filters and orders. Pure: it knows no field and no database.

    roc_auc>0.8 state=failed          terms, all of which must hold; operators = != > >= < <= ~ (contains) !~
    roc_auc:gt:0.8                    the same for shells: eq ne gt ge lt le has hasnt
    params.max_iter>=100              a dotted field; odd names in quotes: params."learning rate">0.1
    error~"no such column"            a value with spaces, in either kind of quotes
    error=""                          has none
    january  !january  -f jnry        words: rows that show it, that do not, that show its letters in this order
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import UsageError
from core.text import shortened


class Op(StrEnum):
    EQ = "="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    HAS = "~"
    HASNT = "!~"


NAMES: Final = {
    "eq": Op.EQ, "ne": Op.NE, "gt": Op.GT, "ge": Op.GE, "gte": Op.GE, "lt": Op.LT, "le": Op.LE, "lte": Op.LE,
    "has": Op.HAS, "hasnt": Op.HASNT,
}
SYMBOLS: Final = {str(op): op for op in Op} | {"==": Op.EQ}
FUZZY: Final = "-f"
LONGEST: Final = 4_000  # characters of a filter
MOST: Final = 50  # terms
EXAMPLE: Final = "write terms like 'roc_auc>0.8 state=failed'"


@dataclass(frozen=True)
class Term:
    """One comparison; `inverse` where a `!` stood before it. The value is text until a field gives it a kind."""

    field: str
    op: Op
    value: str
    inverse: bool = False

    def __str__(self) -> str:
        return f"{'!' * self.inverse}{_field(self.field)}{self.op}{_quoted(self.value)}"


@dataclass(frozen=True)
class Word:
    """Text that a row shows somewhere, or does not (`inverse`)."""

    text: str
    inverse: bool = False

    def __str__(self) -> str:
        return f"{'!' * self.inverse}{_quoted(self.text)}"


@dataclass(frozen=True)
class Filter:
    """Terms and words, all of which must hold; where `fuzzy`, words need only their letters in order."""

    parts: tuple[Term | Word, ...] = ()
    fuzzy: bool = False

    def __str__(self) -> str:
        return " ".join([FUZZY] * self.fuzzy + [str(part) for part in self.parts])

    def __bool__(self) -> bool:
        return bool(self.parts)


@dataclass(frozen=True)
class Order:
    """A field to sort by."""

    field: str
    descending: bool = False

    def __str__(self) -> str:
        return f"{'-' * self.descending}{self.field}"


_QUOTED = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
_NAME = r'[^\W\d][\w-]*(?:\.[\w-]+)*(?:\."(?:[^"\\]|\\.)*")?'
_SYMBOL = "|".join(re.escape(one) for one in sorted(SYMBOLS, key=len, reverse=True))
_TERM: Final = re.compile(
    rf"(?P<not>!?)(?P<field>{_NAME})"
    rf"(?:\s*(?P<symbol>{_SYMBOL})|:(?P<name>{'|'.join(NAMES)}):)\s*(?P<value>{_QUOTED}|\S*)", re.DOTALL,
)
_WORD: Final = re.compile(rf"(?P<not>!?)(?P<text>{_QUOTED}|\S+)", re.DOTALL)
_STARTS_WITH_SYMBOL: Final = re.compile(_SYMBOL)
_PLAIN: Final = re.compile(r"[\w.+-]+\Z")
_NAME_PART: Final = re.compile(r"[\w-]+\Z")


def parse(text: str) -> Filter:
    """The filter that `text` spells. Raises UsageError where it is none; an empty text lets everything through.

    >>> parse("roc_auc>0.8 state:eq:failed").parts
    (Term(field='roc_auc', op=<Op.GT: '>'>, value='0.8', inverse=False), \
Term(field='state', op=<Op.EQ: '='>, value='failed', inverse=False))
    """
    _check(text)
    rest = text.strip()
    fuzzy = rest == FUZZY or rest[:3].strip() == FUZZY
    if fuzzy:
        rest = rest[2:].lstrip()
    parts: list[Term | Word] = []
    while rest:
        found = _TERM.match(rest)
        parts.append(_term(found) if found else _word(rest))
        end = found.end() if found else _word_end(rest)
        rest = rest[end:].lstrip()
    if len(parts) > MOST:
        raise UsageError(f"the filter has {len(parts)} terms", f"use at most {MOST}")
    return Filter(tuple(parts), fuzzy)


def _check(text: str) -> None:
    if len(text) > LONGEST:
        raise UsageError(f"the filter is longer than {LONGEST:,} characters", "shorten it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{shortened(text)!r} is not text", EXAMPLE) from None


def parse_order(text: str) -> Order | None:
    """`FIELD` or `-FIELD`; None where the text is empty."""
    _check(text)
    text = text.strip()
    if not text:
        return None
    name = text.removeprefix("-").strip()
    if not name:
        raise UsageError("the order names no field", "write FIELD, or -FIELD for descending")
    return Order(_plain_field(name), text.startswith("-"))


def _term(found: re.Match[str]) -> Term:
    field, raw = found["field"], found["value"]
    if not raw:
        raise UsageError(f"{shortened(found[0])} has no value", f'{EXAMPLE}; {field}="" means that there is none')
    op = SYMBOLS[found["symbol"]] if found["symbol"] else NAMES[found["name"]]
    return Term(_plain_field(field), op, _unquoted(raw), bool(found["not"]))


def _word(rest: str) -> Word:
    found = _WORD.match(rest)
    assert found is not None  # rest is not empty and begins with no space
    raw = found["text"]
    if _STARTS_WITH_SYMBOL.match(rest):
        raise UsageError(f"{shortened(rest)} names no field", EXAMPLE)
    return Word(_unquoted(raw), bool(found["not"]))


def _word_end(rest: str) -> int:
    found = _WORD.match(rest)
    assert found is not None
    return found.end()


def _unquoted(raw: str) -> str:
    if raw[0] not in "\"'":
        return raw
    if len(raw) < 2 or not re.fullmatch(_QUOTED, raw, re.DOTALL):
        raise UsageError(f"the quote in {shortened(raw)} is not closed", f"close it with {raw[0]}")
    return re.sub(r"\\(.)", r"\1", raw[1:-1], flags=re.DOTALL)


def _quoted(text: str) -> str:
    if _PLAIN.match(text) and text != FUZZY:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain_field(field: str) -> str:
    """The field with the quotes of its odd part taken off."""
    head, dot, quoted = field.partition('."')
    return f"{head}.{_unquoted(chr(34) + quoted)}" if dot else field


def _field(name: str) -> str:
    """A field as it is written: what follows the first dot in quotes where it is no plain name."""
    head, dot, tail = name.partition(".")
    if not dot or all(_NAME_PART.match(part) for part in tail.split(".")):
        return name
    escaped = tail.replace("\\", "\\\\").replace('"', '\\"')
    return f'{head}."{escaped}"'
