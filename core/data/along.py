"""How the target runs along a column: its mean, or the share of its classes, in each of a few bins.

What `core.data.relation` says in one figure is drawn from this.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from core.data.summary import iso
from core.data.values import missing_in

Array = np.ndarray[Any, Any]

BINS = 10  # of numbers and dates, with equally many rows each
WORDS = 8  # of text: the commonest; the rest is one bin
CLASSES = 4  # of a target of text: the commonest; the rest is not drawn
LONG = 60  # characters of a text that are kept


@dataclass(frozen=True)
class Outcome:
    """The target of every row. `values` has a column for each of `names`: the target itself where it is a number
    (`names` is empty), else whether it is that class."""

    values: Array
    names: tuple[str, ...]


def outcome(target: pd.Series) -> Outcome | None:
    """The target without missing values, as something that has a mean; None for dates."""
    if target.dtype.kind == "M":
        return None
    if target.dtype.kind == "f":
        return Outcome(target.to_numpy().reshape(-1, 1), ())
    codes, words = pd.factorize(target)
    common = np.argsort(-np.bincount(codes, minlength=len(words)), kind="stable")[:CLASSES]
    named = tuple(str(words[place])[:LONG] for place in common)
    return Outcome((codes.reshape(-1, 1) == common).astype(np.float64), named)


def course(column: pd.Series, target: Outcome) -> dict[str, Any] | None:
    """{"classes", "bins": [{"low", "high" or "value", "rows", "means"}]}; None where the column has one bin only.

    "classes" names what each of "means" is the share of; empty: it is the mean of the target itself. A bin of
    numbers or dates goes from "low" to "high", one of a single value has "value"; null is missing, and the bin of
    all rarer texts has neither.
    """
    codes, bins = _of_text(column) if column.dtype.kind not in "fM" else _of_numbers(column)
    rows = np.bincount(codes, minlength=len(bins))
    with np.errstate(over="ignore", invalid="ignore"):
        sums = [np.bincount(codes, weights=values, minlength=len(bins)) for values in target.values.T]
        means = np.stack(sums, axis=1) / np.maximum(rows, 1).reshape(-1, 1)
    if not np.isfinite(means).all():
        return None
    found = [
        {**label, "rows": int(count), "means": [float(f"{one:.6g}") for one in mean]}
        for label, count, mean in zip(bins, rows.tolist(), means.tolist(), strict=True) if count
    ]
    return {"classes": list(target.names), "bins": found} if len(found) > 1 else None


def _of_numbers(column: pd.Series) -> tuple[Array, list[dict[str, Any]]]:
    values = column.to_numpy()
    dates, missing = values.dtype.kind == "M", missing_in(values)
    numbers = values.view(np.int64).astype(np.float64) if dates else values
    present = numbers[~missing] if missing.any() else numbers
    ordered = np.sort(present)
    steps = np.flatnonzero(ordered[1:] != ordered[:-1])
    if len(steps) < BINS:
        cuts = ordered[steps + 1]
        bins: list[dict[str, Any]] = [{"value": _shown(one, dates)} for one in (*ordered[:1].tolist(), *cuts.tolist())]
    else:
        cuts = np.unique(ordered[(len(ordered) * np.arange(1, BINS)) // BINS])
        cuts = cuts[cuts > ordered[0]]
        edges = [ordered[0], *cuts.tolist(), ordered[-1]]
        bins = [
            {"low": _shown(low, dates), "high": _shown(high, dates)} for low, high in pairwise(edges)
        ]
    codes = np.searchsorted(cuts, numbers, side="right")
    if missing.any():
        codes[missing] = len(bins)
        bins.append({"value": None})
    return codes, bins


def _of_text(column: pd.Series) -> tuple[Array, list[dict[str, Any]]]:
    codes, words = pd.factorize(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    common = np.argsort(-counts, kind="stable")[:WORDS]
    table = np.full(len(words) + 1, len(common))
    table[common] = np.arange(len(common))
    table[-1] = len(common) + 1
    bins: list[dict[str, Any]] = [{"value": str(words[place])[:LONG]} for place in common]
    return table[codes], [*bins, {}, {"value": None}]


def _shown(value: float, date: bool) -> Any:
    return iso(np.datetime64(int(value), "us")) if date else float(value)
