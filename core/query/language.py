"""The grammar of filters and orders. Pure: it knows no field and no database.

    roc_auc>0.8 state=failed          terms, all of which must hold; operators = != > >= < <= ~ (contains) !~
    roc_auc:gt:0.8                    the same for shells: eq ne gt ge lt le has hasnt
    params.max_iter>=100              a dotted field; odd names in quotes: params."learning rate">0.1
    error~"no such column"            a value with spaces, in either kind of quotes
    error=""                          has none
    error~/time.*out/  /^flights_/    a regular expression, in a field or anywhere: see `core.query.regex`
    state=failed|cancelled  id=3|5    one of several words or numbers
    january  !january  -f jnry        words: rows that show it, that do not, that show its letters in this order
"""

from __future__ import annotations

import dataclasses
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
FROM_END: Final = "!"
LONGEST: Final = 4_000  # characters of a filter
MOST: Final = 50  # terms
EXAMPLE: Final = "write terms like 'roc_auc>0.8 state=failed'"


Span = tuple[int, int]  # from character to character of the text that was parsed
NOWHERE: Final = (0, 0)


@dataclass(frozen=True)
class Term:
    """One comparison; `inverse` where a `!` stood before it. The value is text until a field gives it a kind.

    `regex`: the value is a regular expression. Where field and value stood is no part of what a term means.
    """

    field: str
    op: Op
    value: str
    inverse: bool = False
    regex: bool = False
    field_at: Span = dataclasses.field(default=NOWHERE, compare=False, repr=False)
    value_at: Span = dataclasses.field(default=NOWHERE, compare=False, repr=False)

    def __str__(self) -> str:
        value = _slashed(self.value) if self.regex else _quoted(self.value)
        return f"{'!' * self.inverse}{_field(self.field)}{self.op}{value}"


