"""Fitting a recipe with scikit-learn: rows in, a model out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.schema import Schema
from core.errors import BadRecipe, FootplateError
from core.recipes import code as user_code
from core.recipes.code import CodeFile
from core.recipes.pipeline import build, feature_schema, many_levels
from core.recipes.recipe import Recipe
from core.training.labels import Coding
from core.training.model import Array, Manifest, Predictions
from core.vocabulary import Task


@dataclass(frozen=True)
class Plan:
    """Everything about a fit but its rows. `schema` is the dataset's; `folder` is the recipe's."""

    recipe: Recipe
    recipe_hash: str
    code: Sequence[CodeFile]
    schema: Schema
    coding: Coding
    folder: Path
    tell: Callable[[str], None] = print
    measured: Callable[[list[tuple[str, int, float]]], None] | None = None  # told of (name, step, value) meanwhile


class SklearnModel:
    """A pipeline behind the user's own function, if there is one."""

    def __init__(self, manifest: Manifest, pipeline: Any, code: Sequence[CodeFile]) -> None:
        self.manifest = manifest
        self.pipeline = pipeline
        self.code = code
        self._custom = user_code.load_function(code, manifest.custom) if manifest.custom else None
        self._features = Schema.from_json(manifest.features)

    def can_predict(self) -> bool:
        return True

    def features_of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The typed feature columns of a frame of inputs."""
        if self._custom is None:
            return frame[list(self._features.names)]
        made, _ = user_code.typed(user_code.apply_custom(self._custom, frame[list(self.manifest.input_schema.names)]))
        return user_code.conform(made, self._features)

    def predict(self, frame: pd.DataFrame) -> Predictions:
        return self.predict_features(self.features_of(frame))

    def predict_features(self, features: Any) -> Predictions:
        """As `predict`, of what the pipeline's first step takes: feature columns, or whatever it begins with."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what an estimator mutters is no error of the rows
            if self.manifest.task == Task.REGRESSION:
                return Predictions(np.asarray(self.pipeline.predict(features), dtype=float).reshape(-1), None)
            probabilities = self._probabilities(features)
        return Predictions(probabilities.argmax(axis=1).astype(np.int64), probabilities)

    def _probabilities(self, features: Any) -> Array:
        """n x classes of the coding; from decision values where the estimator knows no probabilities."""
        known = np.asarray(self.pipeline.classes_, dtype=np.int64)
        if hasattr(self.pipeline, "predict_proba"):
            found = np.asarray(self.pipeline.predict_proba(features), dtype=float)
        elif hasattr(self.pipeline, "decision_function"):
            found = _from_decisions(np.asarray(self.pipeline.decision_function(features), dtype=float))
        else:
            found = (np.asarray(self.pipeline.predict(features))[:, None] == known).astype(float)
        whole = np.zeros((len(features), len(self.manifest.classes)))
        whole[:, known] = found
        return whole

    def files(self, folder: Path) -> None:
        from core.training import packaging

        (folder / "model.skops").write_bytes(packaging.dump(self.pipeline))
        for file in self.code:
            target = folder / "code" / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.data)


def _from_decisions(decisions: Array) -> Array:
    """Decision values squeezed into 0..1: the order is kept, the scale means nothing."""
    if decisions.ndim == 1:
        positive = 1 / (1 + np.exp(-np.clip(decisions, -500, 500)))
        return np.column_stack([1 - positive, positive])
    shifted = np.exp(decisions - decisions.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def fit(plan: Plan, frame: pd.DataFrame, truth: Array) -> SklearnModel:
    """Fit the recipe on typed rows (`frame`: the dataset's columns) and their truth (codes or values).

    Raises BadRecipe where the estimator does not take the task, its parameters or these rows.
    """
    recipe, coding = plan.recipe, plan.coding
    if recipe.features.custom:
        inputs = Schema(tuple(column for column in plan.schema.columns if column.name != recipe.data.target))
        function = user_code.load_function(plan.code, recipe.features.custom)
        table, schema = user_code.typed(user_code.apply_custom(function, frame[list(inputs.names)]))
        features = feature_schema(recipe, schema)
        table = table[list(features.names)]
    else:
        inputs = features = feature_schema(recipe, plan.schema)
        table = frame[list(features.names)]
    if not features.columns:
        raise BadRecipe(
            f"recipe {recipe.name}: data.drop: no column is left to learn from", "drop fewer columns", key="data.drop"
        )
    pipeline = build(recipe, features, coding.task, len(coding.classes), many_levels(table, features))
    _check_task(recipe, pipeline, coding.task)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            pipeline.fit(table, truth)
        except (FootplateError, MemoryError, OSError):
            raise
        except Exception as error:  # libraries raise kinds of their own
            raise BadRecipe(
                f"recipe {recipe.name}: {_estimator_name(pipeline)} could not be fitted: {_first_line(error)}",
                "look at [model] estimator and params, and at the data", key="model",
            ) from error
    for line in dict.fromkeys(f"{one.category.__name__}: {one.message}" for one in said):
        plan.tell(line)
    manifest = Manifest(
        recipe=recipe.name, recipe_hash=plan.recipe_hash, kind="sklearn", estimator=_estimator_name(pipeline),
        task=str(coding.task), classes=coding.classes, target=recipe.data.target,
        inputs=tuple(inputs.to_json()), features=tuple(features.to_json()), custom=recipe.features.custom,
        code=tuple({"name": file.name, "sha256": file.sha256} for file in plan.code),
    )
    return SklearnModel(manifest, pipeline, plan.code)


def params_of(model: SklearnModel) -> dict[str, Any]:
    """The estimator's parameters, as far as they are plain values."""
    params: Mapping[str, Any] = model.pipeline.steps[-1][1].get_params(deep=False)
    plain = {name: value for name, value in params.items() if isinstance(value, str | int | float | bool)}
    return {"estimator": model.manifest.estimator, **plain}


def _check_task(recipe: Recipe, pipeline: Any, task: Task) -> None:
    from sklearn.base import is_classifier, is_regressor

    estimator = pipeline.steps[-1][1]
    wrong = is_regressor(estimator) if task == Task.CLASSIFICATION else is_classifier(estimator)
    if wrong:
        raise BadRecipe(
            f"recipe {recipe.name}: model.estimator: {_estimator_name(pipeline)} does no {task}",
            "choose another estimator, or say task = \"classification\" or \"regression\"", key="model.estimator",
        )


def _estimator_name(pipeline: Any) -> str:
    kind = type(pipeline.steps[-1][1])
    return f"{kind.__module__.partition('._')[0]}.{kind.__qualname__}"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
