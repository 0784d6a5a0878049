"""One pass over a file's typed frames: everything that a verdict needs, and bounded memory."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.data.checks import Range
from core.data.profile import Profiler
from core.data.rows import Hashes, combined
from core.data.schema import Schema
from core.data.values import infer
from core.vocabulary import Kind

CLASSES = 1000  # more different values than that are no classes


class Pass:
    """Takes frames typed by `schema`; `identity` names the columns that make a row what it is."""

    def __init__(
        self, schema: Schema, identity: Sequence[str], *, target: str, time: str | None,
        ranges: Mapping[str, Range],
    ) -> None:
        self.rows = 0
        self.labelled = 0
        self.first_outside: dict[str, int] = {}  # the line on which a column first leaves its range
        self.late: dict[str, Kind] = {}  # what columns without a kind turn out to hold
        self._schema, self._identity = schema, identity
        self._target = target if target in schema else None
        self._profiler = Profiler(schema, target)
        self._hashes: list[Hashes] = []
        self._classes: dict[str | float, None] | None = {}
        self.texts = TextOrder() if time is not None and time in schema and schema.kind(time) is Kind.CATEGORY else None
        self._time = time if time is not None and time in schema else None
        self._ranges = {
            name: bounds for name, bounds in ranges.items()
            if name in schema and schema.kind(name) in (Kind.NUMBER, Kind.BOOLEAN)
        }  # fmt: skip
        self._empty = [column.name for column in schema.columns if column.kind is Kind.EMPTY]

    def add(self, frame: pd.DataFrame) -> None:
        self.rows += len(frame)
        self._hashes.append(combined(self._profiler.add(frame), self._identity, len(frame)))
        if self._target is not None:
            self._add_target(frame[self._target])
        if self.texts is not None:
            self.texts.add(frame[self._time])
        for name in self._empty:
            if name not in self.late and (kind := infer(frame[name]).kind) is not Kind.EMPTY:
                self.late[name] = kind
        for name, (low, high) in self._ranges.items():
            if name not in self.first_outside:
                self._look_outside(name, frame, low, high)

    def profile(self) -> dict[str, Any]:
        return self._profiler.result()

    def hashes(self) -> Hashes:
        """One hash a row, in the file's order."""
        return np.concatenate(self._hashes) if self._hashes else np.empty(0, dtype=np.uint64)

    def classes(self) -> list[str] | None:
        """The target's values as texts, sorted; None where they are too many for classes, or fractions."""
        if self._classes is None or self._target is None:
            return None
        found = list(self._classes)
        if any(isinstance(value, float) and not value.is_integer() for value in found):
            return None
        return sorted(_spelt(value) if isinstance(value, float) else value for value in found)

    def times(self, profile: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """The earliest and the latest time, as text."""
        if self._time is None:
            return None, None
        if self.texts is not None:
            return self.texts.low, self.texts.high
        column = profile["columns"][self._time]
        low, high = column.get("min"), column.get("max")
        if low is None or isinstance(low, str):
            return low, high
        return _spelt(low), _spelt(high)

    def _add_target(self, values: pd.Series) -> None:
        present = values.dropna()
        self.labelled += len(present)
        if self._classes is None or self._schema.kind(str(self._target)) is Kind.DATE:
            return
        self._classes.update(dict.fromkeys(pd.unique(present).tolist()))
        if len(self._classes) > CLASSES:
            self._classes = None

    def _look_outside(self, name: str, frame: pd.DataFrame, low: float | None, high: float | None) -> None:
        values = frame[name].to_numpy()
        outside = np.zeros(len(values), dtype=bool)
        if low is not None:
            outside |= values < low
        if high is not None:
            outside |= values > high
        if outside.any():
            self.first_outside[name] = int(frame.index[int(outside.argmax())])


def _spelt(value: float) -> str:
    """A number exactly: 201304 and not 201304.0, and every digit of a fraction."""
    return str(int(value)) if value.is_integer() else repr(value)


class TextOrder:
    """Whether texts sort as the times that they mean: the year first, and every one of the same shape."""

    _YEAR = re.compile(r"\d{4}(?!\d*[/.-]\d{4})", re.ASCII)

    def __init__(self) -> None:
        self.low: str | None = None
        self.high: str | None = None
        self.misfit: tuple[str, int] | None = None  # the first text that does not sort, and its line
        self._shape: str | None = None

    def add(self, values: pd.Series) -> None:
        present = values.dropna()
        uniques: Sequence[str] = pd.unique(present).tolist()
        if not len(uniques):
            return
        low, high = min(uniques), max(uniques)
        self.low = low if self.low is None or low < self.low else self.low
        self.high = high if self.high is None or high > self.high else self.high
        if self.misfit is not None:
            return
        for text in uniques:
            shape = re.sub(r"[0-9]", "0", text)
            if self._shape is None and self._YEAR.match(text):
                self._shape = shape
            if shape != self._shape:
                self.misfit = text, int(present.index[int((present == text).to_numpy().argmax())])
                return
