"""One cell at a time, without pandas: what a text or a plain JSON value is under a kind.

`core.data.values` and `core.data.jsonlines` read whole columns; these read the same (the tests hold them together):
    number    float, NaN where missing or infinite
    boolean   1.0, 0.0, NaN where missing
    date      whole microseconds since 1970, UTC; None where missing
    text      str, None where missing

Each raises ValueError for a value that is there and no such thing.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Final

MISSING: Final = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
     "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
)  # fmt: skip  (what pandas takes for missing in CSV: a file means the same in either format)
ABSENT: Final = (
    "?", "-", "--", "---", ".", "..", "\\N", "(null)", "[null]", "n.a.", "N.A.", "#DIV/0!", "#VALUE!", "#REF!",
    "#NAME?", "#NUM!",
)  # fmt: skip  (no value, among numbers, dates and booleans; in a column of text each is a text)
ISO: Final = re.compile(
    r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s?(Z|[+-]\d\d(:?\d\d)?)?)?)?", re.ASCII
)
BEYOND_MICROSECONDS: Final = re.compile(r"(?<=[.]\d{6})\d+")
WORDS: Final = {"true": 1.0, "false": 0.0}
BOOLEANS: Final = WORDS | {"1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}

_TOKENS: Final = frozenset(ABSENT)
_NUMBER: Final = re.compile(r"[ \t\n\v\f\r]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t\n\v\f\r]*", re.ASCII)
_INFINITE: Final = frozenset({"inf", "infinity"})
_NAN: Final = math.nan
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def text(value: object) -> str | None:
    """A value as CSV would spell it.

    >>> text(5), text(True), text(2.0), text(" "), text(None)
    ('5', 'true', '2.0', None, None)
    """
    if value is None:
        return None
    if isinstance(value, str):
        if value in MISSING or value.isspace():
            return None
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return None if value != value else repr(value)
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace").decode()


def number(value: object) -> float:
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else _NAN  # type: ignore[arg-type,return-value]
    if kind is int:
        try:
            return float(value)  # type: ignore[arg-type]
        except OverflowError:
            return _NAN
    if value is None:
        return _NAN
    if kind is str:
        return _spelled(value)  # type: ignore[arg-type]
    if isinstance(value, float):  # numpy's
        return number(float(value))
    raise ValueError("no number")


def _spelled(word: str) -> float:
    if word in MISSING or absent(word):
        return _NAN
    if _NUMBER.fullmatch(word):
        found = float(word)
        return found if math.isfinite(found) else _NAN
    if word.strip().lstrip("+-").lower() in _INFINITE:
        return _NAN
    raise ValueError("no number")


def boolean(value: object) -> float:
    if value is True:
        return 1.0
    if value is False:
        return 0.0
    word = text(value)
    if word is None or absent(word):
        return _NAN
    found = BOOLEANS.get(word.strip().lower())
    if found is None:
        raise ValueError("neither true nor false")
    return found


def date(value: object) -> int | None:
    word = text(value)
    if word is None or absent(word):
        return None
    iso = iso_of(word)
    if iso is None:
        raise ValueError("no ISO date")
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return _unusual(iso)
    if iso[11:13] == "24":  # the end of a day is no time of it, whatever a later Python says
        return _unusual(iso)
    return ((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def iso_of(word: object) -> str | None:
    """A date as pandas reads it: without blanks, a point before the fraction, no more than microseconds."""
    if not isinstance(word, str) or not ISO.fullmatch(word := word.strip()):
        return None
    return BEYOND_MICROSECONDS.sub("", word.replace(",", "."))


def absent(cell: str) -> bool:
    """Whether a cell that is no number says so itself: it is missing then, and not wrong."""
    return not (cell := cell.strip()) or cell in _TOKENS


def _unusual(iso: str) -> int | None:
    """A year alone, a month alone, years that datetime does not know, or no day of the calendar: rare, so slowly."""
    import pandas as pd

    moment = pd.to_datetime(pd.Series([iso], dtype=object), format="ISO8601", errors="coerce", utc=True)
    if moment.isna().any():
        raise ValueError("no day of the calendar")
    return int(moment.dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype("int64")[0])