@dataclass(frozen=True)
class Word:
    """Text that a row shows somewhere, or does not (`inverse`); with `regex` an expression that is found there."""

    text: str
    inverse: bool = False
    regex: bool = False
    at: Span = dataclasses.field(default=NOWHERE, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{'!' * self.inverse}{_slashed(self.text) if self.regex else _quoted(self.text)}"


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
    """A field to sort by; `from_end`: the same rows, the last one first."""

    field: str
    descending: bool = False
    from_end: bool = False

    def __str__(self) -> str:
        return f"{FROM_END * self.from_end}{'-' * self.descending}{self.field}"


_QUOTED = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
_NAME = r'[^\W\d][\w-]*(?:\.[\w-]+)*(?:\."(?:[^"\\]|\\.)*")?'
_REGEX = r"/(?:[^/\\]|\\.)+/(?=\s|\Z)"
_SYMBOL = "|".join(re.escape(one) for one in sorted(SYMBOLS, key=len, reverse=True))
_TERM: Final = re.compile(
    rf"(?P<not>!?)(?P<field>{_NAME})(?:\s*(?P<symbol>{_SYMBOL})|:(?P<name>{'|'.join(NAMES)}):)\s*", re.DOTALL
)
_VALUE: Final = re.compile(rf"{_QUOTED}|\S*", re.DOTALL)
_LOOKED_FOR: Final = re.compile(rf"(?P<regex>{_REGEX})|{_QUOTED}|\S*", re.DOTALL)
_WORD: Final = re.compile(rf"(?P<not>!?)(?P<text>(?P<regex>{_REGEX})|{_QUOTED}|\S+)", re.DOTALL)
_STARTS_WITH_SYMBOL: Final = re.compile(_SYMBOL)
_PLAIN: Final = re.compile(r"[\w.+-]+\Z")
_NAME_PART: Final = re.compile(r"[\w-]+\Z")


def parse(text: str) -> Filter:
    """The filter that `text` spells. Raises UsageError where it is none; an empty text lets everything through.

    >>> parse("roc_auc>0.8 state:eq:failed").parts
    (Term(field='roc_auc', op=<Op.GT: '>'>, value='0.8', inverse=False, regex=False), \
Term(field='state', op=<Op.EQ: '='>, value='failed', inverse=False, regex=False))
    """
    _check(text)
    at = len(text) - len(text.lstrip())
    fuzzy = text[at : at + 3].rstrip() == FUZZY
    if fuzzy:
        at += len(FUZZY)
    parts: list[Term | Word] = []
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TERM.match(text, at)
        part, at = _term(text, found) if found else _word(text, at)
        parts.append(part)
    if len(parts) > MOST:
        raise UsageError(f"the filter has {len(parts)} terms", f"use at most {MOST}")
    return Filter(tuple(parts), fuzzy)


def joined(*filters: str) -> str:
    """One filter that asks for all that these ask for; what is fuzzy stays so."""
    texts = [text.strip() for text in filters if text.strip()]
    return " ".join(sorted(texts, key=lambda text: not parse(text).fuzzy)) if len(texts) > 1 else "".join(texts)


def _check(text: str) -> None:
    if len(text) > LONGEST:
        raise UsageError(f"the filter is longer than {LONGEST:,} characters", "shorten it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{shortened(text)!r} is not text", EXAMPLE) from None


def parse_order(text: str) -> Order | None:
    """`FIELD` or `-FIELD`, with a `!` in front from the end on; None where the text is empty."""
    _check(text)
    text = text.strip()
    if not text:
        return None
    directed = text.removeprefix(FROM_END)
    name = directed.removeprefix("-").strip()
    if not name:
        raise UsageError("the order names no field", "write FIELD, or -FIELD for descending")
    return Order(_plain_field(name), directed.startswith("-"), text != directed)


def _term(text: str, found: re.Match[str]) -> tuple[Term, int]:
    """The term that begins with `found`, and where it ends."""
    op = SYMBOLS[found["symbol"]] if found["symbol"] else NAMES[found["name"]]
    pattern = _LOOKED_FOR if op in (Op.HAS, Op.HASNT) else _VALUE
    value = pattern.match(text, found.end())
    assert value is not None  # it matches nothing at all, too
    raw, places = value[0], (found.span("field"), value.span())
    if not raw:
        hint = f'{EXAMPLE}; {found["field"]}="" means that there is none'
        raise UsageError(f"{shortened(found[0].strip())} has no value", hint, at=found.span("field"))
    regex = pattern is _LOOKED_FOR and value["regex"] is not None
    term = Term(
        _plain_field(found["field"]), op, _unslashed(raw) if regex else _unquoted(raw, value.start()),
        bool(found["not"]), regex, *places,
    )
    return term, value.end()


def _word(text: str, at: int) -> tuple[Word, int]:
    found = _WORD.match(text, at)
    assert found is not None  # `at` is no space
    if _STARTS_WITH_SYMBOL.match(text, at):
        raise UsageError(f"{shortened(text[at:])} names no field", EXAMPLE, at=found.span())
    raw, regex = found["text"], found["regex"] is not None
    plain = _unslashed(raw) if regex else _unquoted(raw, found.start("text"))
    return Word(plain, bool(found["not"]), regex, found.span("text")), found.end()


def _unquoted(raw: str, at: int = 0) -> str:
    if raw[0] not in "\"'":
        return raw
    if len(raw) < 2 or not re.fullmatch(_QUOTED, raw, re.DOTALL):
        what = f"the quote in {shortened(raw)} is not closed"
        raise UsageError(what, f"close it with {raw[0]}", at=(at, at + len(raw)))
    return re.sub(r"\\(.)", r"\1", raw[1:-1], flags=re.DOTALL)


def _unslashed(raw: str) -> str:
    """The expression between two slashes; `\\/` is a slash in it."""
    return re.sub(r"\\(.)", lambda found: "/" if found[1] == "/" else found[0], raw[1:-1], flags=re.DOTALL)


def _slashed(expression: str) -> str:
    def escaped(found: re.Match[str]) -> str:
        return r"\/" if found[0] in ("/", r"\/") else found[0]

    inside = re.sub(r"\\.|/", escaped, expression, flags=re.DOTALL)
    return f"/{inside}/"


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
