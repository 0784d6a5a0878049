"""Anything whose answer is a weighted sum of the columns: linear and logistic regression and their kin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from core.serving.forms.form import Array, all_linked, linked

_LOG: Final = {"PoissonRegressor", "GammaRegressor", "TweedieRegressor"}


def fits(estimator: Any) -> bool:
    """Whether it has weights; whether its answers are nothing more than their sum, the comparison tells."""
    weights, intercept = getattr(estimator, "coef_", None), getattr(estimator, "intercept_", None)
    return isinstance(weights, np.ndarray) and weights.ndim <= 2 and intercept is not None


def compiled(estimator: Any) -> dict[str, Array]:
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
    intercept = np.broadcast_to(np.asarray(estimator.intercept_, dtype=np.float64).reshape(-1), len(weights))
    if hasattr(estimator, "classes_"):
        link = "logit" if len(weights) == 1 else "softmax"
    else:
        link = "log" if type(estimator).__name__ in _LOG else "identity"
    return {"weights": weights, "intercept": intercept.copy(), "link": np.array(link)}


class Linear:
    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._weights, self._intercept = arrays["weights"], arrays["intercept"]
        self._link = str(arrays["link"])

    def one(self, row: Sequence[float]) -> list[float]:
        return linked(self._sums(np.array(row)[None])[0].tolist(), self._link)

    def many(self, matrix: Array) -> Array:
        return all_linked(self._sums(matrix), self._link)

    def _sums(self, matrix: Array) -> Array:
        """n x outputs; without BLAS, whose last bit depends on how many rows come together."""
        sums = [(matrix * weights).sum(axis=1) for weights in self._weights]
        return np.stack(sums, axis=1) + self._intercept
