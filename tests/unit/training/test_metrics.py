"""Every metric against scikit-learn, weighted and not."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.training.metrics import METRICS, Scores
from core.vocabulary import Task

Array = np.ndarray[Any, Any]


def classified(truth: Array, probabilities: Array) -> Scores:
    classes = tuple(str(code) for code in range(probabilities.shape[1]))
    return Scores(Task.CLASSIFICATION, truth, probabilities.argmax(axis=1), probabilities, classes)


def binary(truth: list[int], second: list[float]) -> Scores:
    chance = np.array(second)
    return classified(np.array(truth), np.column_stack([1 - chance, chance]))


def regressed(truth: Array, predictions: Array) -> Scores:
    return Scores(Task.REGRESSION, np.asarray(truth, float), np.asarray(predictions, float), None, ())


def expected(name: str, scores: Scores, repeats: Array) -> float:
    """scikit-learn's value of the rows, each repeated as often as it counts."""
    rows = np.repeat(np.arange(len(scores)), repeats)
    truth, said = scores.truth[rows], scores.predictions[rows]
    if scores.task == Task.REGRESSION:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float({
                "rmse": oracle.root_mean_squared_error, "mae": oracle.mean_absolute_error,
                "mape": oracle.mean_absolute_percentage_error, "r2": oracle.r2_score,
            }[name](truth, said))
    assert scores.probabilities is not None
    chances, count = scores.probabilities[rows], len(scores.classes)
    labels = list(range(count))
    onehot = np.eye(count)[truth]
    present = [code for code in labels if 0 < (truth == code).sum() < len(truth)]
    if name == "roc_auc":
        if count == 2:
            return float(oracle.roc_auc_score(truth, chances[:, 1]))
        return float(np.mean([oracle.roc_auc_score(onehot[:, code], chances[:, code]) for code in present]))
    if name == "average_precision":
        if count == 2:
            return float(oracle.average_precision_score(truth, chances[:, 1]))
        found = [code for code in labels if (truth == code).any()]
        return float(np.mean([oracle.average_precision_score(onehot[:, code], chances[:, code]) for code in found]))
    if name == "brier":
        return float(oracle.brier_score_loss(truth, chances, labels=labels, scale_by_half="auto"))
    if name == "log_loss":
        return float(oracle.log_loss(truth, chances, labels=labels))
    if name == "f1":
        if count == 2:
            return float(oracle.f1_score(truth, said, zero_division=np.nan))
        return float(oracle.f1_score(truth, said, average="macro"))
    if name == "f1_macro":
        return float(oracle.f1_score(truth, said, average="macro"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # y_pred contains classes not in y_true
        oracles = {"accuracy": oracle.accuracy_score, "balanced_accuracy": oracle.balanced_accuracy_score}
        return float(oracles[name](truth, said))


def agree(scores: Scores, repeats: Array) -> None:
    for metric in METRICS.values():
        if scores.task not in metric.tasks:
            continue
        ours = metric.value(scores, repeats)
        theirs = expected(metric.name, scores, repeats)
        if ours is None:
            assert not np.isfinite(theirs), metric.name
        else:
            assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12), metric.name


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([2, 3, 5]), st.booleans())
def test_classifiers_are_measured_as_scikit_learn_does(seed: int, classes: int, ties: bool) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(30, 90))
    truth = random.integers(0, classes, size=count)
    chances = random.dirichlet(np.ones(classes), size=count)
    if ties:
        chances = np.maximum(np.round(chances * 4), 0.25)
        chances /= chances.sum(axis=1, keepdims=True)
    scores = classified(truth, chances)
    repeats = random.integers(0, 4, size=count)
    repeats[[int(np.flatnonzero(truth == code)[0]) for code in np.unique(truth)]] = 1  # no class is lost
    agree(scores, np.ones(count, dtype=np.int64))
    agree(scores, repeats)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1.0, 1e-3, 1e6]))
def test_regressors_are_measured_as_scikit_learn_does(seed: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    truth = np.round(random.normal(3, 2, size=40), 1) * scale
    scores = regressed(truth, truth + random.normal(size=40) * scale)
    agree(scores, np.ones(40, dtype=np.int64))
    agree(scores, random.integers(0, 4, size=40))


def test_classes_that_are_missing_in_the_holdout_do_not_count() -> None:
    random = np.random.default_rng(3)
    truth = random.choice([0, 2], size=60)
    agree(classified(truth, random.dirichlet(np.ones(4), size=60)), np.ones(60, dtype=np.int64))


def test_mape_of_zeros_is_huge_as_scikit_learns() -> None:
    agree(regressed(np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.0, 2.5])), np.ones(3, dtype=np.int64))


