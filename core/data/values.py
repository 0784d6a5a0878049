"""From text to values: what a column's text is, and its values under a given kind.

The typed form of every column, everywhere above this module:
    number, boolean   float64, NaN where missing (boolean: 0.0 and 1.0; infinities are missing)
    date              datetime64[us], naive, UTC, NaT where missing
    category, empty   pandas' `str`, NaN where missing
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.data.cells import BOOLEANS, ISO, WORDS, absent, iso_of
from core.vocabulary import Kind

Array = np.ndarray[Any, Any]

_LEADING_ZERO = re.compile(r"\s*[+-]?0\d", re.ASCII)
_EXACT = 2.0**53  # from here on float64 would make one number of two
_NEARLY = 0.9  # that many of a column's values being numbers is worth a word where the rest is not
_GLANCE = 50  # values that tell whether a closer look is worth it


@dataclass(frozen=True)
class Inference:
    """What a column's text is. `position` is that of the first value that does not fit `nearly`."""

    kind: Kind
    nearly: Kind | None = None
    position: int | None = None


def infer(text: pd.Series, tolerance: float = 0.0, decimal: str = ".") -> Inference:
    """The kind of a column of text (NaN where missing), or of one that has a type already (Parquet).

    Up to a share of `tolerance` of the present values may fail to be what the others are: those rows
    are then set aside by the reader. Numbers whose leading zeros or whose length would be lost
    ("00123", 17 digits) are categories; so are dates in any order but ISO's. A blank counts as missing, and
    so does a token like "?" beside numbers, dates or booleans.
    """
    if text.dtype.kind in "iufbM":
        kind = {"M": Kind.DATE, "b": Kind.BOOLEAN}.get(text.dtype.kind, Kind.NUMBER)
        return Inference(kind if bool(text.notna().any()) else Kind.EMPTY)
    codes, uniques = _coded(text)
    uniques = np.array([value if isinstance(value, str) else str(value) for value in uniques], dtype=object)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    counts[[value.isspace() or not value for value in uniques]] = 0
    present = int(counts.sum())
    if not present:
        return Inference(Kind.EMPTY)
    best: Inference | None = None
    for kind in (Kind.NUMBER, Kind.BOOLEAN, Kind.DATE):
        if kind is not Kind.NUMBER and not _promising(kind, uniques):
            continue
        values, bad = convert(pd.Series(uniques, dtype=object), kind, decimal)
        if kind is Kind.BOOLEAN:
            bad = np.array([value.strip().lower() not in WORDS and not absent(value) for value in uniques])
        misfits = 0 if bad is None else int(counts[bad].sum())
        if kind is Kind.NUMBER and misfits < present and _loses_digits(uniques, values):
            return Inference(Kind.CATEGORY)
        if misfits / present <= tolerance and bool(np.any(~missing_in(values))):
            return Inference(kind)
        if bad is not None and misfits <= (1 - _NEARLY) * present:
            wrong = bad & (counts > 0)
            best = Inference(Kind.CATEGORY, kind, int(np.append(wrong, False)[codes].argmax()))
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


def missing_in(values: Array) -> Array:
    """Which of the values of `convert` are missing."""
    missing: Array = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    return missing


def finite(values: Array) -> Array:
    """The numbers with infinities as missing; the same array where there are none."""
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values


def _coded(text: pd.Series) -> tuple[Array, Array]:
    """A code for each value (-1: missing), and the different values as objects."""
    codes, uniques = pd.factorize(text)
    return codes, np.asarray(uniques, dtype=object)


def _floats(text: pd.Series) -> Array:
    return np.asarray(text.to_numpy(np.float64, na_value=np.nan))


def _numbers(text: pd.Series, decimal: str) -> tuple[Array, Array | None]:
    if text.dtype.kind in "iufb":
        return finite(_floats(text)), None
    if text.dtype.kind == "M":
        missing = text.isna().to_numpy()
        return np.full(len(text), np.nan), None if missing.all() else ~missing
    objects = text.to_numpy(dtype=object)
    spelled = objects
    if decimal != ".":  # a point is no number's then: 1.500 may well be fifteen hundred
        swap = str.maketrans({decimal: ".", ".": "?"})
        spelled = np.array([cell.translate(swap) if isinstance(cell, str) else cell for cell in objects], dtype=object)
    values = np.asarray(pd.to_numeric(spelled, errors="coerce"), dtype=np.float64)
    missing = np.isnan(values)
    if not missing.any():
        return finite(values), None
    return finite(values), _present(objects, missing)


def _booleans(text: pd.Series) -> tuple[Array, Array | None]:
    if text.dtype.kind in "iufb":
        values = _floats(text)
        bad = ~np.isnan(values) & (values != 0) & (values != 1)
        return np.where(bad, np.nan, values), bad if bad.any() else None
    codes, uniques = _coded(text)
    words = np.array([BOOLEANS.get(str(word).strip().lower(), np.nan) for word in uniques] + [np.nan])
    return words[codes], _bad(codes, uniques, np.isnan(words))


def _dates(text: pd.Series) -> tuple[Array, Array | None]:
    if text.dtype.kind == "M":
        naive = text.dt.tz_convert(None) if getattr(text.dtype, "tz", None) is not None else text
        return naive.to_numpy().astype("datetime64[us]"), None
    codes, uniques = _coded(text)  # dates repeat: parse each spelling once
    parsed = pd.to_datetime(
        pd.Series([iso_of(word) for word in uniques], dtype=object), format="ISO8601", errors="coerce", utc=True
    )
    table = parsed.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    table = np.append(table, np.datetime64("NaT", "us"))
    return table[codes], _bad(codes, uniques, np.isnat(table))


def _bad(codes: Array, uniques: Array, missing: Array) -> Array | None:
    """Which values are present and were not understood; `missing` is by code, with one more for absent ones."""
    wrong = missing.copy()
    wrong[-1] = False
    for code in np.flatnonzero(wrong):
        wrong[code] = not absent(str(uniques[code]))
    return wrong[codes] if wrong.any() else None


def _present(objects: Array, missing: Array) -> Array | None:
    """Which of the `missing` values are there all the same, and no numbers."""
    bad = missing.copy()
    places = np.flatnonzero(missing)
    bad[places] = [isinstance(cell, str) and not absent(cell) for cell in objects[places]]
    return bad if bad.any() else None


def _promising(kind: Kind, uniques: Array) -> bool:
    """Whether at least half of the first values could be of this kind: most text is told at a glance."""
    first = [value.strip() for value in uniques[:_GLANCE] if not absent(value)]
    if kind is Kind.BOOLEAN:
        return sum(value.lower() in WORDS for value in first) * 2 >= len(first)
    return sum(ISO.fullmatch(value) is not None for value in first) * 2 >= len(first)


def _loses_digits(objects: Array, values: Array) -> bool:
    """Whether a number's spelling says more than its value: leading zeros, or digits that a float drops."""
    if any(value[:1] in "0+- " and _LEADING_ZERO.match(value) for value in objects[~np.isnan(values)]):
        return True
    huge = np.flatnonzero(np.abs(values) >= _EXACT)
    return any(objects[position].strip().lstrip("+-").isdigit() for position in huge[:1000])
