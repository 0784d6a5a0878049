"""How many independent rows are as good as rows that hang together.

Rows that come in an order (readings of a sensor, flights of one storm) tell less than their number: the mean of n
of them varies as that of n / inflation independent ones. The inflation is the long-run variance over the variance,
by overlapping batch means (Meketon and Schmeiser, 1984) of what a first-order autoregression leaves over
(prewhitening, Andrews and Monahan, 1992), so that short windows are not underrated.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]

MOST: Final = 0.98  # of an autocorrelation that is believed: an inflation of 99
ENOUGH: Final = 262_144  # rows in a stretch; how rows hang together shows there as well as in all
LEVELS: Final = 8  # of a category, the commonest, that are followed


def inflation(series: Array) -> float:
    """At least 1: the variance of the mean of these values, against that of as many independent ones."""
    count = len(series)
    if count < 8:
        return 1.0
    centred = series - series.mean()
    variance = float(centred @ centred) / count
    if variance <= 1e-12 * (1 + float(series.mean()) ** 2):
        return 1.0
    lag = float(centred[1:] @ centred[:-1]) / (count * variance)
    noise = 1 / math.sqrt(count)
    believed = lag + (1 + 3 * lag) / count + noise if lag > 2 * noise else 0.0  # Kendall's bias, and a standard error
    believed = min(MOST, believed)
    plain = (1 + believed) / (1 - believed)
    return max(1.0, plain, _batches(centred, min(MOST, max(0.0, lag)), variance))


def _batches(centred: Array, lag: float, variance: float) -> float:
    """By overlapping batch means of the prewhitened series, less what they overrate by chance."""
    left = centred[1:] - lag * centred[:-1]
    count = len(left)
    size = max(4, int(2 * count ** (1 / 2)))
    if count < 4 * size:
        return 1.0
    left = left - left.mean()
    sums = np.concatenate([[0.0], np.cumsum(left)])
    runs = sums[size:] - sums[:-size]
    long = float(runs @ runs) / len(runs) / size * count / (count - size)
    noise = math.sqrt(4 * size / (3 * count))
    return long / (1 - lag) ** 2 / variance / (1 + 2 * noise)


def stretch(rows: int, enough: int = ENOUGH) -> slice:
    """Rows that lie side by side, from the middle: enough of them to see how they hang together."""
    if rows <= enough:
        return slice(0, rows)
    start = (rows - enough) // 2
    return slice(start, start + enough)


def scores(placed: Array, counts: Array, *, textual: bool) -> list[Array]:
    """What to follow through the rows of a column, whose cells are `placed` and counted by `counts`.

    Ordered cells: the rank and its distance from the middle (place and spread). Others: each common level's share.
    """
    total = max(1, int(counts.sum()))
    if textual:
        common = np.argsort(-counts, kind="stable")[:LEVELS]
        return [(placed == code).astype(np.float64) for code in common if 0 < counts[code] < total]
    rank = (np.cumsum(counts) - counts / 2) / total
    ranks = rank[placed]
    return [ranks, (ranks - 0.5) ** 2]


def hangs_together(placed: Array, *, textual: bool) -> float:
    """The largest inflation of what is followed through the rows; 1 where neighbours have nothing in common."""
    part = placed[stretch(len(placed))]
    counts = np.bincount(part)
    return max((inflation(one) for one in scores(part, counts, textual=textual)), default=1.0)


def between(placed: Array, blocks: Array, *, textual: bool) -> float:
    """The variance of a block's mean beyond what its rows explain, over the variance of a row (analysis of variance,
    method of moments); 0 with fewer than three blocks."""
    names, own = np.unique(blocks, return_inverse=True)
    many = len(names)
    if many < 3 or len(placed) < 2 * many:
        return 0.0
    counts = np.bincount(placed)
    sizes = np.bincount(own, minlength=many).astype(np.float64)
    total = sizes.sum()
    worst = 0.0
    for one in scores(placed, counts, textual=textual):
        variance = float(one.var())
        if variance <= 0:
            continue
        means = np.bincount(own, weights=one, minlength=many) / sizes
        square = float((sizes * (means - one.mean()) ** 2).sum()) / (many - 1)
        within = max(1e-12, variance - float((sizes * (means - one.mean()) ** 2).sum()) / total)
        typical = (total - float((sizes**2).sum()) / total) / (many - 1)
        worst = max(worst, (square - within) / typical / variance)
    return worst
