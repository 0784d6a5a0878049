"""After a drop two challengers compete: one that learns from all rows, and one from the rows since the drop alone.

The rule of a target may have changed inside a file; then the second one learns from the row at which the
champion's loss jumps, found by the CUSUM statistic of a mean that changes once (Page, 1954; Csörgő and Horváth, 1997).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.training.model import Array, Predictions
from core.training.rows import Rows

JUMP: Final = 4.0  # of the statistic; without a change it stays below 3.6 in 99 of 100 stretches
LEAST: Final = 30  # rows on either side of a jump


@dataclass(frozen=True)
class Start:
    """From where on rows are learned from: a version by its number, and how many of its rows, oldest first, are not."""

    version: int
    skip: int = 0

    def to_json(self) -> dict[str, int]:
        return {"version": self.version, "skip": self.skip}

    @classmethod
    def from_json(cls, values: dict[str, Any] | None) -> Start | None:
        return None if not values else cls(int(values["version"]), int(values.get("skip", 0)))


@dataclass(frozen=True)
class Terms:
    """What a contest is held by beside the recipe.

    `start`: rows before it are learned from no more, since an earlier drop made them useless. `since`: where a drop
    that nobody has mended yet began; a second challenger learns from there alone. `strict`: only what is surely
    better passes.
    """

    start: Start | None = None
    since: Start | None = None
    strict: bool = False

    def to_json(self) -> dict[str, Any]:
        named = {"start": self.start, "since": self.since}
        return {key: one.to_json() if one else None for key, one in named.items()} | {"strict": self.strict}

    @classmethod
    def from_json(cls, values: dict[str, Any] | None) -> Terms:
        if not values:
            return cls()
        return cls(Start.from_json(values["start"]), Start.from_json(values["since"]), bool(values["strict"]))


def mask_of(rows: Rows, order: Array, start: Start | None) -> Array:
    """Which rows lie at or after a start; all of them where its version is not among the rows.

    `order`: the sort key of every row, oldest first.
    """
    own = np.flatnonzero(rows.number == start.version) if start is not None else np.zeros(0, dtype=np.int64)
    if start is None or not len(own):
        return np.ones(len(rows), dtype=bool)
    mask = np.asarray(rows.order > rows.order[own[0]])
    mask[own[np.argsort(order[own], kind="stable")][start.skip :]] = True
    return mask


def start_at(rows: Rows, order: Array, place: int) -> Start:
    """The start whose first row is the one at `place`."""
    number = int(rows.number[place])
    before = (rows.number == number) & (order < order[place])
    return Start(number, int(before.sum()))


def jump(losses: Array) -> int | None:
    """The position from which on the losses of a row of answers are surely higher; None where they do not jump.

    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> jump(np.r_[random.random(100), random.random(100) + 1.0])
    100
    """
    count = len(losses)
    if count < 2 * LEAST:
        return None
    sums = np.cumsum(losses)
    before = np.arange(LEAST, count - LEAST + 1)
    after = count - before
    gain = (sums[-1] - sums[before - 1]) / after - sums[before - 1] / before
    spread = float(np.std(losses))
    if spread <= 0:
        return None
    found = np.sqrt(before * after / count) * gain / spread
    best = int(found.argmax())
    return int(before[best]) if found[best] > JUMP else None


def losses(said: Predictions, truth: Array) -> Array:
    """How wrong each answer is: 1 minus the probability of the true class, or the absolute error."""
    if said.probabilities is not None:
        known = truth >= 0
        wrong = np.ones(len(truth))
        wrong[known] = 1 - said.probabilities[np.flatnonzero(known), truth[known]]
        return wrong
    if np.issubdtype(truth.dtype, np.integer):
        return np.asarray(said.values != truth, dtype=float)
    return np.asarray(np.abs(said.values - truth), dtype=float)
