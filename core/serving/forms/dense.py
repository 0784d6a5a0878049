"""The step between encoder and estimator, for estimators that take no gaps and no codes: what
`core.recipes.pipeline` builds of one-hot codes and of imputed, marked and scaled numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from core.serving.forms.form import Array, NotCompiled

PREFIX: Final = "dense."  # of its arrays
_STRANGE: Final = 1e9  # no code


def compiled(step: Any) -> dict[str, Array]:
    """The arrays of a fitted ColumnTransformer like that of `pipeline`; NotCompiled for any other."""
    parts = {name: (made, columns) for name, made, columns in step.transformers_ if name != "remainder"}
    if not parts.keys() <= {"levels", "numbers"} or step.sparse_output_:
        raise NotCompiled("the steps before the estimator are not known")
    codes = _hot(parts["levels"][0]) if "levels" in parts else []
    numbers = _scaled(parts["numbers"][0]) if "numbers" in parts else (np.empty(0),) * 4
    made = {
        "values": np.concatenate([np.empty(0), *(values for values, _, _ in codes)]),
        "places": np.concatenate([np.empty(0, dtype=np.int64), *(places for _, places, _ in codes)]),
        "sizes": np.array([len(values) for values, _, _ in codes], dtype=np.int64),
        "widths": np.array([width for _, _, width in codes], dtype=np.int64),
    }
    made |= dict(zip(("fill", "marked", "mean", "scale"), numbers, strict=True))
    return {PREFIX + name: array for name, array in made.items()}


def _hot(encoder: Any) -> list[tuple[Array, Array, int]]:
    """For each column: its codes, with NaN for a gap and _STRANGE for any other; the place that each sets; how many
    places there are. Asked of the encoder itself, so that its rules for rare and new codes hold. -1: none is set."""
    usual = [categories[0] for categories in encoder.categories_]
    prefixes = [f"x{column}_" for column in range(len(usual))]
    names = encoder.get_feature_names_out(prefixes := [prefix[:-1] for prefix in prefixes])
    made = []
    for column, categories in enumerate(encoder.categories_):
        values = np.concatenate([categories[~np.isnan(categories)], [np.nan, _STRANGE]])
        rows = np.tile(np.array(usual, dtype=np.float64), (len(values), 1))
        rows[:, column] = values
        mine = [name.startswith(f"{prefixes[column]}_") for name in names]
        out = np.asarray(encoder.transform(rows))[:, mine]
        made.append((values, np.where(out.any(axis=1), out.argmax(axis=1), -1), out.shape[1]))
    return made


def _scaled(steps: Any) -> tuple[Array, Array, Array, Array]:
    """What gaps are filled with, which columns are marked where they have one, and the scaler's mean and scale."""
    imputer, scaler = steps.named_steps["impute"], steps.named_steps["scale"]
    fill = np.nan_to_num(np.asarray(imputer.statistics_, dtype=np.float64), nan=0.0)
    marked = np.asarray(imputer.indicator_.features_, dtype=np.int64)
    return fill, marked, np.asarray(scaler.mean_), np.asarray(scaler.scale_)


class Dense:
    """What `compiled` kept, made ready."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        mine = {name: arrays[PREFIX + name] for name in
                ("values", "places", "sizes", "widths", "fill", "marked", "mean", "scale")}
        self._hot: list[tuple[dict[float, int], int, int]] = []
        start = first = 0
        for size, width in zip(mine["sizes"].tolist(), mine["widths"].tolist(), strict=True):
            values = mine["values"][start : start + size].tolist()
            places = [first + place if place >= 0 else -1 for place in mine["places"][start : start + size].tolist()]
            gap, strange = places[-2:]
            self._hot.append((dict(zip(values[:-2], places[:-2], strict=True)), gap, strange))
            start, first = start + size, first + width
        self._codes, self._blank = len(self._hot), [0.0] * first
        self._fill, self._marked = mine["fill"].tolist(), mine["marked"].tolist()
        self._mean, self._scale = mine["mean"].tolist(), mine["scale"].tolist()

    def one(self, row: Sequence[float]) -> list[float]:
        made = self._blank.copy()
        for value, (places, gap, strange) in zip(row, self._hot, strict=False):
            place = gap if value != value else places.get(value, strange)
            if place >= 0:
                made[place] = 1.0
        numbers = row[self._codes :]
        filled = [fill if value != value else value for value, fill in zip(numbers, self._fill, strict=True)]
        filled += [1.0 if numbers[column] != numbers[column] else 0.0 for column in self._marked]
        made += [
            (value - mean) / scale for value, mean, scale in zip(filled, self._mean, self._scale, strict=True)
        ]
        return made

    def many(self, matrix: Array) -> Array:
        return np.array([self.one(row) for row in matrix.tolist()])
