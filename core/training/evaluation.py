"""What models are worth on a holdout: values with their intervals, and the paired difference of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.training import bootstrap
from core.training.metrics import METRICS, Scores

Array = np.ndarray[Any, Any]

INTERVAL: Final = 0.95


@dataclass(frozen=True)
class Measured:
    """A metric's value with its 95 % interval; None where it is undefined."""

    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Difference:
    """By how much the challenger is better (positive) or worse, whichever way the metric points.

    `lower` and `upper` are one-sided bounds, each at the confidence that was asked for.
    """

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Comparison:
    """Two models on the same rows. `difference` is of the primary metric; None where either lacks it."""

    challenger: dict[str, Measured]
    opponent: dict[str, Measured]
    difference: Difference | None


def measure(
    scores: Scores, names: Sequence[str], *, ordered: bool, seed: int, draws: int = bootstrap.DRAWS
) -> dict[str, Measured]:
    """The named metrics; those of another task come back undefined. Blocks are resampled where `ordered`."""
    values, drawn = _resampled([scores], names, ordered, seed, draws)
    return {name: _measured(values[0][name], drawn[0].get(name), draws) for name in names}


def difference(
    challenger: Scores, champion: Scores, metric: str, *, ordered: bool, confidence: float, seed: int,
    draws: int = bootstrap.DRAWS,
) -> Difference | None:
    """The paired difference on one metric: both models are measured on the same draws of rows."""
    values, drawn = _resampled([challenger, champion], [metric], ordered, seed, draws)
    return _difference(metric, values, drawn, confidence, draws)


def compare(
    challenger: Scores, opponent: Scores, names: Sequence[str], primary: str, *, ordered: bool,
    confidence: float, seed: int, draws: int = bootstrap.DRAWS,
) -> Comparison:
    """Both models by every metric, and their difference on the primary one, all from the same draws."""
    wanted = list(dict.fromkeys([primary, *names]))
    values, drawn = _resampled([challenger, opponent], wanted, ordered, seed, draws)
    measured = [
        {name: _measured(values[one][name], drawn[one].get(name), draws) for name in wanted} for one in (0, 1)
    ]
    return Comparison(measured[0], measured[1], _difference(primary, values, drawn, confidence, draws))


def _resampled(
    models: Sequence[Scores], names: Sequence[str], ordered: bool, seed: int, draws: int
) -> tuple[list[dict[str, float | None]], list[dict[str, Array]]]:
    """For each model its values, and for each that is defined its values over the draws."""
    values = [{name: METRICS[name].value(scores) for name in names} for scores in models]
    drawn: list[dict[str, Array]] = [{} for _ in models]
    statistics = [
        (place, name, statistic)
        for place, scores in enumerate(models)
        for name in names
        if values[place][name] is not None and (statistic := METRICS[name].statistic(scores)) is not None
    ]
    if not statistics:
        return values, drawn
    rows, classes = len(models[0]), len(models[0].classes)
    count = bootstrap.enough_draws(rows, classes if classes > 2 else 1, draws)
    pieces: list[list[Array]] = [[] for _ in statistics]
    for weights in bootstrap.weights(rows, ordered=ordered, seed=seed, draws=count):
        for collected, (_, _, statistic) in zip(pieces, statistics, strict=True):
            collected.append(statistic(weights))
    for collected, (place, name, _) in zip(pieces, statistics, strict=True):
        drawn[place][name] = np.concatenate(collected)
    return values, drawn


def _measured(value: float | None, drawn: Array | None, draws: int) -> Measured:
    if value is None or drawn is None:
        return Measured(None, None, None)
    tail = (1 - INTERVAL) / 2
    found = bootstrap.interval(value, drawn, tail, 1 - tail, draws)
    return Measured(value, *(found or (None, None)))


def _difference(
    metric: str, values: Sequence[dict[str, float | None]], drawn: Sequence[dict[str, Array]],
    confidence: float, draws: int,
) -> Difference | None:
    ours, theirs = values[0][metric], values[1][metric]
    if ours is None or theirs is None:
        return None
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    value = sign * (ours - theirs)
    apart = sign * (drawn[0][metric] - drawn[1][metric])
    found = bootstrap.interval(value, apart, 1 - confidence, confidence, draws)
    return None if found is None else Difference(value, *found)


__all__ = ["Comparison", "Difference", "Measured", "Scores", "compare", "difference", "measure"]
