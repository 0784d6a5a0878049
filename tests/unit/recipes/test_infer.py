"""What the data says by itself."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipes.infer import auto_metrics, auto_primary, infer_task, spelled
from core.training.metrics import METRICS
from core.vocabulary import Task

CLASSES, VALUES = Task.CLASSIFICATION, Task.REGRESSION


def numbers(*values: float | None, times: int = 1) -> pd.Series:
    return pd.Series(list(values) * times, dtype="float64")


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (numbers(0, 1), CLASSES),
        (numbers(0, 1, None, times=50), CLASSES),
        (numbers(1, 2), CLASSES),
        (numbers(0), CLASSES),
        (numbers(1, 2, 3, 4, 5, 7, times=20), CLASSES),
        (numbers(-1, 0, 1, times=20), CLASSES),
        (numbers(*range(10), times=20), CLASSES),
        (numbers(*range(11), times=20), VALUES),
        (numbers(1, 2, 3, 4, 5, 6), VALUES),
        (numbers(100, 200, 300, times=20), VALUES),
        (numbers(0, 1, 50, times=20), VALUES),
        (numbers(0.5, 1.5, times=20), VALUES),
        (numbers(-20, -10, 0, times=20), VALUES),
        (numbers(None, None), VALUES),
        (pd.Series(["a", "b", None], dtype="str"), CLASSES),
        (pd.Series(["2024-01-01"], dtype="datetime64[us]"), CLASSES),
    ],
)
def test_task(target: pd.Series, task: Task) -> None:
    assert infer_task(target) == task


@given(st.lists(st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)))
def test_different_numbers_have_different_labels(values: list[float]) -> None:
    floats = [float(value) for value in values]
    labels = [spelled(value) for value in floats]
    assert [float(label) for label in labels] == floats
    assert len(set(labels)) == len(set(floats))


def test_spelling() -> None:
    assert [spelled(value) for value in (3.0, 2.5, "3.0", True)] == ["3", "2.5", "3.0", "True"]


@pytest.mark.parametrize(
    ("task", "counts", "metric"),
    [
        (VALUES, [], "rmse"), (CLASSES, [50, 50], "roc_auc"), (CLASSES, [90, 10], "roc_auc"),
        (CLASSES, [91, 9], "average_precision"), (CLASSES, [9, 91], "average_precision"),
        (CLASSES, [1, 2, 3], "f1_macro"), (CLASSES, [10], "roc_auc"), (CLASSES, [0, 0], "roc_auc"),
    ],
)  # fmt: skip
def test_primary_metric(task: Task, counts: list[int], metric: str) -> None:
    assert auto_primary(task, counts) == metric


@pytest.mark.parametrize(("task", "classes"), [(VALUES, 0), (CLASSES, 2), (CLASSES, 6)])
def test_metrics_measure_the_task(task: Task, classes: int) -> None:
    names = auto_metrics(task, classes)
    assert auto_primary(task, [5] * classes) in names
    assert all(task in METRICS[name].tasks for name in names)
    assert len(names) == len(set(names))
