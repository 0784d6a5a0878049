"""Along the steps of a fit: what the estimator kept, and how the holdout's loss fell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from core.data.schema import Schema
from core.recipes.recipe import parse
from core.training import trainer
from core.training.labels import Coding
from core.training.steps import MOST_CURVES, MOST_STEPS, learning_curve, points_of, thinned
from core.training.trainer import Plan, SklearnModel
from core.vocabulary import Kind, Task

SCHEMA = Schema.of({"x": Kind.NUMBER, "y": Kind.NUMBER})
BOOSTED = "params = { max_iter = 30 }"


def rows(classes: int) -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=400)
    noisy = x + 0.5 * random.normal(size=400)
    bounds = np.linspace(-0.7, 0.7, classes - 1) if classes > 2 else [0.0]
    return pd.DataFrame({"x": x, "y": np.digitize(noisy, bounds).astype(float) if classes else noisy})


def fitted(frame: pd.DataFrame, task: Task, model: str = BOOSTED) -> tuple[SklearnModel, np.ndarray]:
    recipe = parse(f'watch = "in"\ntarget = "y"\n[model]\n{model}\n', "c.toml", "churn")
    coding = Coding.of(task, frame["y"])
    truth = coding.encode(frame["y"])
    return trainer.fit(Plan(recipe, "h", [], SCHEMA, coding, Path(), lambda text: None), frame, truth), truth


@pytest.mark.parametrize("classes", [2, 4])
def test_the_holdouts_log_loss_ends_where_the_model_is(classes: int) -> None:
    frame = rows(classes)
    model, truth = fitted(frame, Task.CLASSIFICATION)
    points = learning_curve(model, lambda chosen: frame.iloc[chosen], truth)
    assert [step for _, step, _ in points] == [*range(1, 31)]
    assert {name for name, _, _ in points} == {"holdout_log_loss"}
    assert points[0][2] > points[-1][2]
    said = model.predict(frame).probabilities
    assert points[-1][2] == pytest.approx(log_loss(truth, said))


def test_of_a_regression_it_is_the_rmse() -> None:
    frame = rows(0)
    model, truth = fitted(frame, Task.REGRESSION)
    points = learning_curve(model, lambda chosen: frame.iloc[chosen], truth)
    off = np.sqrt(np.mean((truth - model.predict(frame).values) ** 2))
    assert points[-1] == ("holdout_rmse", 30, pytest.approx(off))


def test_long_fits_are_drawn_of_few_steps_and_few_rows() -> None:
    frame = rows(2)
    model, truth = fitted(frame, Task.CLASSIFICATION, "params = { max_iter = 700, max_depth = 1 }")
    asked: list[int] = []

    def take(chosen: np.ndarray) -> pd.DataFrame:
        asked.append(len(chosen))
        return frame.iloc[chosen]

    points = learning_curve(model, take, truth)
    assert len(points) == MOST_STEPS and points[-1][1] == 700
    assert asked == [142], "100,000 trees x rows"


def test_other_estimators_have_no_steps() -> None:
    frame = rows(2)
    model, truth = fitted(frame, Task.CLASSIFICATION, 'estimator = "sklearn.linear_model.LogisticRegression"')
    assert learning_curve(model, lambda chosen: frame.iloc[chosen], truth) == points_of(model) == []


@pytest.mark.parametrize(("model", "names"), [
    (BOOSTED, set()),
    ("params = { max_iter = 30, early_stopping = true }", {"train_score", "validation_score"}),
    ('estimator = "sklearn.ensemble.GradientBoostingClassifier"\nparams = { n_estimators = 5 }', {"train_loss"}),
    ('estimator = "sklearn.neural_network.MLPClassifier"\nparams = { max_iter = 300 }', {"train_loss"}),
])
def test_what_estimators_keep_is_called_what_it_is(model: str, names: set[str]) -> None:
    points = points_of(fitted(rows(2), Task.CLASSIFICATION, model)[0])
    assert {name for name, _, _ in points} == names
    for name in names:
        values = [value for one, _, value in points if one == name]
        assert len(values) <= MOST_STEPS
        assert (values[-1] > values[0]) == name.endswith("score"), "scores rise, losses fall"


def test_what_a_command_wrote_is_thinned_to_its_shape() -> None:
    points = [("loss", step, 1 / (1 + step)) for step in range(5_000)][::-1]
    kept = thinned(points)
    assert len(kept) == 1_000 and (kept[0][1], kept[-1][1]) == (0, 4_999)
    assert [step for _, step, _ in kept] == sorted(step for _, step, _ in kept)
    assert len({name for name, _, _ in thinned([(f"m{one}", 0, 1.0) for one in range(100)])}) == MOST_CURVES
