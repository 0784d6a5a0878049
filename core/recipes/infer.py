"""What the data says where the recipe leaves it open: the task, the classes, the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.vocabulary import Task

if TYPE_CHECKING:
    import pandas as pd

MOST_CLASSES = 20  # whole numbers with more different values than that are amounts
FEW_CLASSES = 10  # up to so many whole numbers are classes even where they are not 0, 1, 2 ...
RARE = 0.10  # share of the rarer class below which average precision says more than ROC AUC


def infer_task(target: pd.Series) -> Task:
    """Classification for text and booleans, and for numbers that are few, whole and small; else regression."""
    if target.dtype.kind not in "fiu":
        return Task.CLASSIFICATION
    values = target.dropna().unique()
    if not len(values) or len(values) > MOST_CLASSES or (values % 1 != 0).any():
        return Task.REGRESSION
    consecutive = values.max() - values.min() == len(values) - 1
    small = abs(values).max() <= MOST_CLASSES
    return Task.CLASSIFICATION if len(values) <= 2 or (len(values) <= FEW_CLASSES and consecutive and small) else Task.REGRESSION


def class_labels(target: pd.Series) -> list[str]:
    """The classes of a typed column, a text for each row that has one: 0.0 is "0", text is as it stands."""
    present = target.dropna()
    if present.dtype.kind in "fiu":
        spelled = {value: _number(value) for value in present.unique().tolist()}
        return [spelled[value] for value in present.tolist()]
    return [str(value) for value in present.tolist()]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def auto_primary(task: Task, class_counts: Sequence[int]) -> str:
    """The metric that decides: roc_auc, average_precision (a rarer class under 10 %), f1_macro or rmse."""
    if task == Task.REGRESSION:
        return "rmse"
    if len(class_counts) > 2:
        return "f1_macro"
    rows = sum(class_counts)
    return "average_precision" if rows and min(class_counts) < RARE * rows else "roc_auc"


def auto_metrics(task: Task, classes: int) -> list[str]:
    """What is measured besides."""
    if task == Task.REGRESSION:
        return ["rmse", "mae", "mape", "r2"]
    both = ["roc_auc", "average_precision", "brier", "log_loss", "accuracy", "balanced_accuracy"]
    return [*both, "f1"] if classes == 2 else [*both, "f1_macro"]
