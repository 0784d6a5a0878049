"""How much a model leans on each column of the user's data: by how much the metric that decides gets worse where
the column's values are shuffled among the rows (Breiman, 2001; Fisher, Rudin and Dominici, 2019).

It is measured on the holdout, of the fit that was judged. What two columns say alike is found by neither alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from time import monotonic, process_time
from typing import Any, Final

import numpy as np
import pandas as pd

from core.training.metrics import METRICS, Scores
from core.training.model import Array, Model, Predictions

REPEATS: Final = (5, 3)  # each on rows of its own as far as there are, so that the spread tells of rows and luck alike
ROWS: Final = 1_000  # of the holdout in one repeat, at most
ENOUGH: Final = 250  # rows in one repeat; rather than fewer, there are fewer repeats
FEWEST: Final = 100  # rows; below, shuffling says nothing
PARTS: Final = 5  # of the rows of one repeat, each measured alone, too
LEAST_PART: Final = 25  # rows
BATCH: Final = 20_000  # rows that are scored at a time
KEPT: Final = 50  # columns that are recorded, the weightiest
LONGEST: Final = 200  # characters of a column's name
Take = Callable[[Array], pd.DataFrame]


def importance(
    model: Model, take: Take, scores: Scores, metric: str, *, seed: int, seconds: float,
    clock: Callable[[], float] | None = None,
) -> dict[str, Any]:
    """`columns`: [{column, value, spread, repeats, parts}], the weightiest first; `value` is positive where the model
    is worse without the column, in the metric's own unit, on average over the repeats. `spread` is the standard
    deviation over `parts` of them that share no rows: a few repeats alone would tell too little of luck.

    `take` gives rows of the holdout, that `scores` are of, by their positions. {} where the metric cannot be told,
    the rows are too few, or the model cannot score new rows. It takes about `seconds`: fewer rows (`rows` a repeat)
    and repeats where the model is slow; `left_out` counts the columns that there was no time or no room for.
    """
    count = len(scores)
    if not model.can_predict() or count < FEWEST:
        return {}
    clock = clock or _stopwatch()
    random, deadline = np.random.default_rng([seed, count]), clock() + seconds
    shuffled = random.permutation(count)
    names = [one["name"] for one in model.manifest.inputs]
    sample = take(shuffled[:ROWS])
    moving = [name for name in names if sample[name].nunique(dropna=False) > 1]
    if not moving:
        return {}

    def trial(repeat: int, rows: int) -> _Trial:
        chosen = shuffled[np.arange(repeat * rows, (repeat + 1) * rows) % count]
        return _Trial.of(model, take(chosen), _part(scores, chosen), metric)

    def time(some: Sequence[str]) -> float:
        """Seconds that few rows of some columns take."""
        began = clock()
        trial(0, FEWEST).losses(some, random)
        return max(1e-9, clock() - began)

    fixed = time(moving[:1])
    row = fixed / FEWEST
    if 4 * fixed < seconds and len(moving) > 1:  # many at a time take less: try that out too
        some = moving[:8]
        row = max(1e-9, time(some) - fixed) / FEWEST / (len(some) - 1)
    left = max(0.0, deadline - clock())
    for repeats in REPEATS:
        affordable = (left / repeats - fixed) / row / len(moving)
        rows = max(FEWEST, min(ROWS, count // repeats, int(affordable)))
        if rows >= ENOUGH:
            break
    found: dict[str, list[_Loss]] = {}
    for repeat in range(repeats):
        one = trial(repeat, rows)
        for batch in one.batches(moving):
            if clock() >= deadline:
                break
            for name, loss in zip(batch, one.losses(batch, random), strict=True):
                if loss is not None:
                    found.setdefault(name, []).append(loss)
    columns = [_column(name, losses) for name, losses in found.items()]
    if not columns:
        return {}
    columns += [_column(name, [_Loss(0.0, ())]) for name in names if name not in moving]  # shuffling changes nothing
    columns.sort(key=lambda one: -one["value"])
    kept = columns[:KEPT]
    return {"metric": metric, "rows": rows, "of": count, "columns": kept, "left_out": len(names) - len(kept)}


def _stopwatch() -> Callable[[], float]:
    """Seconds of this process's own work: what others do on a busy machine makes no fewer rows. Work that waits (for
    a network) counts a quarter."""
    work, wall = process_time(), monotonic()
    return lambda: max(process_time() - work, (monotonic() - wall) / 4)


def _part(scores: Scores, chosen: Array | slice) -> Scores:
    said = None if scores.probabilities is None else scores.probabilities[chosen]
    return Scores(scores.task, scores.truth[chosen], scores.predictions[chosen], said, scores.classes)


@dataclass(frozen=True)
class _Loss:
    """By how much the metric is worse: on all rows of a repeat, and on each part of them where that can be told."""

    whole: float
    parts: tuple[float, ...]


@dataclass(frozen=True)
class _Trial:
    """Some rows, and what the model is worth on them as they are: on all, then on each part."""

    model: Model
    frame: pd.DataFrame
    scores: Scores
    metric: str
    slices: tuple[slice, ...]
    values: tuple[float | None, ...]

    @classmethod
    def of(cls, model: Model, frame: pd.DataFrame, scores: Scores, metric: str) -> _Trial:
        count = len(scores)
        parts = max(1, min(PARTS, count // LEAST_PART))
        ends = [count * part // parts for part in range(parts + 1)]
        slices = (slice(0, count), *(slice(low, high) for low, high in pairwise(ends)))
        values = tuple(METRICS[metric].value(_part(scores, one)) for one in slices)
        return cls(model, frame, scores, metric, slices, values)

    def batches(self, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """All columns once. User code sees one copy of the rows at a time: it may look at all that it is given."""
        size = 1 if self.model.manifest.custom else max(1, BATCH // len(self.frame))
        return (names[start : start + size] for start in range(0, len(names), size))

    def losses(self, names: Sequence[str], random: np.random.Generator) -> list[_Loss | None]:
        """With each of these columns shuffled; None where it cannot be told."""
        rows = len(self.frame)
        whole = self.frame.take(np.tile(np.arange(rows), len(names)))
        for place, name in enumerate(names):
            order = np.arange(len(whole))
            order[place * rows : (place + 1) * rows] = place * rows + random.permutation(rows)
            whole[name] = whole[name].array.take(order)
        said = self.model.predict(whole)
        return [self._loss(said, slice(place * rows, (place + 1) * rows)) for place in range(len(names))]

    def _loss(self, said: Predictions, at: slice) -> _Loss | None:
        probabilities = None if said.probabilities is None else said.probabilities[at]
        theirs = Scores(self.scores.task, self.scores.truth, said.values[at], probabilities, self.scores.classes)
        whole, *parts = [
            self._worse(before, METRICS[self.metric].value(_part(theirs, one)))
            for one, before in zip(self.slices, self.values, strict=True)
        ]
        return None if whole is None else _Loss(whole, tuple(one for one in parts if one is not None))

    def _worse(self, before: float | None, after: float | None) -> float | None:
        if before is None or after is None:
            return None
        return before - after if METRICS[self.metric].higher_is_better else after - before


def _column(name: str, losses: Sequence[_Loss]) -> dict[str, Any]:
    parts = [one for loss in losses for one in loss.parts]
    return {
        "column": name[:LONGEST], "value": _number(fmean(loss.whole for loss in losses)),
        "spread": _number(stdev(parts)) if len(parts) > 1 else None, "repeats": len(losses), "parts": len(parts),
    }


def _number(value: float) -> float:
    return float(f"{value:.6g}")
