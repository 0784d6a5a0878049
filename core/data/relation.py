"""How much one column tells of the target: one comparable figure for every kind of column.

The figure is Cramér's V with the correction of Bergsma (2013), after both sides were put into at most
20 classes: numbers and dates into bins of equal counts (at least 20 rows each), text into its most
frequent values; missing is a class of its own. 0: nothing; 1: one determines the class of the other. The
correction takes away what chance alone would show, so that unrelated columns of small files read 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]

BINS = 20
PER_BIN = 20  # rows; with fewer in a bin chance alone would tell of the target
SAMPLE = 20_000  # rows that are looked at


def classes(series: pd.Series) -> tuple[Array, int]:
    """A class for each value of a typed column (missing has one of its own), and how many there are."""
    if series.dtype.kind in "fM":
        values = series.to_numpy()
        missing = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
        some_missing = bool(missing.any())
        numbers = values.view(np.int64).astype(np.float64) if values.dtype.kind == "M" else values
        ordered = np.sort(numbers[~missing] if some_missing else numbers)
        if not len(ordered):
            return np.zeros(len(values), dtype=np.int64), 1
        steps = np.flatnonzero(ordered[1:] != ordered[:-1])
        if len(steps) < BINS:  # few values: each is a class, however rare
            cuts = ordered[steps + 1]
        else:
            bins = max(2, min(BINS, len(ordered) // PER_BIN))
            cuts = ordered[(len(ordered) * np.arange(1, bins)) // bins]
            cuts = cuts[np.append(True, cuts[1:] != cuts[:-1])]
            if cuts[0] == ordered[0]:
                cuts = cuts[1:]  # nothing lies below it
        codes = np.searchsorted(cuts, numbers, side="right")
        count = len(cuts) + 1
        if some_missing:
            codes[missing] = count
        return codes, count + some_missing
    codes, uniques = pd.factorize(series)
    if len(uniques) > BINS:
        counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
        kept = np.argsort(-counts, kind="stable")[: BINS - 1]
        renamed = np.full(len(uniques) + 1, BINS - 1)
        renamed[kept] = np.arange(BINS - 1)
        renamed[-1] = BINS
        return renamed[codes], BINS + 1
    return np.where(codes < 0, len(uniques), codes), len(uniques) + 1


def association(left: tuple[Array, int], right: tuple[Array, int]) -> float | None:
    """Bias-corrected Cramér's V of two columns of classes, 0..1; None where one of them does not vary."""
    table = np.bincount(left[0] * right[1] + right[0], minlength=left[1] * right[1]).reshape(left[1], right[1])
    table = table[table.any(axis=1)][:, table.any(axis=0)]
    rows, columns = table.shape
    total = int(table.sum())
    if rows < 2 or columns < 2 or total < 3:
        return None
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    phi2 = float((table * (table / expected)).sum()) / total - 1.0
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (total - 1))
    true_rows = rows - (rows - 1) ** 2 / (total - 1)
    true_columns = columns - (columns - 1) ** 2 / (total - 1)
    smaller = min(true_rows, true_columns) - 1
    return min(1.0, (phi2 / smaller) ** 0.5) if smaller > 1e-9 else None
