"""What a model is measured by: every metric's direction, and its value under any weighting of the rows.

A metric is prepared once for one model's answers (sorting, losses row by row) and is then evaluated for
many weightings at a time: the bootstrap's draws are nothing but counts of how often each row was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import sparse

from core.training.ranking import Statistic, average_precision, ratio, roc_auc
from core.vocabulary import Task

Array = np.ndarray[Any, Any]

RARE: Final = 0.2  # below this share the first of two classes is the one that is looked for


@dataclass(frozen=True)
class Scores:
    """One model's answers for the rows of a holdout, and the truth.

    Classification: `truth` and `predictions` are codes of `classes` (a prediction may be -1: none of them),
    `probabilities` is rows x classes or None. Regression: plain values, and `classes` is empty.
    """

    task: Task
    truth: Array
    predictions: Array
    probabilities: Array | None
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def positive(self) -> int:
        """The class that F1 and average precision are about: of two the second, unless the first is rare."""
        return 0 if len(self.truth) and float((self.truth == 0).mean()) < RARE else 1


@dataclass(frozen=True)
class Metric:
    """`label` for people; `bounded`: its scale is absolute, so that a drop means the same everywhere."""

    name: str
    label: str
    higher_is_better: bool
    bounded: bool
    tasks: tuple[Task, ...]
    prepare: Callable[[Scores], Statistic | None]

    def statistic(self, scores: Scores) -> Statistic | None:
        """The metric of these answers as a function of weights; None where it cannot be told."""
        answers = (scores.predictions, scores.probabilities)
        usable = all(one is None or np.isfinite(one).all() for one in answers)
        if scores.task not in self.tasks or not len(scores) or not usable:
            return None
        with _quiet():
            prepared = self.prepare(scores)
        return None if prepared is None else _quietly(prepared)

    def value(self, scores: Scores, weights: Array | None = None) -> float | None:
        """The metric, with an optional weight for each row; None where it is undefined (never NaN)."""
        statistic = self.statistic(scores)
        if statistic is None:
            return None
        given = np.ones(len(scores)) if weights is None else np.asarray(weights, dtype=float)
        value = float(statistic(given[:, None])[0])
        return value if np.isfinite(value) else None


def _quiet() -> np.errstate:
    """What overflows becomes infinite, and is then undefined, without a word from numpy."""
    return np.errstate(over="ignore", invalid="ignore")


def _quietly(statistic: Statistic) -> Statistic:
    def quiet(weights: Array) -> Array:
        with _quiet():
            return statistic(weights)

    return quiet


def _mean(losses: Array) -> Statistic:
    def statistic(weights: Array) -> Array:
        return np.asarray(ratio(losses @ weights, weights.sum(axis=0)))

    return statistic


# -- classification, by probabilities ----------------------------------------------------------------


def _log_loss(scores: Scores) -> Statistic | None:
    if scores.probabilities is None:
        return None
    given = scores.probabilities[np.arange(len(scores)), scores.truth]
    tiny = np.finfo(float).eps
    return _mean(-np.log(np.clip(given, tiny, 1 - tiny)))


def _brier(scores: Scores) -> Statistic | None:
    """Mean squared error of the probabilities (Brier, 1950); of two classes, of one of them."""
    if scores.probabilities is None:
        return None
    off = scores.probabilities.astype(float)
    off[np.arange(len(scores)), scores.truth] -= 1
    losses = (off**2).sum(axis=1)
    return _mean(losses / 2 if len(scores.classes) == 2 else losses)


def _by_class(scores: Scores, ranking: Callable[[Array, Array], Statistic]) -> Statistic | None:
    """A ranking metric of the positive class, or its plain mean over all classes against the rest."""
    if scores.probabilities is None:
        return None
    if len(scores.classes) == 2:
        return ranking(scores.probabilities[:, scores.positive], scores.truth == scores.positive)
    known = np.flatnonzero(np.bincount(scores.truth, minlength=len(scores.classes)))
    each = [ranking(scores.probabilities[:, code], scores.truth == code) for code in known]
    return lambda weights: _mean_of_defined([one(weights) for one in each], weights.shape[1])


def _mean_of_defined(values: Sequence[Array], draws: int) -> Array:
    stacked = np.array(values).reshape(len(values), draws)
    return ratio(np.nansum(stacked, axis=0), (~np.isnan(stacked)).sum(axis=0))


# -- classification, by predicted classes ------------------------------------------------------------


@dataclass(frozen=True)
class _Counts:
    """For each class x draw: rows of it, rows said to be of it, and both."""

    true: Array
    said: Array
    both: Array

    @property
    def f1(self) -> Array:
        return ratio(2 * self.both, self.true + self.said)

    @property
    def recall(self) -> Array:
        return ratio(self.both, self.true)


def _counting(scores: Scores, judge: Callable[[_Counts], Array]) -> Statistic:
    count = max(len(scores.classes), int(scores.truth.max()) + 1)
    right = np.where(scores.truth == scores.predictions, scores.truth, -1)
    tables = [_indicator(codes, count) for codes in (scores.truth, scores.predictions, right)]
    return lambda weights: judge(_Counts(*(np.asarray(table @ weights) for table in tables)))


def _indicator(codes: Array, count: int) -> Any:
    """A sparse classes x rows table of ones; rows with code -1 are in no class."""
    rows = np.flatnonzero(codes >= 0)
    return sparse.csr_matrix((np.ones(len(rows)), (codes[rows], rows)), shape=(count, len(codes)))


def _f1_macro(scores: Scores) -> Statistic:
    """The plain mean of F1 over the classes that occur in the truth or in the predictions."""
    return _counting(scores, lambda counts: _mean_of_defined(list(counts.f1), counts.f1.shape[1]))


def _f1(scores: Scores) -> Statistic:
    if len(scores.classes) != 2:
        return _f1_macro(scores)
    return _counting(scores, lambda counts: np.asarray(counts.f1[scores.positive]))


def _balanced_accuracy(scores: Scores) -> Statistic:
    """The plain mean of recall over the classes that occur in the truth."""
    return _counting(scores, lambda counts: _mean_of_defined(list(counts.recall), counts.recall.shape[1]))


# -- regression --------------------------------------------------------------------------------------


def _rmse(scores: Scores) -> Statistic:
    mean = _mean((scores.truth - scores.predictions) ** 2)
    return lambda weights: np.sqrt(mean(weights))


def _mape(scores: Scores) -> Statistic:
    """Mean error relative to the truth, which counts as at least 2.2e-16 (as scikit-learn)."""
    off = np.abs(scores.truth - scores.predictions)
    return _mean(off / np.maximum(np.abs(scores.truth), np.finfo(float).eps))


def _r2(scores: Scores) -> Statistic | None:
    """Share of the variance explained; where the truth does not vary, 1 if it is met and else 0."""
    if len(scores) < 2:
        return None
    left = (scores.truth - scores.predictions) ** 2
    truth = scores.truth - scores.truth.mean()

    def statistic(weights: Array) -> Array:
        unexplained = left @ weights
        total = truth**2 @ weights - ratio((truth @ weights) ** 2, weights.sum(axis=0))
        constant = total <= 1e-12 * (truth**2 @ weights)
        flat = np.where(unexplained == 0, 1.0, 0.0)
        return np.where(constant, flat, 1 - ratio(unexplained, np.where(constant, 0, total)))

    return statistic


_CLASSES, _VALUES = (Task.CLASSIFICATION,), (Task.REGRESSION,)

METRICS: Final[dict[str, Metric]] = {
    metric.name: metric
    for metric in (
        Metric("roc_auc", "ROC AUC", True, True, _CLASSES, lambda scores: _by_class(scores, roc_auc)),
        Metric("average_precision", "average precision", True, True, _CLASSES,
               lambda scores: _by_class(scores, average_precision)),
        Metric("brier", "Brier score", False, True, _CLASSES, _brier),
        Metric("log_loss", "log loss", False, False, _CLASSES, _log_loss),
        Metric("accuracy", "accuracy", True, True, _CLASSES,
               lambda scores: _mean((scores.truth == scores.predictions).astype(float))),
        Metric("f1", "F1", True, True, _CLASSES, _f1),
        Metric("f1_macro", "macro F1", True, True, _CLASSES, _f1_macro),
        Metric("balanced_accuracy", "balanced accuracy", True, True, _CLASSES, _balanced_accuracy),
        Metric("rmse", "RMSE", False, False, _VALUES, _rmse),
        Metric("mae", "MAE", False, False, _VALUES,
               lambda scores: _mean(np.abs(scores.truth - scores.predictions))),
        Metric("mape", "MAPE", False, False, _VALUES, _mape),
        Metric("r2", "R2", True, True, _VALUES, _r2),
    )
}
