"""The target as numbers: class codes with their names, or plain values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.recipes.infer import class_labels
from core.vocabulary import Task


@dataclass(frozen=True)
class Coding:
    """How the target is written: `classes` in sorted order as in the data; empty for regression.

    `typed` are the same classes as the typed column spells them, where that is another way (booleans).
    """

    task: Task
    classes: tuple[str, ...]
    typed: tuple[str, ...] = ()

    @classmethod
    def of(cls, task: Task, target: pd.Series, booleans: tuple[str, str] | None = None) -> Coding:
        """The coding of a typed target; `booleans` is how false and true are written in the data."""
        if task == Task.REGRESSION:
            return cls(task, ())
        classes = tuple(sorted({str(label) for label in class_labels(target)}, key=_class_key))
        if booleans is None or not set(classes) <= {"0", "1"}:
            return cls(task, classes)
        return cls(task, tuple(booleans[int(label)] for label in classes), classes)

    def encode(self, target: pd.Series) -> np.ndarray:
        """Codes (int64, -1 for a class that is not known here) or values (float64) of rows that have a label."""
        if self.task == Task.REGRESSION:
            return target.to_numpy(dtype=float)
        codes = {label: code for code, label in enumerate(self.typed or self.classes)}
        return np.array([codes.get(str(label), -1) for label in class_labels(target)], dtype=np.int64)

    def translate(self, probabilities: np.ndarray, into: Coding) -> np.ndarray:
        """Probabilities over these classes as probabilities over the classes of `into`."""
        if self.classes == into.classes:
            return probabilities
        place = {label: code for code, label in enumerate(into.classes)}
        made = np.zeros((len(probabilities), len(into.classes)))
        for code, label in enumerate(self.classes):
            if label in place:
                made[:, place[label]] = probabilities[:, code]
        return made

    def translate_codes(self, codes: np.ndarray, into: Coding) -> np.ndarray:
        """Class codes as codes of `into`; -1 where it does not know the class."""
        place = {label: code for code, label in enumerate(into.classes)}
        table = np.array([place.get(label, -1) for label in self.classes], dtype=np.int64)
        return np.asarray(table[codes])


def _class_key(label: str) -> tuple[int, float, str]:
    """Numbers in their order, before texts in theirs."""
    try:
        return (0, float(label), label)
    except ValueError:
        return (1, 0.0, label)
