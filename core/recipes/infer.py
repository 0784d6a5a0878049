"""What the data says where the recipe leaves it open: the task, the classes, the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from core.vocabulary import Task

if TYPE_CHECKING:
    import pandas as pd

FEW_CLASSES: Final = 10  # up to so many different whole numbers may be classes
ROWS_A_CLASS: Final = 10  # that they then have on average, at least
RARE: Final = 0.10  # share of the rarer class below which average precision says more than ROC AUC


def infer_task(target: pd.Series) -> Task:
    """Classification for text, dates and booleans, and for numbers that read like codes of classes.

    Those are whole, near 0 without large gaps (0 and 1; 1 to 6), and each comes often; two whole numbers are
    always classes. Amounts, shares and everything else are regression.
    """
    if target.dtype.kind not in "fiu":
        return Task.CLASSIFICATION
    present = target.dropna()
    values = present.unique()
    if not len(values) or len(values) > FEW_CLASSES or (values % 1 != 0).any():
        return Task.REGRESSION
    if len(values) <= 2:
        return Task.CLASSIFICATION
    near = values.min() >= -1 and values.max() <= 2 * FEW_CLASSES and values.max() - values.min() < 2 * len(values)
    often = len(present) >= ROWS_A_CLASS * len(values)
    return Task.CLASSIFICATION if near and often else Task.REGRESSION


def spelled(value: Any) -> str:
    """A value as a person writes it: 3.0 is "3", a date is ISO.

    >>> spelled(3.0), spelled(2.5), spelled("003")
    ('3', '2.5', '003')
    """
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(float(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value)


def auto_primary(task: Task, class_counts: Sequence[int]) -> str:
    """The metric that decides: roc_auc for two classes, average_precision where the rarer has under 10 % of the
    rows, f1_macro for more classes, and rmse for regression."""
    if task == Task.REGRESSION:
        return "rmse"
    if len(class_counts) > 2:
        return "f1_macro"
    rows = sum(class_counts)
    return "average_precision" if rows and min(class_counts) < RARE * rows else "roc_auc"


def auto_metrics(task: Task, classes: int) -> list[str]:
    """What is measured, the most telling first."""
    if task == Task.REGRESSION:
        return ["rmse", "mae", "mape", "r2"]
    if classes > 2:
        return ["f1_macro", "accuracy", "balanced_accuracy", "roc_auc", "average_precision", "log_loss", "brier"]
    return ["roc_auc", "average_precision", "brier", "log_loss", "accuracy", "balanced_accuracy", "f1"]
