"""How often a model is right where it says so: its probabilities held against what came true on a holdout.

By bins of equal size, made to rise (pooling adjacent violators; Ayer et al., 1955; Zadrozny and Elkan, 2002) and
joined by straight lines; of more than two classes each against the rest, then made to add up to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.training.metrics import Scores

Array = np.ndarray[Any, Any]

BIN: Final = 30  # rows of a bin, at least
BINS: Final = 40


@dataclass(frozen=True)
class Curve:
    """One class: the mean probability that was said in each bin, its rows, and how many were of the class."""

    said: Array
    rows: Array
    hits: Array

    @classmethod
    def of(cls, said: Array, true: Array) -> Curve:
        order = np.argsort(said, kind="stable")
        parts = np.array_split(order, max(1, min(BINS, len(said) // BIN)))
        return cls(
            np.array([said[part].mean() for part in parts]), np.array([len(part) for part in parts]),
            np.array([int(true[part].sum()) for part in parts]),
        )

    def shares(self) -> Array:
        return _rising(self.hits / self.rows, self.rows)

    def drawn(self, random: np.random.Generator) -> Array:
        """The same as other rows of the holdout might have shown it (a draw from the posterior, Jeffreys' prior)."""
        return _rising(random.beta(self.hits + 0.5, self.rows - self.hits + 0.5), self.rows)


@dataclass(frozen=True)
class Calibration:
    """A curve a class, or the second class's alone where there are two; `shares`: what each says in each bin."""

    curves: tuple[Curve, ...]
    shares: tuple[Array, ...]

    @classmethod
    def of(cls, scores: Scores) -> Calibration:
        assert scores.probabilities is not None
        count = scores.probabilities.shape[1]
        codes = [1] if count == 2 else range(count)
        return cls._made(tuple(Curve.of(scores.probabilities[:, code], scores.truth == code) for code in codes))

    @classmethod
    def _made(cls, curves: tuple[Curve, ...]) -> Calibration:
        return cls(curves, tuple(curve.shares() for curve in curves))

    def drawn(self, random: np.random.Generator) -> Calibration:
        return Calibration(self.curves, tuple(curve.drawn(random) for curve in self.curves))

    def apply(self, probabilities: Array) -> Array:
        """Rows x classes of chances that add up to one."""
        if len(self.curves) == 1:
            second = np.interp(probabilities[:, 1], self.curves[0].said, self.shares[0])
            return np.column_stack([1 - second, second])
        made = np.column_stack([
            np.interp(probabilities[:, code], curve.said, shares)
            for code, (curve, shares) in enumerate(zip(self.curves, self.shares, strict=True))
        ])
        total = made.sum(axis=1, keepdims=True)
        return np.where(total > 0, made / np.where(total > 0, total, 1), probabilities)

    def to_json(self) -> list[dict[str, Any]]:
        return [
            {"said": one.said.tolist(), "rows": one.rows.tolist(), "hits": one.hits.tolist()} for one in self.curves
        ]

    @classmethod
    def from_json(cls, values: Sequence[Mapping[str, Any]]) -> Calibration:
        return cls._made(tuple(
            Curve(np.array(one["said"]), np.array(one["rows"]), np.array(one["hits"])) for one in values
        ))


def _rising(shares: Array, rows: Array) -> Array:
    """The closest shares that do not fall, by pooling neighbours."""
    pools: list[list[float]] = []  # mean, rows, bins
    for share, weight in zip(shares.tolist(), rows.tolist(), strict=True):
        pools.append([share, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, weight_, bins = pools.pop()
            before = pools[-1]
            total = before[1] + weight_
            before[0] = (before[0] * before[1] + mean * weight_) / total
            before[1], before[2] = total, before[2] + bins
    return np.concatenate([np.full(int(bins), mean) for mean, _, bins in pools])
