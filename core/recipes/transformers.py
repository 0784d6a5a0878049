"""From typed columns to a matrix of numbers, plain enough to be kept as a skops file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from core.recipes.levels import Array, Texts, coded, common, counts, cross_fitted, folds_of, means, pack

DATE_PARTS: Final = ("year", "month", "day", "weekday", "hour")
MOST_LEVELS: Final = 50_000  # of a wide category that are remembered
_DAY: Final = 86_400e6  # microseconds
_THURSDAY: Final = 3  # 1970-01-01


class TableEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Typed frame -> float64 matrix, NaN where missing. Its columns, in this order:

    narrow    categories as codes by how common a level is (0: the commonest); of more than `levels` the rest
              share the last code; a level that is new gets the shared code where there is one, else is missing
    numbers   as they are
    moments   dates as days since 1970
    dates     year, month, day, weekday (Monday: 0) and hour of each
    wide      categories with many levels: the smoothed mean of the target at the level (one column for each
              of more than two classes), and log(1 + how often it occurs)

    A column that has no value at all while fitting is 0 from then on: some estimators stumble over it.

    In `fit_transform` a row of a wide category sees the labels and counts of other rows only, so that it does
    not leak its own; `fit().transform()` on the same rows is another thing, as with scikit-learn's TargetEncoder.
    `classes` is 0 for regression.
    """

    def __init__(
        self, narrow: tuple[str, ...] = (), numbers: tuple[str, ...] = (), moments: tuple[str, ...] = (),
        dates: tuple[str, ...] = (), wide: tuple[str, ...] = (), levels: int = 255, classes: int = 0, seed: int = 0,
        smooth: float = 10.0,
    ) -> None:
        self.narrow = narrow
        self.numbers = numbers
        self.moments = moments
        self.dates = dates
        self.wide = wide
        self.levels = levels
        self.classes = classes
        self.seed = seed
        self.smooth = smooth

    def fit(self, frame: pd.DataFrame, y: Any = None) -> TableEncoder:
        self.fit_transform(frame, y)
        return self

    def fit_transform(self, frame: pd.DataFrame, y: Any = None, **_: Any) -> Array:
        texts = self._texts(frame)
        targets = self._learn(texts, y)
        folds = folds_of(len(frame), self.seed)
        wide = []
        for name in self.wide:
            codes, often = coded(texts[name], self.levels_[name]), self.counts_[name]
            wide += [*cross_fitted(codes, len(often) - 1, targets, self.smooth, folds).T]
            wide.append(np.log1p(np.maximum(often[codes] - 1, 0)))
        matrix = self._matrix(frame, texts, wide)
        self.blank_ = np.flatnonzero([np.isnan(column).all() for column in matrix.T])
        matrix[:, self.blank_] = 0.0
        return matrix

    def transform(self, frame: pd.DataFrame) -> Array:
        texts = self._texts(frame)
        wide = []
        for name in self.wide:
            codes = coded(texts[name], self.levels_[name])
            wide += [*self.means_[name][codes].T, np.log1p(self.counts_[name][codes])]
        matrix = self._matrix(frame, texts, wide)
        matrix[:, self.blank_] = 0.0
        return matrix

    def get_feature_names_out(self, _: Any = None) -> Array:
        """One name a column of the matrix: `age`, `joined.month`, `city.mean`, `city.mean.2`, `city.count`."""
        names = [*self.narrow, *self.numbers, *self.moments]
        names += [f"{name}.{part}" for name in self.dates for part in DATE_PARTS]
        for name in self.wide:
            width = self.means_[name].shape[1]
            names += [f"{name}.mean"] if width == 1 else [f"{name}.mean.{place}" for place in range(width)]
            names.append(f"{name}.count")
        return np.array(names, dtype=object)

    def _texts(self, frame: pd.DataFrame) -> dict[str, Texts]:
        return {name: Texts.of(frame[name]) for name in (*self.narrow, *self.wide)}

    def _learn(self, texts: Mapping[str, Texts], y: Any) -> Array:
        """Learn the levels, and what the target is like at those of the wide categories; the targets, n x k."""
        self.levels_: dict[str, str] = {}
        self.shared_: dict[str, bool] = {}
        self.means_: dict[str, Array] = {}
        self.counts_: dict[str, Array] = {}
        for name in self.narrow:
            found = common(texts[name], self.levels + 1)
            self.shared_[name] = len(found) > self.levels
            self.levels_[name] = pack(found[: self.levels - 1] if self.shared_[name] else found)
        targets = self._targets(np.asarray(y)) if self.wide else np.empty((0, 0))
        for name in self.wide:
            known = common(texts[name], MOST_LEVELS, at_least=2)  # what occurs once says nothing of others
            self.levels_[name] = pack(known)
            codes = coded(texts[name], self.levels_[name])
            self.means_[name] = means(codes, len(known), targets, self.smooth)
            self.counts_[name] = counts(codes, len(known))
        return targets

    def _targets(self, y: Array) -> Array:
        if self.classes > 2:
            return np.asarray(y[:, None] == np.arange(self.classes), dtype=float)
        return np.asarray(y.astype(float)[:, None])

    def _matrix(self, frame: pd.DataFrame, texts: Mapping[str, Texts], wide: list[Array]) -> Array:
        columns = [self._codes(texts[name], name) for name in self.narrow]
        columns += [frame[name].to_numpy(dtype=np.float64) for name in self.numbers]
        columns += [_days(frame[name]) for name in self.moments]
        columns += [part for name in self.dates for part in _parts(frame[name])]
        columns += wide
        made = np.empty((len(frame), len(columns)), order="F")
        for place, column in enumerate(columns):
            made[:, place] = column
        return made

    def _codes(self, texts: Texts, name: str) -> Array:
        codes = coded(texts, self.levels_[name])
        made = codes.astype(np.float64)
        made[codes < 0] = self.levels - 1 if self.shared_[name] else np.nan
        made[texts.missing] = np.nan
        return made


def _days(dates: pd.Series) -> Array:
    """Days since 1970; NaN where missing."""
    moments = _moments(dates)
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / _DAY)


def _parts(dates: pd.Series) -> list[Array]:
    """DATE_PARTS of naive dates, each with NaN where missing."""
    moments = _moments(dates)
    missing = np.isnat(moments)
    years, months, days, hours = (moments.astype(f"datetime64[{unit}]") for unit in "YMDh")
    parts = (
        years.astype(np.int64) + 1970, months.astype(np.int64) % 12 + 1, (days - months).astype(np.int64) + 1,
        (days.astype(np.int64) + _THURSDAY) % 7, (hours - days).astype(np.int64),
    )
    return [np.where(missing, np.nan, part) for part in parts]


def _moments(dates: pd.Series) -> Array:
    return dates.to_numpy().astype("datetime64[us]")
