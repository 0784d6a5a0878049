"""From text to values: what a column's text is, and its values under a given kind.

The typed form of every column, everywhere above this module:
    number, boolean   float64, NaN where missing (boolean: 0.0 and 1.0; infinities are missing)
    date              datetime64[us], naive, UTC, NaT where missing
    category, empty   pandas' `str`, NaN where missing
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from core.vocabulary import Kind

Array = np.ndarray[Any, Any]

_ISO = re.compile(
    r"\s*\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s?(Z|[+-]\d\d(:?\d\d)?)?)?)?\s*", re.ASCII
)
_LEADING_ZERO = re.compile(r"\s*[+-]?0\d", re.ASCII)
_WORDS: Final = {"true": 1.0, "false": 0.0}
_BOOLEANS: Final = _WORDS | {"1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}
_EXACT = 2.0**53  # from here on float64 would make one number of two
_NEARLY = 0.9  # that many of a column's values being numbers is worth a word where the rest is not


@dataclass(frozen=True)
class Inference:
    """What a column's text is. `position` is that of the first value that does not fit `nearly`."""

    kind: Kind
    nearly: Kind | None = None
    position: int | None = None


def infer(text: pd.Series, tolerance: float = 0.0, decimal: str = ".") -> Inference:
    """The kind of a column of text (NaN where missing).

    Up to a share of `tolerance` of the present values may fail to be what the others are: those rows
    are then set aside by the reader. Numbers whose leading zeros or whose length would be lost
    ("00123", 17 digits) are categories; so are dates in any order but ISO's.
    """
    present = text.dropna()
    if present.empty:
        return Inference(Kind.EMPTY)
    objects = present.to_numpy(dtype=object)
    best: Inference | None = None
    for kind in (Kind.NUMBER, Kind.BOOLEAN, Kind.DATE):
        if kind is not Kind.NUMBER and not _promising(kind, objects):
            continue
        values, bad = convert(present, kind, decimal)
        misfits = int(bad.sum()) if bad is not None else 0
        if kind is Kind.NUMBER and misfits < len(objects) and _loses_digits(objects, values):
            return Inference(Kind.CATEGORY)
        if kind is Kind.BOOLEAN and not all(str(word).strip().lower() in _WORDS for word in set(objects)):
            continue
        if misfits <= tolerance * len(objects):
            return Inference(kind)
        if bad is not None and misfits <= (1 - _NEARLY) * len(objects):
            where = text.index.get_loc(present.index[int(bad.argmax())])
            best = Inference(Kind.CATEGORY, kind, where if isinstance(where, int) else None)
    return best or Inference(Kind.CATEGORY)


def convert(text: pd.Series, kind: Kind, decimal: str = ".") -> tuple[Array, Array | None]:
    """The values of a column under `kind`, and which of them are present but no such value (None: all fit)."""
    if kind is Kind.NUMBER:
        return _numbers(text, decimal)
    if kind is Kind.BOOLEAN:
        return _booleans(text)
    if kind is Kind.DATE:
        return _dates(text)
    return text.to_numpy(), None


def finite(values: Array) -> Array:
    """The numbers with infinities as missing; the same array where there are none."""
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values


def _numbers(text: pd.Series, decimal: str) -> tuple[Array, Array | None]:
    if text.dtype.kind in "iufb":
        return finite(text.to_numpy(np.float64)), None
    if decimal != ".":
        text = text.str.replace(decimal, ".", regex=False)
    objects = text.to_numpy(dtype=object)
    values = np.asarray(pd.to_numeric(objects, errors="coerce"), dtype=np.float64)
    missing = np.isnan(values)
    if not missing.any():
        return finite(values), None
    bad = missing & ~pd.isna(objects)
    return finite(values), _still_bad(objects, bad)


def _booleans(text: pd.Series) -> tuple[Array, Array | None]:
    if text.dtype.kind in "iufb":
        values = text.to_numpy(np.float64)
        bad = ~np.isnan(values) & (values != 0) & (values != 1)
        return np.where(bad, np.nan, values), bad if bad.any() else None
    codes, uniques = pd.factorize(text.to_numpy(dtype=object))
    words = np.array([_BOOLEANS.get(str(word).strip().lower(), np.nan) for word in uniques] + [np.nan])
    values = words[codes]
    return values, _still_bad(text.to_numpy(dtype=object), np.isnan(values) & (codes >= 0))


def _dates(text: pd.Series) -> tuple[Array, Array | None]:
    if text.dtype.kind == "M":
        naive = text.dt.tz_convert(None) if getattr(text.dtype, "tz", None) is not None else text
        return naive.to_numpy().astype("datetime64[us]"), None
    objects = text.to_numpy(dtype=object)
    codes, uniques = pd.factorize(objects)  # dates repeat: parse each spelling once
    iso = [word.strip() if isinstance(word, str) and _ISO.fullmatch(word) else None for word in uniques]
    parsed = pd.to_datetime(pd.Series(iso, dtype=object), format="ISO8601", errors="coerce", utc=True)
    table = np.append(parsed.dt.tz_localize(None).to_numpy().astype("datetime64[us]"), np.datetime64("NaT", "us"))
    values = table[codes]
    return values, _still_bad(objects, np.isnat(values) & (codes >= 0))


def _still_bad(objects: Array, bad: Array) -> Array | None:
    """A blank is missing, not wrong."""
    for position in np.flatnonzero(bad)[:10_000]:
        if not str(objects[position]).strip():
            bad[position] = False
    return bad if bad.any() else None


def _promising(kind: Kind, objects: Array) -> bool:
    """Whether at least half of the first values could be of this kind: most text is told at a glance."""
    first = [str(value) for value in objects[:50]]
    if kind is Kind.BOOLEAN:
        return sum(value.strip().lower() in _WORDS for value in first) * 2 >= len(first)
    return sum(_ISO.fullmatch(value) is not None for value in first) * 2 >= len(first)


def _loses_digits(objects: Array, values: Array) -> bool:
    if any(value[:1] in "0+- " and _LEADING_ZERO.match(value) for value in map(str, objects)):
        return True
    huge = np.flatnonzero(np.abs(values) >= _EXACT)
    return any(str(objects[position]).strip().lstrip("+-").isdigit() for position in huge[:1000])
