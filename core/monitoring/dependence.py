"""How many independent rows are as good as rows that hang together.

Rows that come in an order (readings of a sensor, flights of one storm) tell less than their number: the mean of n
of them varies as that of n / inflation independent ones. The inflation is one and twice the sum of all
autocorrelations, summed as far as they reach (four times their own sum: the window of Sokal, 1989, "Monte Carlo
methods in statistical mechanics"), and never less than a first-order autoregression with the first of them would
have. Where nothing speaks for it, it is one.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]

MOST: Final = 0.98  # of an autocorrelation that is believed: an inflation of 99
REACH: Final = 4.0  # times the inflation itself: so many lags are summed
DOUBT: Final = 2.0  # standard errors of a correlation, and a half more of the sum, that speak for it
ENOUGH: Final = 65_536  # rows in a stretch; how rows hang together shows there as well as in all
LEVELS: Final = 8  # of a category, the commonest, that are followed


def inflation(series: Array, doubt: float = 1.0) -> float:
    """At least 1: the variance of the mean of these values, against that of as many independent ones.

    With `doubt` of its own standard errors on top: what is taken for too small alarms on nothing.
    """
    count = len(series)
    if count < 8:
        return 1.0
    centred = series - series.mean()
    variance = float(centred @ centred)
    if variance <= 1e-12 * count * (1 + float(series.mean()) ** 2):
        return 1.0
    noise = 1 / math.sqrt(count)
    first = float(centred[1:] @ centred[:-1]) / variance
    sums = 1 + 2 * np.cumsum(_correlations(centred)[1:])
    lags = 1 + int(np.argmax(np.append(np.arange(1, len(sums)) >= REACH * np.maximum(sums[:-1], 1), True)))
    error = math.sqrt(2 * (2 * lags + 1)) * noise
    total = float(sums[lags - 1]) / (1 - min(0.5, (2 * lags + 1) / count))  # the mean of these rows hides some of it
    if first <= DOUBT * noise and total <= 1 + (DOUBT + 0.5) * error:
        return 1.0
    believed = min(MOST, first + (1 + 3 * first) / count + doubt * noise) if first > DOUBT * noise else 0.0
    beyond = 1 + min(1.0, error) * doubt if doubt >= 0 else 1 / (1 - error * doubt)
    return max(1.0, (1 + believed) / (1 - believed), total * beyond)


def _correlations(centred: Array) -> Array:
    """The autocorrelations from lag 0 to a third of the rows, by Fourier transforms."""
    count = len(centred)
    size = 1 << (2 * count - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    found = np.fft.irfft(spectrum * spectrum.conj(), size)[: max(4, count // 3) + 1]
    return np.asarray(found / found[0])


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


def hangs_together(placed: Array, *, textual: bool, doubt: float = 1.0) -> float:
    """The largest inflation of what is followed through the rows; 1 where neighbours have nothing in common."""
    part = placed[stretch(len(placed))]
    counts = np.bincount(part)
    return max((inflation(one, doubt) for one in scores(part, counts, textual=textual)), default=1.0)


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
