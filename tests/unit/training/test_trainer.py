"""Fitting: what an estimator does not take is the recipe's fault, and said in a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from core.data.schema import Schema
from core.errors import BadRecipe
from core.recipes.recipe import parse
from core.training import trainer
from core.training.labels import Coding
from core.training.trainer import Plan
from core.vocabulary import Kind, Task

SCHEMA = Schema.of({"index": Kind.NUMBER, "y": Kind.NUMBER})
FRAME = pd.DataFrame({"index": np.arange(40.0), "y": np.repeat([0.0, 1.0], 20)})


def plan(model: str = "params = { max_iter = 2 }", task: Task = Task.CLASSIFICATION) -> Plan:
    recipe = parse(f'watch = "in"\ntarget = "y"\n[model]\n{model}\n', "churn.toml", "churn")
    return Plan(recipe, "hash", [], SCHEMA, Coding.of(task, FRAME["y"]), Path(), lambda text: None)


def fit(one: Plan) -> Any:
    return trainer.fit(one, FRAME, one.coding.encode(FRAME["y"]))


@pytest.mark.parametrize("kind", [RuntimeError, KeyError, ValueError])
def test_whatever_an_estimator_raises_is_told_of_the_recipe(kind: type[Exception], monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise kind("no luck\nat all")

    monkeypatch.setattr(HistGradientBoostingClassifier, "fit", fail)
    with pytest.raises(BadRecipe, match=r"HistGradientBoostingClassifier could not be fitted: '?no luck") as said:
        fit(plan())
    assert said.value.key == "model"


@pytest.mark.parametrize("kind", [MemoryError, OSError])
def test_what_may_pass_is_not(kind: type[Exception], monkeypatch: Any) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise kind("later perhaps")

    monkeypatch.setattr(HistGradientBoostingClassifier, "fit", fail)
    with pytest.raises(kind):
        fit(plan())


def test_an_estimator_of_the_other_task_is_refused() -> None:
    with pytest.raises(BadRecipe, match=r"Ridge does no classification"):
        fit(plan('estimator = "sklearn.linear_model.Ridge"'))


def test_where_no_column_is_left_nothing_can_be_learned() -> None:
    with pytest.raises(BadRecipe, match="no column is left"):
        fit(plan('params = {}\n[data]\ndrop = ["index"]'))


@pytest.mark.parametrize("estimator", ["sklearn.svm.LinearSVC", "sklearn.linear_model.RidgeClassifier"])
def test_decisions_keep_their_order_where_there_are_no_probabilities(estimator: str) -> None:
    said = fit(plan(f'estimator = "{estimator}"')).predict(FRAME)
    assert np.allclose(said.probabilities.sum(axis=1), 1)
    assert (np.diff(said.probabilities[:, 1]) > 0).all()


def test_params_are_plain_values() -> None:
    params = trainer.params_of(fit(plan()))
    assert params["estimator"] == "sklearn.ensemble.HistGradientBoostingClassifier"
    assert params["max_iter"] == 2
    assert "categorical_features" not in params or isinstance(params["categorical_features"], str)
