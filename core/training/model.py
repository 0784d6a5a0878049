"""A fitted model, whatever made it: typed rows in, predictions out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from core.data.schema import Schema
from core.training.labels import Coding
from core.vocabulary import Task

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Predictions:
    """`values`: class codes (int64) or numbers (float64), one a row; `probabilities`: n x classes, or None."""

    values: Array
    probabilities: Array | None


@dataclass(frozen=True)
class Manifest:
    """What a stored model says of itself. `inputs` are the columns that it reads, with their kinds."""

    recipe: str
    recipe_hash: str
    kind: str  # "sklearn" | "command"
    estimator: str
    task: str
    classes: tuple[str, ...]
    target: str
    inputs: tuple[dict[str, str], ...]
    features: tuple[dict[str, str], ...]
    custom: str
    code: tuple[dict[str, str], ...]  # [{"name", "sha256"}], the files lie beside the model
    predict_command: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Manifest:
        tuples = ("classes", "inputs", "features", "code", "predict_command")
        made: dict[str, Any] = {key: tuple(value) if key in tuples else value for key, value in values.items()}
        return cls(**made)

    @property
    def coding(self) -> Coding:
        return Coding(Task(self.task), tuple(self.classes))

    @property
    def input_schema(self) -> Schema:
        return Schema.from_json(self.inputs)


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
