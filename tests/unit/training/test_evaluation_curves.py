"""The pictures of a model: true to the numbers, small, and JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as oracle

from core.training.curves import curves
from core.training.metrics import METRICS, Scores
from core.vocabulary import Task

Array = np.ndarray[Any, Any]


def classified(rows: int, classes: int, seed: int = 0, decimals: int = 8) -> Scores:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, size=rows)
    chances = np.round(random.dirichlet(np.ones(classes), size=rows) + 0.4 * np.eye(classes)[truth], decimals)
    chances /= chances.sum(axis=1, keepdims=True)
    names = tuple(f"class {code}" for code in range(classes))
    return Scores(Task.CLASSIFICATION, truth, chances.argmax(axis=1), chances, names)


def points(drawn: Any) -> int:
    """Numbers on the longest axis of a picture, all its lines together."""
    lines = drawn if isinstance(drawn, list) else [drawn]
    return sum(len(line.get("x", [])) or len(line["rows"]) ** 2 for line in lines)


@pytest.mark.parametrize("scores", [
    classified(5_000, 2), classified(5_000, 6), classified(900, 40), classified(4, 2), classified(500, 2, decimals=1),
])
def test_pictures_are_small_and_json(scores: Scores) -> None:
    drawn = curves(scores)
    assert set(drawn) == {"roc", "pr", "calibration", "confusion", "scores"}
    assert len(json.dumps(drawn, allow_nan=False)) < 20_000
    for name in set(drawn) - {"scores"}:
        assert 0 < points(drawn[name]) <= 200
    assert len(drawn["scores"]["classes"]) <= 10
    assert all(len(one["counts"]) == 20 for one in drawn["scores"]["classes"])


@pytest.mark.parametrize("decimals", [8, 1])
def test_the_roc_curve_has_the_area_that_is_told(decimals: int) -> None:
    scores = classified(4_000, 2, decimals=decimals)
    assert scores.probabilities is not None
    (line,) = curves(scores)["roc"]
    assert line["class"] == "class 1"
    assert (line["x"][0], line["y"][0], line["x"][-1], line["y"][-1]) == (0, 0, 1, 1)
    assert oracle.auc(line["x"], line["y"]) == pytest.approx(METRICS["roc_auc"].value(scores), abs=0.002)


def test_the_precision_recall_curve_lies_on_that_of_scikit_learn() -> None:
    scores = classified(150, 2)
    assert scores.probabilities is not None
    precision, recall, _ = oracle.precision_recall_curve(scores.truth, scores.probabilities[:, 1])
    (line,) = curves(scores)["pr"]
    apart = np.hypot(np.subtract.outer(line["x"], recall), np.subtract.outer(line["y"], precision))
    assert apart.min(axis=1).max() < 1e-5
    assert len(line["x"]) > 100


def test_a_calibrated_model_is_drawn_on_the_diagonal() -> None:
    random = np.random.default_rng(0)
    chance = random.random(20_000)
    truth = (random.random(20_000) < chance).astype(np.int64)
    scores = Scores(
        Task.CLASSIFICATION, truth, (chance > 0.5).astype(np.int64), np.column_stack([1 - chance, chance]), ("n", "y")
    )
    drawn = curves(scores)["calibration"]
    assert drawn["class"] == "y"
    assert drawn["rows"] == [2_000] * 10
    assert drawn["y"] == pytest.approx(drawn["x"], abs=0.03)


def test_the_confusion_table_counts_every_row() -> None:
    scores = classified(500, 3)
    drawn = curves(scores)["confusion"]
    assert drawn["classes"] == ["class 0", "class 1", "class 2"]
    assert drawn["rows"] == oracle.confusion_matrix(scores.truth, scores.predictions).tolist()


def test_rare_and_unknown_classes_are_others() -> None:
    many = curves(classified(900, 40))["confusion"]
    assert len(many["classes"]) == 11
    assert many["classes"][-1] == "other"
    assert np.sum(many["rows"]) == 900
    strange = Scores(Task.CLASSIFICATION, np.array([0, 1, 1]), np.array([0, -1, 1]), None, ("a", "b"))
    assert curves(strange) == {
        "confusion": {"classes": ["a", "b", "other"], "rows": [[1, 0, 0], [0, 1, 1], [0, 0, 0]]}
    }


def test_residuals_are_spread_over_the_predictions() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=3_000)
    said = truth + random.normal(size=3_000)
    drawn = curves(Scores(Task.REGRESSION, truth, said, None, ()))["residuals"]
    assert len(drawn["x"]) == len(drawn["y"]) == 200
    assert drawn["x"] == sorted(drawn["x"])
    assert (drawn["x"][0], drawn["x"][-1]) == pytest.approx((said.min(), said.max()), rel=1e-5)
    assert drawn["y"][0] == pytest.approx((truth - said)[said.argmin()], rel=1e-4)


def test_every_row_is_in_the_histogram_of_its_class() -> None:
    scores = classified(500, 2)
    assert scores.probabilities is not None
    drawn = curves(scores)["scores"]
    assert drawn["about"] == "class 1"
    negative, positive = drawn["classes"]
    said = scores.probabilities[:, 1]
    assert negative["counts"] == np.histogram(said[scores.truth == 0], 20, (0, 1))[0].tolist()
    assert sum(positive["counts"]) == int((scores.truth == 1).sum())
    many = curves(classified(900, 12))["scores"]
    assert many["about"] == "own class" and len(many["classes"]) == 10
    certain = Scores(Task.CLASSIFICATION, np.array([0, 1]), np.array([0, 1]), np.eye(2), ("a", "b"))
    assert [sum(one["counts"]) for one in curves(certain)["scores"]["classes"]] == [1, 1], "0 and 1 are in the ends"


def test_errors_are_counted_and_the_far_ones_are_in_the_outermost_bins() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=3_000)
    truth[0] = 1e6
    drawn = curves(Scores(Task.REGRESSION, truth, np.zeros(3_000), None, ()))
    assert set(drawn) == {"residuals", "errors", "fitted"}
    errors = drawn["errors"]
    assert len(errors["edges"]) == 21 and sum(errors["counts"]) == 3_000
    assert errors["edges"][-1] < 5, "one row out of thousands does not set the scale"
    assert errors["counts"][-1] >= 30
    assert errors["median"] == pytest.approx(float(np.median(truth)), rel=1e-4)
    json.dumps(drawn, allow_nan=False)
    exact = curves(Scores(Task.REGRESSION, np.ones(9), np.ones(9), None, ()))["errors"]
    assert sum(exact["counts"]) == 9
    huge = curves(Scores(Task.REGRESSION, np.array([1e308, -1e308]), np.array([-1e308, 1e308]), None, ()))
    assert set(huge) == {"fitted"}, "their differences are no numbers"


def test_truth_and_prediction_are_of_the_same_rows() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=3_000)
    drawn = curves(Scores(Task.REGRESSION, truth, 2 * truth, None, ()))["fitted"]
    assert len(drawn["x"]) == 200 and drawn["x"] == sorted(drawn["x"])
    assert drawn["y"] == pytest.approx([2 * one for one in drawn["x"]], rel=1e-4)


def test_what_cannot_be_drawn_is_left_out() -> None:
    one_class = Scores(Task.CLASSIFICATION, np.zeros(5, dtype=np.int64), np.zeros(5, dtype=np.int64),
                       np.full((5, 2), 0.5), ("a", "b"))
    assert set(curves(one_class)) == {"calibration", "confusion", "scores"}
    none = np.zeros(0)
    assert curves(Scores(Task.REGRESSION, none, none, None, ())) == {}
    assert curves(Scores(Task.REGRESSION, np.ones(2), np.array([1.0, np.nan]), None, ())) == {}
    broken = Scores(Task.CLASSIFICATION, np.array([0, 1]), np.array([0, 1]), np.full((2, 2), np.nan), ("a", "b"))
    assert set(curves(broken)) == {"confusion"}