def test_r2_of_a_constant_truth() -> None:
    for off in (0.0, 0.5):
        agree(regressed(np.full(5, 7.1), np.full(5, 7.1 + off)), np.array([1, 2, 0, 1, 1]))


def test_log_loss_clips_what_was_called_impossible() -> None:
    scores = binary([0, 1], [1.0, 0.0])
    assert METRICS["log_loss"].value(scores) == pytest.approx(36.04, abs=0.01)
    agree(scores, np.ones(2, dtype=np.int64))


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_a_ranking_of_one_class_is_undefined_and_not_nan(name: str) -> None:
    scores = binary([0, 0, 0], [0.1, 0.2, 0.3])
    assert METRICS["roc_auc"].value(scores) is None
    one_class = classified(np.zeros(4, dtype=np.int64), np.full((4, 3), 1 / 3))
    assert METRICS["roc_auc"].value(one_class) is None
    assert METRICS[name].value(binary([1, 0], [0.2, 0.1]), np.array([0, 0])) is None


def test_f1_and_average_precision_are_about_the_rarer_class_where_one_is_rare() -> None:
    truth = [1] * 9 + [0]
    second = [0.9] * 8 + [0.4, 0.1]
    scores = binary(truth, second)
    assert scores.positive == 0
    assert METRICS["f1"].value(scores) == pytest.approx(oracle.f1_score(truth, scores.predictions, pos_label=0))
    assert METRICS["average_precision"].value(scores) == pytest.approx(1.0)
    assert binary([0, 0, 1], [0.5] * 3).positive == 1
    assert binary([0] * 9 + [1], [0.5] * 10).positive == 1


def test_a_prediction_that_is_no_known_class_is_wrong() -> None:
    scores = Scores(
        Task.CLASSIFICATION, np.array([0, 1, 1, 2]), np.array([0, -1, 1, -1]), None, ("a", "b", "c")
    )
    assert METRICS["accuracy"].value(scores) == 0.5
    assert METRICS["balanced_accuracy"].value(scores) == pytest.approx((1 + 0.5 + 0) / 3)
    assert METRICS["f1_macro"].value(scores) == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_what_needs_probabilities_is_undefined_without_them() -> None:
    scores = Scores(Task.CLASSIFICATION, np.array([0, 1]), np.array([0, 1]), None, ("a", "b"))
    values = {name: metric.value(scores) for name, metric in METRICS.items()}
    assert {name for name, value in values.items() if value is not None} == {
        "accuracy", "f1", "f1_macro", "balanced_accuracy"
    }


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_answers_that_are_no_numbers_are_not_measured(bad: float) -> None:
    regression = regressed(np.array([1.0, 2.0]), np.array([1.0, bad]))
    classification = classified(np.array([0, 1]), np.array([[0.5, 0.5], [bad, 0.0]]))
    for metric in METRICS.values():
        assert metric.value(regression) is None
        assert metric.value(classification) is None


def test_nothing_is_not_measured() -> None:
    assert METRICS["accuracy"].value(binary([], [])) is None
    assert METRICS["rmse"].value(regressed(np.zeros(0), np.zeros(0))) is None


def test_huge_errors_are_undefined_and_not_infinite() -> None:
    assert METRICS["rmse"].value(regressed(np.array([1e200, 0.0]), np.array([-1e200, 0.0]))) is None


def test_many_weightings_at_once_are_each_alone() -> None:
    random = np.random.default_rng(1)
    weights = random.integers(0, 3, size=(50, 7)).astype(float)
    scores = classified(random.integers(0, 3, size=50), random.dirichlet(np.ones(3), size=50))
    for metric in METRICS.values():
        statistic = metric.statistic(scores)
        if statistic is None:
            continue
        alone = [metric.value(scores, weights[:, draw]) for draw in range(7)]
        assert statistic(weights).tolist() == pytest.approx(alone)


def test_the_table_tells_directions() -> None:
    lower = {name for name, metric in METRICS.items() if not metric.higher_is_better}
    assert lower == {"brier", "log_loss", "rmse", "mae", "mape"}
    assert {name for name, metric in METRICS.items() if not metric.bounded} == {"log_loss", "rmse", "mae", "mape"}
