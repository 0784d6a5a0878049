"""What is known of a fit along its steps: what the estimator kept, and how the holdout's loss fell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from core.training.model import Array
from core.training.trainer import SklearnModel
from core.vocabulary import Task

MOST_STEPS: Final = 200  # of a curve that are kept
MOST_CURVES: Final = 40
CELLS: Final = 100_000  # trees x rows that a learning curve is made of
Points = list[tuple[str, int, float]]  # (name, step, value)


def thinned(points: Sequence[tuple[str, int, float]], steps: int = 5 * MOST_STEPS) -> Points:
    """At most `steps` points a curve, spread evenly, and at most MOST_CURVES curves."""
    curves: dict[str, Points] = {}
    for name, step, value in points:
        curves.setdefault(name, []).append((name, step, value))
    kept: Points = []
    for curve in list(curves.values())[:MOST_CURVES]:
        curve.sort(key=lambda point: point[1])
        kept += [curve[place] for place in _spread(len(curve), steps)]
    return kept


def points_of(model: SklearnModel) -> Points:
    """(name, step, value) of a fit that went in steps, where the estimator kept them; at most MOST_STEPS a name."""
    estimator = model.pipeline.steps[-1][1]
    judged = getattr(estimator, "validation_score_", None) is not None  # then both are scores: more is better
    kept = {
        "train_score" if judged else "train_loss": getattr(estimator, "train_score_", None),
        "validation_score": getattr(estimator, "validation_score_", None),
    }
    if hasattr(estimator, "loss_curve_"):
        kept = {"train_loss": estimator.loss_curve_, "validation_score": getattr(estimator, "validation_scores_", None)}
    points = []
    for name, values in kept.items():
        if values is not None and np.ndim(values) == 1 and len(values):
            steps = _spread(len(values), MOST_STEPS)
            points += [(name, int(step), float(values[step])) for step in steps if np.isfinite(values[step])]
    return points


def learning_curve(model: SklearnModel, take: Callable[[Array], pd.DataFrame], truth: Array) -> Points:
    """How the holdout's loss fell with every step of a boosted fit: log loss, or RMSE; nothing of other estimators.

    `take` gives rows of the holdout by their positions. Of few rows where there are many steps, so that it takes some
    milliseconds.
    """
    estimator = model.pipeline.steps[-1][1]
    regression = model.manifest.task == Task.REGRESSION
    staged = getattr(estimator, "staged_predict" if regression else "staged_predict_proba", None)
    steps = getattr(estimator, "n_iter_", None) or getattr(estimator, "n_estimators_", None)
    if staged is None or not isinstance(steps, int | np.integer) or not len(truth):
        return []
    trees = int(steps) * max(1, len(getattr(estimator, "classes_", ())) - 1)
    rows = int(min(len(truth), max(100, CELLS // trees)))
    chosen = np.linspace(0, len(truth) - 1, rows).astype(np.int64)
    matrix = model.pipeline[:-1].transform(model.features_of(take(chosen)))
    shown, points = set(_spread(int(steps), MOST_STEPS).tolist()), []
    if not regression:
        known = np.asarray(model.pipeline.classes_, dtype=np.int64)
        place = np.searchsorted(known, truth[chosen])
        inside = (place < len(known)) & (known[np.minimum(place, len(known) - 1)] == truth[chosen])
    for step, said in enumerate(staged(matrix)):
        if step not in shown:
            continue
        if regression:
            loss = float(np.sqrt(np.mean((truth[chosen] - np.asarray(said).reshape(-1)) ** 2)))
        else:
            given = np.where(inside, said[np.arange(rows), np.where(inside, place, 0)], 0.0)
            loss = float(-np.log(np.clip(given, np.finfo(float).eps, 1)).mean())
        if np.isfinite(loss):
            points.append(("holdout_rmse" if regression else "holdout_log_loss", step + 1, loss))
    return points


def _spread(count: int, most: int) -> Array:
    """Steps spread evenly, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))
