"""How large a regression's error is likely to be where: a small model of the loss, learned from the holdout."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from core.monitoring import cells
from core.monitoring.reference import TEXTUAL
from core.training.evaluation import INTERVAL, Scores
from core.vocabulary import Kind

Array = np.ndarray[Any, Any]

FOLDS: Final = 5
TREES: Final = 60
LEAVES: Final = 8
LEAF: Final = 40  # rows
SQUARED: Final = frozenset({"rmse", "r2"})


@dataclass(frozen=True)
class Inputs:
    """The columns that the loss model reads: numbers as they are, categories by the place of their level."""

    kinds: Mapping[str, Kind]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> Inputs:
        kept = {name: kind for name, kind in kinds.items() if name in frame.columns}
        levels = {
            name: tuple(cells.levels(*cells.texts(frame[name]))[0]) for name, kind in kept.items() if kind in TEXTUAL
        }
        return cls(kept, levels)

    def matrix(self, frame: pd.DataFrame, said: Array) -> Array:
        """Rows x (columns + 1): the last is what the model said. A column that is not there is missing."""
        made = np.full((len(frame), len(self.kinds) + 1), np.nan)
        for place, name in enumerate(self.kinds):
            if name not in frame.columns:
                continue
            if name in self.levels:
                codes, names = cells.texts(frame[name])
                known = {level: at for at, level in enumerate(self.levels[name])}
                made[codes >= 0, place] = cells.place_texts(codes, names, known)
            else:
                made[:, place] = cells.numbers(frame[name])
        made[:, -1] = said
        return made


@dataclass(frozen=True)
class LossModel:
    """One small gradient boosting a fold of the holdout; `scale` makes their mean right where they had not looked,
    and `spread` is the standard deviation of the loss there, as a multiple of what they say of it."""

    metric: str
    inputs: Inputs
    models: tuple[Any, ...]
    scale: float
    spread: float
    rows: int

    @classmethod
    def of(
        cls, scores: Scores, metric: str, frame: pd.DataFrame, kinds: Mapping[str, Kind], seed: int
    ) -> LossModel | None:
        from sklearn.ensemble import HistGradientBoostingRegressor
        from sklearn.pipeline import Pipeline

        loss = _loss(scores, metric)
        if not np.isfinite(loss).all() or not np.isfinite(scores.predictions).all():
            return None
        inputs = Inputs.of(frame, kinds)
        matrix = inputs.matrix(frame, scores.predictions)
        tiny = max(1e-12, 1e-6 * float(loss.mean()))
        fold = np.arange(len(loss)) * FOLDS // len(loss)  # stretches: neighbours may hang together
        models, apart = [], np.zeros(len(loss))
        for one in range(FOLDS):
            boosting = HistGradientBoostingRegressor(
                loss="gamma", max_iter=TREES, max_leaf_nodes=LEAVES, min_samples_leaf=LEAF, early_stopping=False,
                random_state=seed,
            )
            model = Pipeline([("loss", boosting)]).fit(matrix[fold != one], loss[fold != one] + tiny)
            apart[fold == one] = model.predict(matrix[fold == one])
            models.append(model)
        scale = float(loss.sum() / max(tiny, apart.sum()))
        said = scale * apart
        spread = math.sqrt(float(((loss - said) ** 2).sum() / (said**2).sum()))
        return cls(metric, inputs, tuple(models), scale, spread, len(loss))

    def estimate(self, frame: pd.DataFrame, said: Array) -> tuple[float | None, float | None, float | None]:
        """The metric with its 95 % interval for what would be measured."""
        matrix = self.inputs.matrix(frame, said)
        losses = self.scale * np.array([model.predict(matrix) for model in self.models])
        each, mean = losses.mean(axis=1), float(losses.mean())
        # what the rows here leave open, and what the fit does (by the jackknife of its folds)
        here = self.spread**2 * float((losses.mean(axis=0) ** 2).mean()) / len(said)
        error = math.sqrt(here + (FOLDS - 1) / FOLDS * float(((each - mean) ** 2).sum()))
        from statistics import NormalDist

        far = NormalDist().inv_cdf((1 + INTERVAL) / 2) * error
        found = [_metric(self.metric, max(0.0, one), said) for one in (mean, mean - far, mean + far)]
        value, one, other = found
        return value, min(one, other), max(one, other)

    def files(self) -> dict[str, bytes]:
        from core.training.packaging import dump

        told = {
            "metric": self.metric, "scale": self.scale, "spread": self.spread, "rows": self.rows,
            "kinds": {name: kind.value for name, kind in self.inputs.kinds.items()},
            "levels": {name: list(levels) for name, levels in self.inputs.levels.items()},
        }
        made = {"losses.json": json.dumps(told).encode("utf-8", "surrogatepass")}
        return made | {f"losses-{place}.skops": dump(model) for place, model in enumerate(self.models)}

    @classmethod
    def read(cls, archive: zipfile.ZipFile) -> LossModel:
        from core.training.packaging import undump

        told = json.loads(archive.read("losses.json").decode("utf-8", "surrogatepass"))
        inputs = Inputs(
            {name: Kind(kind) for name, kind in told["kinds"].items()},
            {name: tuple(levels) for name, levels in told["levels"].items()},
        )
        models = tuple(undump(archive.read(f"losses-{place}.skops")) for place in range(FOLDS))
        return cls(told["metric"], inputs, models, told["scale"], told["spread"], told["rows"])


def _loss(scores: Scores, metric: str) -> Array:
    error = np.abs(scores.truth - scores.predictions)
    if metric in SQUARED:
        return np.asarray(error**2)
    if metric == "mape":
        return np.asarray(error / np.maximum(np.abs(scores.truth), np.finfo(float).eps))
    return np.asarray(error)


def _metric(metric: str, loss: float, said: Array) -> float:
    """From the mean loss to the metric. R2 takes the truth to vary as what is said and the error together."""
    if metric == "rmse":
        return math.sqrt(loss)
    if metric == "r2":
        total = float(said.var()) + loss
        return 1 - loss / total if total > 0 else 0.0
    return loss
