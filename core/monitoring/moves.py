"""How far a column moved, how likely chance alone moves it as far, and how far it would have to.

Where few rows are expected in a cell, the tail of a chi-squared is no guide: 3 rows of 50 where half a one is expected
have a chance of 1.4 %, not of 0.04 %. Rare cells are counted together, and what stays rare is held against all the
rest by the exact test of Fisher (1922), one tail doubled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.monitoring import distance
from core.monitoring.calibration import critical, tail

Array = np.ndarray[Any, Any]
Sizes = tuple[float, float]

EXPECTED: Final = 5.0  # rows of a cell, on the smaller side, below which it is rare
EXACT: Final = 20.0  # below which two cells are compared exactly
COARSE: Final = 1 / 16  # of all rows between two borders: finer cells at the ends may be rare, they weigh little
TERMS: Final = 5_000  # of a tail; what comes later is nothing
ANDERSON, PEARSON, FISHER = "anderson_darling", "chi_squared", "exact"


@dataclass(frozen=True)
class Move:
    """`value`: the effect (standard deviations, or Cohen's w), `chance`: the p-value, `needed`: the effect at which the
    chance would be as small as what is given; infinite where none would be."""

    statistic: str
    value: float
    chance: float
    needed: Callable[[float], float]


STILL: Final = Move(PEARSON, 0.0, 1.0, lambda chance: math.inf)


def clearest(moves: Sequence[Move]) -> Move:
    """The least likely of several, each of which had its chance (Bonferroni)."""
    count = len(moves)
    best = min(moves, key=lambda one: one.chance)
    return Move(best.statistic, best.value, min(1.0, count * best.chance), lambda chance: best.needed(chance / count))


def ordered(before: Array, after: Array, sizes: Sizes, weights: distance.Weights) -> Move:
    """Of cells that have an order; `weights` are those of the reference (see `distance.ordered_weights`)."""
    pooled = _pooled(before, after, sizes)
    filled = pooled > 0
    if filled.sum() <= 2:
        return two(before[filled], after[filled], sizes) if filled.sum() == 2 else STILL
    first, second, shares = before[filled], after[filled], pooled[filled]
    starts = _coarse(shares, min(sizes))
    if len(starts) < len(shares):
        first, second, shares = (np.add.reduceat(side, starts) for side in (first, second, shares))
        weights = ()
    if len(shares) < 2:  # nearly all rows are in one cell
        common = int(pooled.argmax())
        return two(_against(before, common), _against(after, common), sizes)
    if len(shares) == 2:
        return two(first, second, sizes)
    weights = weights or distance.ordered_weights(shares)
    value, size = distance.ordered(first, second, sizes), distance.harmonic(*sizes)
    return Move(
        ANDERSON, distance.effect(value, weights, size), tail(value, weights),
        lambda chance: distance.effect(critical(chance, weights), weights, size),
    )


def unordered(before: Array, after: Array, sizes: Sizes) -> Move:
    """Of cells without an order, the last of which is the rest: rare ones are counted with it."""
    pooled = _pooled(before, after, sizes)
    keep = pooled * min(sizes) >= EXPECTED
    rest = ~keep
    rest[-1], keep[-1] = True, False
    if not keep.any():
        if np.count_nonzero(pooled) < 2:
            return STILL
        common = int(pooled.argmax())
        return two(_against(before, common), _against(after, common), sizes)
    first, second = (np.append(side[keep], side[rest].sum()) for side in (before, after))
    share = float(pooled[rest].sum())
    if share == 0:
        return several(first[:-1], second[:-1], sizes)
    if share * min(sizes) >= EXPECTED:
        return several(first, second, sizes)
    alone = two(_against(first, len(first) - 1), _against(second, len(first) - 1), sizes)
    if keep.sum() < 2:
        return alone
    return clearest([alone, several(first[:-1], second[:-1], sizes)])


def several(before: Array, after: Array, sizes: Sizes) -> Move:
    """By Pearson's chi-squared; every cell is common. The effect is that of `distance.moved`."""
    if len(before) < 2 or not before.sum() or not after.sum():
        return STILL
    if len(before) == 2:
        return two(before, after, sizes)
    size = distance.harmonic(*sizes)
    weights = (1.0,) * (len(before) - 1)
    value, moved = distance.unordered(before, after, sizes), distance.moved(before, after, size)
    return Move(PEARSON, moved, tail(value, weights), _along(value, weights, size, moved))


def two(before: Array, after: Array, sizes: Sizes) -> Move:
    """Of two cells."""
    if not before.sum() or not after.sum():
        return STILL
    pooled = _pooled(before, after, sizes)
    rare = int(pooled.argmin())
    size = distance.harmonic(*sizes)
    moved = distance.moved(before, after, size)
    if float(pooled[rare]) * min(sizes) >= EXACT:
        value = distance.unordered(before, after, sizes)
        return Move(PEARSON, moved, tail(value, (1.0,)), _along(value, (1.0,), size, moved))
    rows = int(sizes[0]), int(sizes[1])
    hits = round(float(before[rare] / before.sum()) * rows[0])
    likely = hits / max(1, rows[0]) * rows[1]
    seen = float(after[rare] / after.sum()) * rows[1]
    more = seen >= likely
    found = math.floor(seen + 1e-9) if more else math.ceil(seen - 1e-9)

    def needed(chance: float) -> float:
        step = 1 if more else -1
        at = math.ceil(likely) if more else math.floor(likely)
        while 0 <= at <= rows[1]:
            if fisher(at, rows[1], hits, rows[0]) <= chance:
                one = np.array([rows[0] - hits, hits]), np.array([rows[1] - at, at])
                return distance.moved(*one, size)
            step *= 2 if at > 1_000 else 1
            at += step
        return math.inf

    return Move(FISHER, moved, fisher(found, rows[1], hits, rows[0]), needed)


def fisher(after: int, rows_after: int, before: int, rows_before: int) -> float:
    """The chance of as many hits `after`, or of more (or of fewer, whichever is smaller), doubled, given all hits."""
    both = after + before
    upper = _tail(range(after, min(both, rows_after, after + TERMS) + 1), rows_after, both, rows_before)
    lower = _tail(range(max(0, both - rows_before, after - TERMS), after + 1), rows_after, both, rows_before)
    return min(1.0, 2 * min(upper, lower))


def _tail(hits: range, rows_after: int, both: int, rows_before: int) -> float:
    from scipy.special import gammaln

    def chosen(many: float, some: Array) -> Array:
        return np.asarray(gammaln(many + 1) - gammaln(some + 1) - gammaln(many - some + 1))

    some = np.array(hits, dtype=np.float64)
    every = chosen(rows_before + rows_after, np.array([float(both)]))
    return float(np.exp(chosen(rows_after, some) + chosen(rows_before, both - some) - every).sum())


def _along(value: float, weights: distance.Weights, size: float, moved: float) -> Callable[[float], float]:
    """How far in the direction that was taken: where nothing moved, as far as chi-squared itself would have to."""

    def needed(chance: float) -> float:
        needs = distance.effect(critical(chance, weights), weights, size)
        strength = distance.effect(value, weights, size)
        return needs * moved / strength if strength > 0 and moved > 0 else needs

    return needed


def _pooled(before: Array, after: Array, sizes: Sizes) -> Array:
    """The shares of both sides together, each by what it is worth."""
    sides = [side / max(1, side.sum()) * size for side, size in zip((before, after), sizes, strict=True)]
    made: Array = (sides[0] + sides[1]) / sum(sizes)
    return made


def _against(side: Array, cell: int) -> Array:
    """One cell, and all others."""
    return np.array([side[cell], side.sum() - side[cell]])


def _coarse(shares: Array, rows: float) -> Array:
    """Where cells begin, once those at either end that are rare, and weigh much, are counted with their neighbours."""
    starts = list(range(len(shares)))
    ends = np.cumsum(shares)

    def rare(border: int, outside: float) -> bool:
        heavy = (shares[border - 1] + shares[border]) / 2 > COARSE
        return bool(heavy) and outside * rows < EXPECTED

    while len(starts) > 1 and rare(starts[1], float(ends[starts[1] - 1])):
        del starts[1]
    while len(starts) > 1 and rare(starts[-1], float(1 - ends[starts[-1] - 1])):
        del starts[-1]
    return np.array(starts)
