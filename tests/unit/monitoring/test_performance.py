"""Performance without labels: it follows the columns, and is blind to the rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Corrupted
from core.monitoring import performance
from core.monitoring.performance import Estimator
from core.training.evaluation import Scores, measure
from core.training.metrics import METRICS
from core.training.model import Predictions
from core.vocabulary import Kind, Reading, Task

Array = np.ndarray[Any, Any]


def sigmoid(value: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-value)))


def asked(rows: int, seed: int, *, centre: float = 0.0, rule: float = 1.5, overconfident: float = 2.0) -> Scores:
    """Rows around `centre` whose second class is likelier by `rule`; a model that knows 1.5, and brags."""
    random = np.random.default_rng(seed)
    place = random.normal(centre, 1, rows)
    truth = (random.random(rows) < sigmoid(rule * place)).astype(np.int64)
    second = sigmoid(1.5 * overconfident * place)
    return Scores(Task.CLASSIFICATION, truth, (second > 0.5).astype(np.int64), np.column_stack([1 - second, second]),
                  ("no", "yes"))


def said(scores: Scores) -> Predictions:
    return Predictions(scores.predictions, scores.probabilities)


def learned(scores: Scores, metric: str) -> Estimator:
    expected = measure(scores, [metric], ordered=False, seed=0, draws=200)[metric]
    found = performance.fit(scores, metric, expected=expected)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "metric", ["roc_auc", "accuracy", "log_loss", "f1", "brier", "average_precision", "f1_macro"]
)
@pytest.mark.parametrize("centre", [0.0, 1.0, -1.5])
def test_the_estimate_follows_a_shift_of_the_columns(metric: str, centre: float) -> None:
    estimator = learned(asked(4000, 1), metric)
    window = asked(3000, 2, centre=centre)
    truth = METRICS[metric].value(window)
    found = estimator.estimate(said(window))
    assert found.value is not None and found.lower is not None and found.upper is not None and truth is not None
    assert found.lower <= truth <= found.upper
    assert found.upper - found.lower < (0.3 if metric == "log_loss" else 0.16)


def test_it_is_blind_to_another_rule_and_says_so() -> None:
    estimator = learned(asked(4000, 1), "accuracy")
    window = asked(3000, 2, rule=-1.5)
    truth = METRICS["accuracy"].value(window)
    found = estimator.estimate(said(window))
    assert truth is not None and truth < 0.35
    assert found.value is not None and found.value > 0.65
    assert found.verdict is Reading.OK
    assert "blind where the same rows get other labels" in found.summary


@given(st.floats(-1.2, 1.2), st.integers(0, 10**6))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_wherever_the_columns_go_the_estimate_goes_with_the_truth(centre: float, seed: int) -> None:
    """And not where the rule turns round: that is concept drift."""
    estimator = learned(asked(3000, 1), "accuracy")
    window, turned = asked(3000, seed, centre=centre), asked(3000, seed, centre=centre, rule=-1.5)
    followed, blind = estimator.estimate(said(window)), estimator.estimate(said(turned))
    truth, fallen = METRICS["accuracy"].value(window), METRICS["accuracy"].value(turned)
    assert followed.value is not None and blind.value is not None and truth is not None and fallen is not None
    assert abs(followed.value - truth) < 0.05
    assert blind.value - fallen > 0.3


def test_it_is_kept_without_pickle_and_says_the_same() -> None:
    estimator = learned(asked(2000, 1), "roc_auc")
    data = estimator.to_bytes()
    window = asked(500, 3)
    assert performance.load(data).estimate(said(window)) == estimator.estimate(said(window))
    with pytest.raises(Corrupted):
        performance.load(data[:100])


def priced(rows: int, seed: int, *, centre: float = 0.0, noise: float = 1.0) -> tuple[pd.DataFrame, Scores]:
    """Rows whose error grows with their place and is larger on one street."""
    random = np.random.default_rng(seed)
    place = random.normal(centre, 1, rows)
    street = random.choice(["elm", "oak"], rows)
    spread = noise * np.exp(0.5 * place) * np.where(street == "oak", 2.0, 1.0)
    truth = 3 * place + random.normal(0, 1, rows) * spread
    frame = pd.DataFrame({"place": place, "street": pd.Series(street, dtype="str")})
    return frame, Scores(Task.REGRESSION, truth, 3 * place, None, ())


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
@pytest.mark.parametrize("centre", [0.0, 1.0])
def test_the_loss_model_follows_a_shift_of_the_columns(metric: str, centre: float) -> None:
    frame, scores = priced(4000, 1)
    kinds = {"place": Kind.NUMBER, "street": Kind.CATEGORY}
    expected = measure(scores, [metric], ordered=False, seed=0, draws=200)[metric]
    estimator = performance.fit(scores, metric, frame, kinds, expected=expected)
    assert estimator is not None
    rows, window = priced(2000, 2, centre=centre)
    found = performance.load(estimator.to_bytes()).estimate(Predictions(window.predictions, None), rows)
    truth = METRICS[metric].value(window)
    assert found.value is not None and truth is not None and expected.value is not None
    assert abs(found.value - truth) < 0.15 * abs(truth)
    if centre:
        assert abs(found.value - truth) < abs(expected.value - truth) / 2


def test_the_interval_of_the_loss_model_holds_what_is_measured() -> None:
    held = 0
    for seed in range(8):
        frame, scores = priced(2000, seed)
        expected = measure(scores, ["mae"], ordered=False, seed=0, draws=100)["mae"]
        kinds = {"place": Kind.NUMBER, "street": Kind.CATEGORY}
        estimator = performance.fit(scores, "mae", frame, kinds, expected=expected)
        assert estimator is not None
        rows, window = priced(800, 100 + seed, centre=0.5)
        found, truth = estimator.estimate(Predictions(window.predictions, None), rows), METRICS["mae"].value(window)
        assert found.lower is not None and found.upper is not None and truth is not None
        held += found.lower <= truth <= found.upper
    assert held >= 6


def test_too_few_rows_are_not_guessed_from() -> None:
    assert performance.fit(asked(50, 1), "roc_auc", expected=measure(
        asked(50, 1), ["roc_auc"], ordered=False, seed=0, draws=200)["roc_auc"]) is None
    found = learned(asked(2000, 1), "roc_auc").estimate(said(asked(10, 2)))
    assert (found.verdict, found.value) == (Reading.INSUFFICIENT_DATA, None)
