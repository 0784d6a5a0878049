"""The cells into which a column's values fall: decided by a reference once, counted in one pass ever after.

Numbers, booleans and dates fall between edges: quantiles of the reference, its ends, and each value that is common
enough to be a cell of its own (zeros, integers). A cell holds from its edge to below the next. Categories fall into
the reference's levels, or into the rest.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]

QUANTILES: Final = 64
TAILS: Final = (0.001, 0.004, 0.99, 0.996, 0.999)
LEVELS: Final = 200  # categories that are told apart; the rest are one
FEWEST: Final = 10  # rows of the rarest level, where all are kept without a doubt
CHUNKS: Final = 20  # of the reference's rows, every other of which decides the levels
LONGEST: Final = 200  # characters of a level
BLOCK: Final = 65_536  # rows that are sorted at a time: they stay in the processor's cache
NUMERIC: Final = frozenset("fiub")


def numbers(values: pd.Series | Array) -> Array:
    """A typed column of numbers, booleans or dates as float64 (microseconds), NaN where missing."""
    made = values.to_numpy() if isinstance(values, pd.Series) else values
    if made.dtype == np.float64:
        return made
    if made.dtype.kind == "M":
        moments = made.astype("datetime64[us]")
        return np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))
    return np.asarray(pd.to_numeric(pd.Series(made), errors="coerce"), dtype=np.float64)


def edges(present: Array) -> Array:
    """The borders that a reference's values (sorted) decide; none where there is no value."""
    if not len(present):
        return np.empty(0)
    starts = np.flatnonzero(np.append(True, present[1:] != present[:-1]))
    counts = np.diff(starts, append=len(present))
    if len(starts) <= QUANTILES:
        atoms, between = present[starts], np.empty(0)
    else:
        atoms = present[starts[counts * QUANTILES >= 2 * len(present)]]
        shares = np.concatenate([TAILS, np.arange(1, QUANTILES) / QUANTILES])
        between = present[np.ceil(shares * len(present)).astype(np.int64) - 1]
    with np.errstate(over="ignore"):
        above = np.nextafter(np.append(atoms, present[-1]), np.inf)
    borders = np.unique(np.concatenate([atoms, above, between, present[:1]]))
    return np.asarray(borders[np.isfinite(borders)])  # there is nothing above the largest number of all


def count_numbers(values: Array, borders: Array) -> tuple[Array, int]:
    """How many values fall into each of the len(borders) + 1 cells (int64), and how many are missing.

    Blocks are sorted and the borders looked up in them: far less work than to look up each value.
    """
    below = np.zeros(len(borders), dtype=np.int64)
    missing = 0
    for start in range(0, len(values), BLOCK):
        block = np.sort(values[start : start + BLOCK])  # NaN comes last
        if len(block) and np.isnan(block[-1]):
            there = int(np.searchsorted(block, np.nan))
            missing += len(block) - there
            block = block[:there]
        below += np.searchsorted(block, borders, side="left")
    present = len(values) - missing
    return np.diff(below, prepend=0, append=present), missing


def place_numbers(values: Array, borders: Array) -> Array:
    """The cell of each value (all present), in their order."""
    return np.searchsorted(borders, values, side="right")


def texts(series: pd.Series) -> tuple[Array, list[str]]:
    """A code for each row (-1: missing) and the text of each code."""
    codes, distinct = pd.factorize(series)
    return np.asarray(codes), [str(one)[:LONGEST] for one in distinct]


def levels(codes: Array, names: list[str]) -> tuple[list[str], Array]:
    """The levels that a reference tells apart, and the rows (a mask) that say how frequent they are.

    Levels that were chosen for being frequent here are less frequent elsewhere, so that, where some are rare, one
    half of the rows (in stretches, as neighbours may hang together) chooses them and the other half counts.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    every = np.ones(len(codes), dtype=bool)
    if len(names) <= LEVELS and (counts >= FEWEST).all():
        return [names[one] for one in np.argsort(-counts, kind="stable")], every
    choosing = np.arange(len(codes)) * CHUNKS // max(1, len(codes)) % 2 == 0
    seen = np.bincount(codes[choosing & (codes >= 0)], minlength=len(names))
    order = [int(one) for one in np.argsort(-seen, kind="stable")[:LEVELS] if seen[one] >= FEWEST / 2]
    return [names[one] for one in order], ~choosing


def place_texts(codes: Array, names: list[str], known: dict[str, int]) -> Array:
    """The cell of each row that has a value: a level's place, or len(known) for the rest."""
    table = np.array([known.get(name, len(known)) for name in names], dtype=np.int64)
    return table[codes[codes >= 0]] if len(table) else np.empty(0, dtype=np.int64)


BARS: Final = 16  # of a picture


def picture(borders: Array, names: tuple[str, ...], before: Array, after: Array, *, textual: bool) -> dict[str, Any]:
    """Both sides' shares over few cells, to be drawn: {"edges" or "levels", "before", "after"}, shares of the present.

    Of numbers the first and the last bar hold what lies beyond the reference's range; of categories the last holds
    the rest.
    """
    both = [side / max(1, int(side.sum())) for side in (before, after)]
    if textual:
        shown = min(BARS - 1, len(names))
        sides = [np.append(side[:shown], side[shown:].sum()) for side in both]
        return {"levels": [*names[:shown], None], "before": _rounded(sides[0]), "after": _rounded(sides[1])}
    if len(borders) == 0:
        return {}
    inner = len(borders) - 1  # cells within the range
    cuts = np.unique(np.round(np.linspace(0, inner, min(inner, BARS) + 1)).astype(int))
    starts = np.concatenate([[0], 1 + cuts[:-1], [inner + 1]])
    sides = [np.add.reduceat(side, starts) for side in both]
    return {"edges": borders[cuts].tolist(), "before": _rounded(sides[0]), "after": _rounded(sides[1])}


def _rounded(shares: Array) -> list[float]:
    return [float(f"{one:.4g}") for one in shares.tolist()]
