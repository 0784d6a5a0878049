"""From typed columns to a matrix of numbers, plain enough to be kept as a skops file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from core.recipes.levels import Array, coded, common, counts, cross_fitted, folds_of, means, pack

DATE_PARTS: Final = {"year": "year", "month": "month", "day": "day", "weekday": "day_of_week", "hour": "hour"}
_DAY: Final = 86_400e6  # microseconds


class TableEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Typed frame -> float64 matrix, NaN where missing. Its columns, in this order:

    numbers   as they are
    moments   dates as days since 1970
    dates     year, month, day, weekday (Monday: 0) and hour of each
    narrow    categories as codes by how common a level is (0: the commonest); of more than `levels` the rest
              share the last code; a level that is new gets the shared code where there is one, else is missing
    wide      categories with many levels: the smoothed mean of the target at the level (one column for each
              of more than two classes), and log(1 + how often it occurs)

    A column that has no value at all while fitting is 0 from then on: some estimators stumble over it.

    In `fit_transform` a row of a wide category sees the labels and counts of other rows only, so that it does
    not leak its own; `fit().transform()` on the same rows is another thing, as with scikit-learn's TargetEncoder.
    `classes` is 0 for regression.
    """

    def __init__(
        self, numbers: tuple[str, ...] = (), moments: tuple[str, ...] = (), dates: tuple[str, ...] = (),
        narrow: tuple[str, ...] = (), wide: tuple[str, ...] = (), levels: int = 255, classes: int = 0, seed: int = 0,
        smooth: float = 10.0,
    ) -> None:
        self.numbers = numbers
        self.moments = moments
        self.dates = dates
        self.narrow = narrow
        self.wide = wide
        self.levels = levels
        self.classes = classes
        self.seed = seed
        self.smooth = smooth

    def fit(self, frame: pd.DataFrame, y: Any = None) -> TableEncoder:
        self.fit_transform(frame, y)
        return self

    def fit_transform(self, frame: pd.DataFrame, y: Any = None, **_: Any) -> Array:
        targets = self._learn(frame, y)
        folds = folds_of(len(frame), self.seed)
        made = []
        for name, codes in self._wide_codes(frame):
            levels = len(self.counts_[name]) - 1
            others = np.maximum(self.counts_[name][codes] - 1, 0)
            made.append((cross_fitted(codes, levels, targets, self.smooth, folds), np.log1p(others)))
        matrix = self._matrix(frame, made)
        self.blank_ = np.flatnonzero([np.isnan(column).all() for column in matrix.T])
        matrix[:, self.blank_] = 0.0
        return matrix

    def transform(self, frame: pd.DataFrame) -> Array:
        made = [
            (self.means_[name][codes], np.log1p(self.counts_[name][codes])) for name, codes in self._wide_codes(frame)
        ]
        matrix = self._matrix(frame, made)
        matrix[:, self.blank_] = 0.0
        return matrix

    def get_feature_names_out(self, _: Any = None) -> Array:
        """One name a column of the matrix: `age`, `joined.month`, `city.mean`, `city.mean.2`, `city.count`."""
        names = [*self.numbers, *self.moments]
        names += [f"{name}.{part}" for name in self.dates for part in DATE_PARTS]
        names += self.narrow
        for name in self.wide:
            width = self.means_[name].shape[1]
            names += [f"{name}.mean"] if width == 1 else [f"{name}.mean.{place}" for place in range(width)]
            names.append(f"{name}.count")
        return np.array(names, dtype=object)

    def _learn(self, frame: pd.DataFrame, y: Any) -> Array:
        """Learn the levels, and what the target is like at those of the wide categories; the targets, n x k."""
        self.levels_: dict[str, str] = {}
        self.shared_: dict[str, bool] = {}
        self.means_: dict[str, Array] = {}
        self.counts_: dict[str, Array] = {}
        for name in self.narrow:
            found = common(frame[name], self.levels + 1)
            self.shared_[name] = len(found) > self.levels
            self.levels_[name] = pack(found[: self.levels - 1] if self.shared_[name] else found)
        if not self.wide:
            return np.empty((len(frame), 0))
        targets = self._targets(np.asarray(y))
        for name in self.wide:  # a level that occurs once says nothing of others
            known = common(frame[name], None, at_least=2)
            self.levels_[name] = pack(known)
            codes, _ = coded(frame[name], self.levels_[name])
            self.means_[name] = means(codes, len(known), targets, self.smooth)
            self.counts_[name] = counts(codes, len(known))
        return targets

    def _targets(self, y: Array) -> Array:
        if self.classes > 2:
            return np.asarray(y[:, None] == np.arange(self.classes), dtype=float)
        return np.asarray(y.astype(float)[:, None])

    def _wide_codes(self, frame: pd.DataFrame) -> Iterator[tuple[str, Array]]:
        for name in self.wide:
            yield name, coded(frame[name], self.levels_[name])[0]

    def _matrix(self, frame: pd.DataFrame, wide: list[tuple[Array, Array]]) -> Array:
        columns = [frame[name].to_numpy(dtype=np.float64) for name in self.numbers]
        columns += [_days(frame[name]) for name in self.moments]
        columns += [part for name in self.dates for part in _parts(frame[name])]
        columns += [self._codes(frame, name) for name in self.narrow]
        for target_means, often in wide:
            columns += [*target_means.T, often]
        made = np.empty((len(frame), len(columns)), order="F")
        for place, column in enumerate(columns):
            made[:, place] = column
        return made

    def _codes(self, frame: pd.DataFrame, name: str) -> Array:
        codes, missing = coded(frame[name], self.levels_[name])
        made = codes.astype(np.float64)
        made[codes < 0] = self.levels - 1 if self.shared_[name] else np.nan
        made[missing] = np.nan
        return made


def _days(dates: pd.Series) -> Array:
    """Days since 1970; NaN where missing."""
    moments = dates.to_numpy().astype("datetime64[us]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / _DAY)


def _parts(dates: pd.Series) -> list[Array]:
    """DATE_PARTS of naive dates, each with NaN where missing."""
    fields = pd.DatetimeIndex(dates.to_numpy().astype("datetime64[us]"))
    return [np.asarray(getattr(fields, field), dtype=np.float64) for field in DATE_PARTS.values()]
