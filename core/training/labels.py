"""The target as numbers: class codes with their names, or plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from core.recipes.infer import spelled
from core.vocabulary import Task

_BOOLEANS: Final = {"false": "0", "true": "1"}


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
        classes = tuple(sorted({spelled(value) for value in target.dropna().unique()}, key=_class_key))
        if booleans is None or not set(classes) <= {"0", "1"}:
            return cls(task, classes)
        return cls(task, tuple(booleans[int(label)] for label in classes), classes)

    def also(self, other: Coding, booleans: tuple[str, str] | None = None) -> Coding:
        """These classes and those of `other`, which the rows at hand may not show; `booleans` as in `of`."""
        if not self.classes or set(other.classes) <= set(self.classes):
            return self
        if self.typed and booleans is not None:
            return Coding(self.task, booleans, ("0", "1"))
        return Coding(self.task, tuple(sorted({*self.classes, *other.classes}, key=_class_key)))

    def encode(self, target: pd.Series) -> np.ndarray:
        """Codes (int64, -1 for a class that is not known here) or values (float64) of rows that have a label."""
        if self.task == Task.REGRESSION:
            return target.to_numpy(dtype=float)
        known = {label: code for code, label in enumerate(self.typed or self.classes)}
        places, values = target.factorize()
        codes = np.array([known.get(spelled(value), -1) for value in values], dtype=np.int64)
        return np.asarray(codes[places[places >= 0]])

    def translate(self, probabilities: np.ndarray, into: Coding) -> np.ndarray:
        """Probabilities over these classes as probabilities over the classes of `into`."""
        if self.classes == into.classes:
            return probabilities
        made = np.zeros((len(probabilities), len(into.classes)))
        for code, there in enumerate(self._places(into)):
            if there >= 0:
                made[:, there] = probabilities[:, code]
        return made

    def translate_codes(self, codes: np.ndarray, into: Coding) -> np.ndarray:
        """Class codes as codes of `into`; -1 where it does not know the class."""
        return np.asarray(self._places(into)[codes])

    def _places(self, into: Coding) -> np.ndarray:
        """The code in `into` of each class, -1 where it has none. Booleans may be written in another way by now."""
        place = {_BOOLEANS.get(label.lower(), label): code for code, label in enumerate(into.classes)}
        place |= {label: code for code, label in enumerate(into.classes)}
        found = [place.get(label, place.get(_BOOLEANS.get(label.lower(), label), -1)) for label in self.classes]
        return np.array(found, dtype=np.int64)


def _class_key(label: str) -> tuple[int, float, str]:
    """Numbers in their order, before texts in theirs."""
    try:
        return (0, float(label), label)
    except ValueError:
        return (1, 0.0, label)
