"""Values with intervals, and paired differences."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

from core.training import bootstrap
from core.training.evaluation import Difference, Measured, Scores, compare, difference, measure
from core.training.metrics import METRICS
from core.vocabulary import Task

Array = np.ndarray[Any, Any]
CLASSIFIED = [name for name, metric in METRICS.items() if Task.CLASSIFICATION in metric.tasks]
REGRESSED = [name for name, metric in METRICS.items() if Task.REGRESSION in metric.tasks]


def binary(truth: Array, signal: Array) -> Scores:
    chance = 1 / (1 + np.exp(-signal))
    return Scores(
        Task.CLASSIFICATION, truth, (chance > 0.5).astype(np.int64), np.column_stack([1 - chance, chance]), ("0", "1")
    )


def two_models(rows: int, noise: float = 1.0, seed: int = 0) -> tuple[Scores, Scores]:
    """A model, and one with `noise` times the noise, independent of each other."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, size=rows)
    signal = truth - 0.5
    return (
        binary(truth, signal + random.normal(size=rows)), binary(truth, signal + noise * random.normal(size=rows)),
    )


def test_an_interval_holds_its_value_and_narrows_with_more_rows() -> None:
    few, many = (measure(two_models(rows)[0], CLASSIFIED, ordered=False, seed=0) for rows in (300, 4_800))
    for name in CLASSIFIED:
        for one in (few[name], many[name]):
            assert one.value is not None and one.lower is not None and one.upper is not None
            assert one.lower < one.value < one.upper
        ratio = (few[name].upper - few[name].lower) / (many[name].upper - many[name].lower)  # type: ignore[operator]
        assert ratio == pytest.approx(4, rel=0.35)


def test_the_interval_of_accuracy_is_that_of_a_share() -> None:
    scores = two_models(2_000)[0]
    found = measure(scores, ["accuracy"], ordered=False, seed=1)["accuracy"]
    assert found.value is not None and found.lower is not None and found.upper is not None
    error = np.sqrt(found.value * (1 - found.value) / 2_000)
    assert (found.upper - found.lower) / 2 == pytest.approx(1.96 * error, rel=0.1)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Errors of known size: the RMSE over all possible rows is 1."""
    random = np.random.default_rng(8)
    held = 0
    for seed in range(200):
        truth = random.normal(size=250)
        scores = Scores(Task.REGRESSION, truth, truth + random.normal(size=250), None, ())
        found = measure(scores, ["rmse"], ordered=False, seed=seed, draws=300)["rmse"]
        assert found.lower is not None and found.upper is not None
        held += found.lower <= 1 <= found.upper
    assert 0.9 <= held / 200 <= 0.99


@pytest.mark.parametrize("ordered", [False, True])
def test_comparing_is_measuring_both_and_their_difference(ordered: bool) -> None:
    ours, theirs = two_models(400, noise=2.0)
    found = compare(ours, theirs, ["brier", "f1"], "roc_auc", ordered=ordered, confidence=0.9, seed=7)
    assert list(found.challenger) == list(found.opponent) == ["roc_auc", "brier", "f1"]
    assert found.challenger == measure(ours, ["roc_auc", "brier", "f1"], ordered=ordered, seed=7)
    assert found.opponent == measure(theirs, ["roc_auc", "brier", "f1"], ordered=ordered, seed=7)
    assert found.difference == difference(ours, theirs, "roc_auc", ordered=ordered, confidence=0.9, seed=7)


@pytest.mark.parametrize("name", CLASSIFIED)
def test_a_difference_is_positive_where_the_challenger_is_better(name: str) -> None:
    good, bad = two_models(1_500, noise=4.0)
    found = difference(good, bad, name, ordered=False, confidence=0.95, seed=0)
    assert found is not None
    assert 0 < found.lower < found.value < found.upper
    back = difference(bad, good, name, ordered=False, confidence=0.95, seed=0)
    assert back is not None
    assert (back.value, back.lower, back.upper) == pytest.approx((-found.value, -found.upper, -found.lower))


@pytest.mark.parametrize("name", REGRESSED)
def test_the_same_holds_for_regressors(name: str) -> None:
    random = np.random.default_rng(0)
    truth = random.normal(10, 2, size=500)
    good, bad = (Scores(Task.REGRESSION, truth, truth + off * random.normal(size=500), None, ()) for off in (1, 2))
    found = difference(good, bad, name, ordered=False, confidence=0.95, seed=0)
    assert found is not None
    assert 0 < found.lower < found.value < found.upper


def test_a_model_does_not_differ_from_itself() -> None:
    ours, _ = two_models(300)
    for name in CLASSIFIED:
        assert difference(ours, ours, name, ordered=True, confidence=0.95, seed=0) == Difference(0.0, 0.0, 0.0)


def test_pairing_makes_the_difference_sharper_than_the_values() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, size=600)
    signal = truth - 0.5 + random.normal(size=600)
    ours, theirs = binary(truth, signal), binary(truth, signal + 0.1 * random.normal(size=600))
    found = compare(ours, theirs, [], "roc_auc", ordered=False, confidence=0.95, seed=0)
    one = found.challenger["roc_auc"]
    assert found.difference is not None and one.upper is not None and one.lower is not None
    assert found.difference.upper - found.difference.lower < (one.upper - one.lower) / 3


def test_what_is_undefined_stays_undefined() -> None:
    truth = np.zeros(50, dtype=np.int64)
    scores = binary(truth, np.linspace(-1, 1, 50))
    found = compare(scores, scores, ["accuracy", "rmse"], "roc_auc", ordered=False, confidence=0.95, seed=0)
    assert found.challenger["roc_auc"] == found.challenger["rmse"] == Measured(None, None, None)
    assert found.challenger["accuracy"].lower is not None
    assert found.difference is None
    none = Scores(Task.CLASSIFICATION, truth[:0], truth[:0], None, ("0", "1"))
    assert measure(none, ["accuracy"], ordered=False, seed=0)["accuracy"] == Measured(None, None, None)


def test_draws_that_miss_a_class_are_left_out() -> None:
    """The one positive row is missing in more than a third of the draws."""
    truth = np.zeros(60, dtype=np.int64)
    truth[30] = 1
    found = measure(binary(truth, np.linspace(-1, 1, 60)), ["roc_auc"], ordered=False, seed=0)["roc_auc"]
    assert found.value == pytest.approx(30 / 59)
    assert found.lower is not None and found.upper is not None
    assert 0.3 < found.lower < found.upper < 0.7


def test_the_same_seed_gives_the_same_interval() -> None:
    ours, _ = two_models(300)
    first, again, other = (measure(ours, CLASSIFIED, ordered=True, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_six_classes_are_compared_by_every_metric() -> None:
    random = np.random.default_rng(0)
    truth = random.choice(6, size=600, p=[0.4, 0.3, 0.15, 0.1, 0.04, 0.01])
    models = []
    for strength in (3.0, 1.0):
        chances = random.dirichlet(np.ones(6), size=600) + strength * np.eye(6)[truth] * random.random((600, 1))
        chances /= chances.sum(axis=1, keepdims=True)
        models.append(
            Scores(Task.CLASSIFICATION, truth, chances.argmax(axis=1), chances, tuple("abcdef"))
        )
    found = compare(*models, CLASSIFIED, "f1_macro", ordered=True, confidence=0.95, seed=0)
    for one in found.challenger.values():
        assert one.lower is not None
    assert found.difference is not None and found.difference.lower > 0


def test_all_intervals_of_a_month_cost_less_than_half_a_second() -> None:
    ours, theirs = two_models(1_250)
    best = min(_seconds(lambda: compare(
        ours, theirs, CLASSIFIED, "roc_auc", ordered=True, confidence=0.95, seed=0
    )) for _ in range(3))
    assert best < 0.5  # 0.1 s on an idle machine


def test_many_rows_cost_a_second_and_little_memory() -> None:
    ours, theirs = two_models(100_000)
    took = min(_seconds(lambda: measure(ours, ["roc_auc"], ordered=False, seed=0)) for _ in range(2))
    assert took < 1.5  # 0.5 s on an idle machine
    tracemalloc.start()
    try:
        compare(ours, theirs, CLASSIFIED, "roc_auc", ordered=True, confidence=0.95, seed=0, draws=20)
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


def _seconds(work: Any) -> float:
    """Of this thread's CPU, so that a busy machine does not count."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


