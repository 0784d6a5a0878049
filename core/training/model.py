"""A fitted model, whatever made it: typed rows in, predictions out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from core.training.labels import Coding
from core.training.manifest import Manifest as Manifest
from core.vocabulary import Task

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Predictions:
    """`values`: class codes (int64) or numbers (float64), one a row; `probabilities`: n x classes, or None."""

    values: Array
    probabilities: Array | None


class Model(Protocol):
    """What every fitted model can do."""

    manifest: Manifest

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """`frame` holds at least the manifest's inputs, typed as `core.data.values` says."""
        ...

    def can_predict(self) -> bool:
        """False for a command that left no way to score new rows."""
        ...

    def files(self, folder: Path) -> None:
        """Write what makes this model into an empty folder."""
        ...


class Dummy:
    """Knows only how often each class occurs, or the mean: what any first model has to beat."""

    def __init__(self, coding: Coding, truth: Array) -> None:
        self.coding = coding
        if coding.task == Task.CLASSIFICATION:
            counts = np.bincount(truth, minlength=len(coding.classes)).astype(float)
            self.shares = counts / counts.sum()
        else:
            self.mean = float(np.mean(truth))

    def predict(self, rows: int) -> Predictions:
        if self.coding.task == Task.CLASSIFICATION:
            return Predictions(
                np.full(rows, int(self.shares.argmax()), dtype=np.int64), np.tile(self.shares, (rows, 1))
            )
        return Predictions(np.full(rows, self.mean), None)
