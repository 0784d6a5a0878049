"""How well scores rank the rows of one class above all others, for many weightings of the rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Statistic = Callable[[Array], Array]  # weights (rows x draws) -> one value a draw, NaN where it is undefined


def ratio(above: Array, below: Array) -> Array:
    """`above` / `below`, NaN where `below` is zero."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below != 0))


def roc_auc(score: Array, positive: Array) -> Statistic:
    """The chance that a positive row ranks above a negative one, ties counting half (Mann and Whitney).

    One sort for all weightings: each row of the rarer side needs the weight of the other side below it.
    """
    if positive.sum() > len(positive) / 2:
        score, positive = -score, ~positive  # the same area from the other side
    few, many = np.flatnonzero(positive), np.flatnonzero(~positive)
    many = many[np.argsort(score[many], kind="stable")]
    below = np.searchsorted(score[many], score[few], side="left")
    level = np.searchsorted(score[many], score[few], side="right")

    def statistic(weights: Array) -> Array:
        running = _running(weights[many])
        beaten = running[below] if np.array_equal(below, level) else (running[below] + running[level]) / 2
        weight = weights[few]
        return ratio(np.einsum("ij,ij->j", weight, beaten), weight.sum(axis=0) * running[-1])

    return statistic


def average_precision(score: Array, positive: Array) -> Statistic:
    """The mean precision at the positive rows, rows of equal score counted together (as scikit-learn)."""
    order = np.argsort(-score, kind="stable")
    down, hit = -score[order], positive[order]
    positives, negatives = order[hit], order[~hit]
    true = np.searchsorted(down[hit], down[hit], side="right")
    false = np.searchsorted(down[~hit], down[hit], side="right")

    def statistic(weights: Array) -> Array:
        weight = weights[positives]
        hits = _running(weight)
        above = hits[true]
        total = above + _running(weights[negatives])[false]
        precision = above / np.maximum(total, np.finfo(float).tiny)  # 0 where nothing was drawn so far
        return ratio(np.einsum("ij,ij->j", weight, precision), hits[-1])

    return statistic


def _running(weights: Array) -> Array:
    """Cumulative sums down the rows, beginning with zero."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]))
    np.cumsum(weights, axis=0, out=sums[1:])
    return sums
