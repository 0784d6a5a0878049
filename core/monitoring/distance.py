"""How far two distributions over the same cells lie apart: one statistic for ordered cells, one for others.

Numbers (ordered cells): the two-sample statistic of Anderson and Darling (1952; Pettitt, 1976), the squared gap of the
cumulated shares, each weighed by its variance, on cells that the reference decides: nearly as strong as a t-test
where a mean moves, and it sees spread and tails. Categories: Pearson's chi-squared.

Both are brought to one scale, the *effect*: what chance adds on average is taken off, and 0.1 means as far apart as
a shift of a tenth of a standard deviation (numbers) or Cohen's w of 0.1 (categories), "small" in Cohen (1988).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]
Weights = tuple[float, ...]

KEPT: Final = 40  # weights of the null distribution, the largest; the rest is small and even


def effect(value: float, weights: Weights, size: float) -> float:
    """The scale of people: 0 where the distance is what chance gives, else in standard deviations."""
    strongest = max(weights, default=0.0)
    if strongest <= 0 or size <= 0:
        return 0.0
    return math.sqrt(max(0.0, value - sum(weights)) / (size * strongest))


def harmonic(before: float, after: float) -> float:
    """N n / (N + n)."""
    return before * after / (before + after) if before > 0 and after > 0 else 0.0


def ordered(before: Array, after: Array, sizes: tuple[float, float]) -> float:
    """The Anderson-Darling distance of two vectors of counts over ordered cells, times m.

    `sizes` are the effective numbers of rows of both sides, for m and for the pooled shares.
    """
    size = harmonic(*sizes)
    first, second = before / before.sum(), after / after.sum()
    pooled = (first * sizes[0] + second * sizes[1]) / sum(sizes)
    gap = np.cumsum(first - second)[:-1]
    return float(size * (gap**2 * _weights(pooled)).sum())


def ordered_weights(shares: Array) -> Weights:
    """The weights of the null distribution of `ordered`: the eigenvalues of its kernel (largest first)."""
    filled = shares[shares > 0]
    if len(filled) < 2:
        return ()
    below = np.cumsum(filled)[:-1]
    scale = np.sqrt(_weights(filled))
    kernel = np.minimum.outer(below, below) - np.outer(below, below)
    found = np.linalg.eigvalsh(kernel * np.outer(scale, scale))[::-1]
    kept = [float(f"{one:.9g}") for one in found[:KEPT] if one > 1e-9]  # as they are stored
    rest = float(found[KEPT:].clip(0).sum())
    if rest > 0:
        many = max(1, round(rest / kept[-1]))
        kept += [float(f"{rest / many:.9g}")] * many
    return tuple(kept)


def _weights(pooled: Array) -> Array:
    """dH / (H (1 - H)) at the border after each cell but the last."""
    below = np.cumsum(pooled)[:-1]
    steps = (pooled[:-1] + pooled[1:]) / 2
    inside = (below > 1e-12) & (below < 1 - 1e-12)
    made: Array = np.divide(steps, below * (1 - below), out=np.zeros_like(below), where=inside)
    return made


def unordered(before: Array, after: Array, sizes: tuple[float, float]) -> float:
    """Pearson's two-sample chi-squared of two vectors of counts, at the effective sizes."""
    size = harmonic(*sizes)
    first, second = before / before.sum(), after / after.sum()
    pooled = (first * sizes[0] + second * sizes[1]) / sum(sizes)
    there = pooled > 0
    return float(size * ((first - second)[there] ** 2 / pooled[there]).sum())


def moved(before: Array, after: Array, size: float) -> float:
    """Twice the share of rows that would have to change cells, less what chance alone moves.

    For cells of equal size that is Cohen's w, which is larger where rare cells changed: w says how surely they
    differ, and this how many rows it touches.
    """
    first, second = before / before.sum(), after / after.sum()
    pooled = (first + second) / 2
    apart = float(np.abs(first - second).sum())
    chance = math.sqrt(2 / math.pi) * float(np.sqrt(pooled * (1 - pooled)).sum()) / math.sqrt(size)
    return math.sqrt(max(0.0, apart**2 - chance**2))