# -- the draws ----------------------------------------------------------------------------------------


def drawn(rows: int, *, ordered: bool, draws: int, seed: int = 0) -> Array:
    return np.concatenate(list(bootstrap.weights(rows, ordered=ordered, seed=seed, draws=draws)), axis=1)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 7, 603])
def test_every_draw_is_as_large_as_the_holdout(rows: int, ordered: bool) -> None:
    counts = drawn(rows, ordered=ordered, draws=50)
    assert counts.shape == (rows, 50)
    assert (counts.sum(axis=0) == rows).all()
    assert (counts >= 0).all()
    assert (counts == drawn(rows, ordered=ordered, draws=50)).all()


@pytest.mark.parametrize("ordered", [False, True])
def test_every_row_is_drawn_equally_often(ordered: bool) -> None:
    """Circular blocks do not forget the first and last rows."""
    mean = drawn(40, ordered=ordered, draws=4_000).mean(axis=1)
    assert np.abs(mean - 1).max() < 0.15


def test_blocks_bring_neighbours_along() -> None:
    def together(counts: Array, apart: int) -> float:
        return float(np.mean([np.corrcoef(counts[row], counts[row + apart])[0, 1] for row in range(100, 160)]))

    length = bootstrap.block_length(400)
    blocks, single = (drawn(400, ordered=ordered, draws=500) for ordered in (True, False))
    assert together(blocks, 1) == pytest.approx(1 - 1 / length, abs=0.05)
    assert together(blocks, length) == pytest.approx(0, abs=0.05)
    assert together(single, 1) == pytest.approx(0, abs=0.05)


def test_blocks_grow_with_the_cube_root() -> None:
    assert [bootstrap.block_length(rows) for rows in (1, 4, 10, 200, 600, 1_250)] == [1, 4, 5, 12, 17, 22]


def test_fewer_draws_of_many_rows() -> None:
    assert bootstrap.enough_draws(1_250, 6) == 1_000
    assert bootstrap.enough_draws(100_000, 1) == 250
    assert bootstrap.enough_draws(100_000, 6) == 50
    assert bootstrap.enough_draws(10_000_000, 1) == 50


def test_an_interval_from_few_draws_is_that_of_many() -> None:
    random = np.random.default_rng(0)
    full = random.normal(0.7, 0.01, size=4_000)
    many = bootstrap.interval(0.7, full, 0.05, 0.95, wanted=4_000)
    few = bootstrap.interval(0.7, full[:300], 0.05, 0.95, wanted=4_000)
    assert many is not None and few is not None
    assert few == pytest.approx(many, abs=0.002)


def test_an_interval_of_mostly_undefined_draws_is_none() -> None:
    assert bootstrap.interval(0.5, np.array([np.nan] * 6 + [0.5] * 4), 0.05, 0.95, wanted=10) is None
    assert bootstrap.interval(0.5, np.array([np.nan] * 4 + [0.5] * 6), 0.05, 0.95, wanted=10) == (0.5, 0.5)
