"""Figures of one column that add up: exact ones from every frame, shapes from a sample."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from core.data.distinct import Distinct
from core.data.rows import Hashes, text_hashes, value_hashes
from core.data.values import Array
from core.vocabulary import Kind

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
_SHARES = np.array(QUANTILES)
BINS = 32
TOP = 20
LEVELS = 32  # different numbers up to which each is counted for itself
CATEGORIES = 50_000  # values counted exactly; beyond, the rarest half is forgotten now and then
LONG = 200  # characters of a category that a profile keeps
FAR = 3.0  # quartile ranges beyond the quartiles from which on a value lies far out (Tukey, 1977)


class Summary:
    """Exact counts, bounds and moments of one column over all frames; memory is bounded."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.rows = 0
        self.missing = 0
        self.low: Any = None
        self.high: Any = None
        self._mean = 0.0
        self._squares = 0.0  # sum of squared deviations from the mean
        self._distinct = Distinct()
        self._counts: Counter[str] = Counter()
        self._forgotten = False

    def add(self, values: pd.Series) -> Hashes:
        """Count the values of one typed frame; returns their hashes, one a row (`core.data.rows`)."""
        self.rows += len(values)
        if self.kind in (Kind.CATEGORY, Kind.EMPTY):
            return self._add_texts(values)
        hashes = value_hashes(values, self.kind)
        plain = values.to_numpy()
        missing = np.isnat(plain) if self.kind is Kind.DATE else np.isnan(plain)
        absent = int(np.count_nonzero(missing))
        self.missing += absent
        present = plain[~missing] if absent else plain
        if len(present):
            self._distinct.add(hashes[~missing] if absent else hashes)
            if self.kind is Kind.DATE:
                self._stretch(present.min(), present.max())
            else:
                self._add_numbers(present)
        return hashes

    def _add_numbers(self, present: Array) -> None:
        self._stretch(float(present.min()), float(present.max()))
        count, total = len(present), self.rows - self.missing
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(present.mean())
            deviations = present - mean
            squares = float(np.square(deviations, out=deviations).sum())
            gap = mean - self._mean
            self._mean += gap * count / total
            self._squares += squares + gap * gap * (total - count) * count / total

    def _add_texts(self, values: pd.Series) -> Hashes:
        codes, texts, table = text_hashes(values)
        counts = np.bincount(codes + 1, minlength=len(texts) + 1)
        self.missing += int(counts[0])
        if len(texts):
            self._distinct.add(table[:-1])
            self._count(texts, counts[1:])
        return table[codes]

    def _count(self, texts: Array, counts: Array) -> None:
        if self._forgotten:  # of many different values only those are worth a place that come more than once
            known = self._counts
            chosen = [
                (text, count)
                for text, count in zip(texts.tolist(), counts.tolist(), strict=True)
                if count > 1 or text in known
            ]
        else:
            chosen = list(zip(texts.tolist(), counts.tolist(), strict=True))
        for text, count in chosen:
            self._counts[text] += count
        if len(self._counts) > CATEGORIES:
            self._counts = Counter(dict(self._counts.most_common(CATEGORIES // 2)))
            self._forgotten = True

    def _stretch(self, low: Any, high: Any) -> None:
        self.low = low if self.low is None or low < self.low else self.low
        self.high = high if self.high is None or high > self.high else self.high

    def result(self, sample: Array, whole: bool) -> dict[str, Any]:
        """The column's profile; `sample` holds values of some rows, of all of them where `whole`."""
        found: dict[str, Any] = {
            "kind": self.kind.value,
            "rows": self.rows,
            "missing": self.missing,
            "distinct": self._distinct.count(),
            "distinct_exact": self._distinct.exact,
        }
        if self.kind in (Kind.NUMBER, Kind.BOOLEAN):
            self._shape_numbers(found, sample, whole)
        elif self.kind is Kind.DATE:
            self._shape_dates(found, sample, whole)
        else:
            top = self._counts.most_common(TOP)
            found["top"] = [{"value": value[:LONG], "count": count} for value, count in top]
            found["top_exact"] = not self._forgotten
        return found

    def _shape_numbers(self, found: dict[str, Any], sample: Array, whole: bool) -> None:
        present = self.rows - self.missing
        keys = ("min", "max", "mean", "std", "quantiles", "histogram")
        if not present:
            found |= dict.fromkeys(keys)
            return
        std = math.sqrt(self._squares / (present - 1)) if present > 1 and self._squares >= 0 else None
        found |= {"min": self.low, "max": self.high, "mean": _number(self._mean), "std": _number(std)}
        ordered = np.sort(sample[~np.isnan(sample)])
        found["quantiles"] = _quantiles(ordered, self.low, self.high)
        found["histogram"] = _histogram(ordered, self.low, self.high, found["distinct"])
        if self.kind is Kind.NUMBER:
            found["outliers"] = _outliers(ordered, found["quantiles"])
        if 0 < found["distinct"] <= LEVELS:
            found["levels"] = _levels(ordered)
        if not whole:
            found["sampled"] = len(ordered)

    def _shape_dates(self, found: dict[str, Any], sample: Array, whole: bool) -> None:
        if self.low is None:
            found |= dict.fromkeys(("min", "max", "histogram"))
            return
        found |= {"min": iso(self.low), "max": iso(self.high)}
        ordered = np.sort(sample[~np.isnat(sample)]).view(np.int64).astype(np.float64)
        low, high = float(self.low.view(np.int64)), float(self.high.view(np.int64))
        histogram = _histogram(ordered, low, high, found["distinct"])
        if histogram is not None:
            edges = np.array(histogram["edges"]).round().astype(np.int64).view("datetime64[us]")
            histogram["edges"] = [iso(edge) for edge in edges]
        found["histogram"] = histogram
        if not whole:
            found["sampled"] = len(ordered)


def iso(moment: np.datetime64) -> str:
    """ISO 8601 with Z, to the second (or the microsecond where there is one)."""
    text = str(moment.astype("datetime64[us]"))
    return text.removesuffix(".000000") + "Z"


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _quantiles(ordered: Array, low: float, high: float) -> dict[str, float] | None:
    """By linear interpolation; the ends are the exact bounds, also where the rest is of a sample."""
    if not len(ordered):
        return None
    at = _SHARES * (len(ordered) - 1)
    below = at.astype(np.int64)
    above = np.minimum(below + 1, len(ordered) - 1)
    part = at - below
    values = ordered[below] * (1 - part) + ordered[above] * part
    values[0], values[-1] = low, high
    return {f"{share:g}": value for share, value in zip(QUANTILES, values.tolist(), strict=True)}


def _histogram(ordered: Array, low: float, high: float, distinct: int) -> dict[str, Any] | None:
    """Bins of equal width between the exact bounds; one bin where there is one value."""
    if not len(ordered):
        return None
    bins = max(1, min(BINS, distinct))
    if low == high or not math.isfinite(high - low):
        return {"edges": [low, high], "counts": [len(ordered)]}
    edges = low + (high - low) * (np.arange(bins + 1) / bins)
    edges[-1] = high
    inner = np.searchsorted(ordered, edges[1:-1], side="left")
    counts = np.diff(inner, prepend=0, append=len(ordered))
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _outliers(ordered: Array, quantiles: dict[str, float] | None) -> dict[str, float | int] | None:
    """The fences, and how many values lie below and above them; None where half of the values are one."""
    if not quantiles or not math.isfinite(reach := FAR * (quantiles["0.75"] - quantiles["0.25"])) or reach <= 0:
        return None
    low, high = quantiles["0.25"] - reach, quantiles["0.75"] + reach
    if not math.isfinite(low) or not math.isfinite(high):
        return None
    below, upto = np.searchsorted(ordered, low, side="left"), np.searchsorted(ordered, high, side="right")
    return {"low": low, "high": high, "below": int(below), "above": len(ordered) - int(upto)}


def _levels(ordered: Array) -> list[dict[str, float | int]]:
    values, counts = np.unique(ordered, return_counts=True)
    return [
        {"value": value, "count": count} for value, count in zip(values.tolist(), counts.tolist(), strict=True)
    ]
