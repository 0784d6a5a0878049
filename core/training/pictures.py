"""All that is drawn of a judged fit, as one small JSON object, at a small part of what the fit itself took."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from core.training.curves import curves
from core.training.importance import importance
from core.training.metrics import Scores
from core.training.model import Array, Model
from core.training.steps import Points, learning_curve
from core.training.trainer import SklearnModel

SHARE: Final = 0.02  # of the time that was spent so far, for finding out what the model leans on
LEAST_SECONDS, MOST_SECONDS = 0.15, 5.0


def pictures(
    model: Model, take: Callable[[Array], pd.DataFrame], scores: Scores, metric: str, *, seed: int, spent: float,
    tell: Callable[[str], None],
) -> tuple[dict[str, Any], Points]:
    """The pictures by name (see `core.training.curves`, and `importance`), and the points of the learning curve.

    `take` gives rows of the holdout, that `scores` are of, by their positions; `spent` are seconds. Of a command
    there are only those that its predictions tell. An estimator that stumbles loses these pictures, not its run.
    """
    made, points = curves(scores), []
    if isinstance(model, SklearnModel) and len(scores):
        seconds = min(MOST_SECONDS, max(LEAST_SECONDS, SHARE * spent))
        try:
            points = learning_curve(model, take, scores.truth)
            weights = importance(model, take, scores, metric, seed=seed, seconds=seconds)
        except Exception as error:  # somebody's estimator, or somebody's features
            tell(f"no feature importance: {type(error).__name__}: {error}")
        else:
            made |= {"importance": weights} if weights else {}
    return made, points
