"""From typed columns to a matrix of numbers: our own transformers, plain enough to be kept as skops files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import KFold, StratifiedKFold

Array = np.ndarray[Any, Any]

DATE_PARTS = ("year", "month", "day", "weekday", "hour", "epoch")
LEVELS = 254  # what HistGradientBoosting takes as native categories


class TableEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Typed frame -> float64 matrix for estimators that take NaN and categories as codes.

    `numbers` are taken as they are; of each of `dates` the parts are made; `categories` become codes by how
    often they occur (0: the commonest; a level that is new or beyond `levels` is missing).
    """

    def __init__(
        self, numbers: list[str] | None = None, dates: list[str] | None = None, categories: list[str] | None = None,
        levels: int = LEVELS,
    ) -> None:
        self.numbers = numbers
        self.dates = dates
        self.categories = categories
        self.levels = levels

    def fit(self, frame: pd.DataFrame, y: Any = None) -> TableEncoder:
        self.codes_ = {name: _common(frame[name], self.levels) for name in self.categories or []}
        return self

    def transform(self, frame: pd.DataFrame) -> Array:
        columns = [frame[name].to_numpy(dtype=np.float64) for name in self.numbers or []]
        for name in self.dates or []:
            columns += date_parts(frame[name])
        columns += [_codes(frame[name], self.codes_[name]) for name in self.categories or []]
        return np.column_stack(columns) if columns else np.zeros((len(frame), 0))


def date_parts(dates: pd.Series) -> list[Array]:
    """Year, month, day, weekday, hour and days since 1970 of naive UTC dates; NaN where missing."""
    moments = dates.dt
    parts = [moments.year, moments.month, moments.day, moments.weekday, moments.hour]
    made = [part.to_numpy(dtype=np.float64, na_value=np.nan) for part in parts]
    missing = dates.isna().to_numpy()
    days = dates.to_numpy().astype("datetime64[us]").astype(np.int64) / 86_400e6
    return [*made, np.where(missing, np.nan, days)]


def _common(values: pd.Series, levels: int) -> list[str]:
    """The commonest levels, commonest first; equally common ones in the order of their names."""
    counts = values.value_counts(dropna=True, sort=False)
    ordered = sorted(zip(counts.tolist(), map(str, counts.index), strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [name for _, name in ordered[:levels]]


def _codes(values: pd.Series, known: list[str]) -> Array:
    places = pd.Index(known, dtype=object).get_indexer(pd.Index(values.astype(object)))
    codes = places.astype(np.float64)
    codes[places < 0] = np.nan
    return codes


class MeanEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Categories with many levels -> the smoothed mean of the target at each, and how often it occurs.

    While fitting, each row gets the mean of the other folds (Micci-Barreca 2001, cross-fitted as in scikit-learn's
    TargetEncoder), so that no row sees its own label. New and missing levels get the overall mean. With
    `classes` > 2 there is a column a class; regression has `classes` = 0.
    """

    def __init__(self, columns: list[str] | None = None, classes: int = 0, seed: int = 0, smooth: float = 20.0) -> None:
        self.columns = columns
        self.classes = classes
        self.seed = seed
        self.smooth = smooth

    def fit(self, frame: pd.DataFrame, y: Any) -> MeanEncoder:
        targets = self._targets(np.asarray(y))
        self.overall_ = targets.mean(axis=0)
        self.levels_ = {}
        self.means_ = {}
        self.counts_ = {}
        for name in self.columns or []:
            codes, levels = pd.factorize(frame[name].astype(object))
            self.levels_[name] = [str(level) for level in levels]
            self.means_[name] = self._means(codes, targets, len(levels))
            self.counts_[name] = np.log1p(np.bincount(codes[codes >= 0], minlength=len(levels))).astype(float)
        return self

    def fit_transform(self, frame: pd.DataFrame, y: Any = None, **params: Any) -> Array:
        self.fit(frame, y)
        truth = np.asarray(y)
        targets = self._targets(truth)
        folds = self._folds(truth)
        pieces = []
        for name in self.columns or []:
            codes, levels = pd.factorize(frame[name].astype(object))
            made = np.tile(self.overall_, (len(frame), 1))
            for kept, held in folds:
                means = self._means(codes[kept], targets[kept], len(levels))
                made[held] = self._looked_up(codes[held], means)
            pieces += [made, self._frequency(codes, self.counts_[name])]
        return np.column_stack(pieces) if pieces else np.zeros((len(frame), 0))

    def transform(self, frame: pd.DataFrame) -> Array:
        pieces = []
        for name in self.columns or []:
            codes = pd.Index(self.levels_[name], dtype=object).get_indexer(pd.Index(frame[name].astype(object)))
            pieces += [self._looked_up(codes, self.means_[name]), self._frequency(codes, self.counts_[name])]
        return np.column_stack(pieces) if pieces else np.zeros((len(frame), 0))

    def _targets(self, y: Array) -> Array:
        if self.classes > 2:
            return (y[:, None] == np.arange(self.classes)).astype(float)
        return y.astype(float)[:, None]

    def _folds(self, y: Array) -> list[tuple[Array, Array]]:
        count = min(5, len(y))
        if count < 2:
            return []
        if self.classes and np.bincount(y.astype(np.int64)).max(initial=0) >= count:
            import warnings

            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # a class with fewer rows than folds is all right
                return list(StratifiedKFold(count, shuffle=True, random_state=self.seed).split(np.zeros(len(y)), y))
        return list(KFold(count, shuffle=True, random_state=self.seed).split(np.zeros(len(y))))

    def _means(self, codes: Array, targets: Array, levels: int) -> Array:
        known = codes >= 0
        counts = np.bincount(codes[known], minlength=levels).astype(float)
        sums = np.column_stack(
            [np.bincount(codes[known], weights=column[known], minlength=levels) for column in targets.T]
        )
        overall = targets.mean(axis=0) if len(targets) else self.overall_
        return np.asarray((sums + self.smooth * overall) / (counts + self.smooth)[:, None])

    def _looked_up(self, codes: Array, means: Array) -> Array:
        table = np.vstack([means, self.overall_])  # code -1 takes the last
        return np.asarray(table[codes])

    @staticmethod
    def _frequency(codes: Array, counts: Array) -> Array:
        return np.asarray(np.append(counts, 0.0)[codes])


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The parts of date columns as numbers, for estimators that take no dates."""

    def __init__(self, columns: list[str] | None = None) -> None:
        self.columns = columns

    def fit(self, frame: pd.DataFrame, y: Any = None) -> DateParts:
        self.fitted_ = True
        return self

    def transform(self, frame: pd.DataFrame) -> Array:
        return np.column_stack([part for name in self.columns or [] for part in date_parts(frame[name])])


class TextFiller(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Text with a level of its own for what is missing, as plain objects."""

    def fit(self, frame: pd.DataFrame, y: Any = None) -> TextFiller:
        self.fitted_ = True
        return self

    def transform(self, frame: pd.DataFrame) -> Array:
        table = frame.astype(object)
        return np.asarray(table.where(table.notna(), "(missing)").to_numpy(dtype=object))
