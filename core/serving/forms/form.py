"""What every compiled form is, and the last step that several share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, Any]


class NotCompiled(Exception):
    """Why an estimator has no such form, in words that go on after "no compiled form: "."""


class Form(Protocol):
    """Safe for several threads at once."""

    def one(self, row: Sequence[float]) -> list[float]:
        """The estimator's outputs of one row: a probability for each of its classes, or one number."""
        ...

    def many(self, matrix: Array) -> Array:
        """n x outputs."""
        ...


def added(values: Array, start: Array) -> Array:
    """n x k sums of n x trees x k values onto k starts, one tree after the other, as scikit-learn adds them."""
    whole = np.empty((values.shape[0], values.shape[1] + 1, values.shape[2]))
    whole[:, 0] = start
    whole[:, 1:] = values
    return np.asarray(np.add.accumulate(whole, axis=1)[:, -1])


def linked(raw: list[float], link: str) -> list[float]:
    """Raw sums as outputs. `link`: identity | log | logit (two classes) | softmax."""
    if link == "logit":
        share = 1 / (1 + math.exp(-raw[0])) if raw[0] > -700 else 0.0
        return [1 - share, share]
    if link == "softmax":
        most = max(raw)
        powers = [math.exp(one - most) for one in raw]
        whole = sum(powers)
        return [power / whole for power in powers]
    return [math.exp(min(one, 709.0)) for one in raw] if link == "log" else raw


def all_linked(raw: Array, link: str) -> Array:
    """As `linked`, of n x k raw sums, and the very same: numpy's exp is another than Python's in the last bit, and
    a row's answer shall not depend on what it arrives with."""
    return raw if link == "identity" else np.array([linked(row, link) for row in raw.tolist()])
