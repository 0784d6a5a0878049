"""What a version holds, column by column: made once, in one pass, and stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.data import along, relation
from core.data.rows import Hashes
from core.data.sampling import RowSample
from core.data.schema import Schema
from core.data.summary import Summary
from core.data.typed import empty_frame
from core.vocabulary import Kind

SAMPLE = 200_000  # rows whose values are kept for quantiles, histograms and the relation to the target


class Profiler:
    """Takes typed frames one by one; `result()` is a JSON-able dict without NaN.

    {"rows", "columns": {NAME: {
        "kind", "rows", "missing", "distinct", "distinct_exact",
        numbers and booleans: "min", "max", "mean", "std", "quantiles" {"0", "0.01" ... "1"},
                              "histogram" {"edges", "counts"} (null where there is no value),
                              "levels" [{"value", "count"}] where there are at most 32 different values
        numbers:              "outliers" {"low", "high", "below", "above"}: the fences three quartile ranges beyond
                              the quartiles and how many values lie beyond them; null where half of them are one
        dates:                "min", "max", "histogram" (edges are ISO times)
        categories:           "top" [{"value", "count"}], "top_exact"
        "sampled"             rows behind quantiles, histogram and levels, where those are not all
        "relation"            to the target, 0..1, see core.data.relation; null where it says nothing
        "along"               how the target runs along the column, see core.data.along; null where it cannot
    }}, "target"}

    Profiles that were stored by older releases have neither "outliers" nor "along".

    Counts, bounds, mean and std are exact; beyond 200,000 rows shapes come from a seeded uniform sample.
    """

    def __init__(self, schema: Schema, target: str | None, seed: int = 0) -> None:
        self._schema = schema
        self._target = target if target is not None and target in schema else None
        self._rows = 0
        self._summaries = {column.name: Summary(column.kind) for column in schema.columns}
        self._sample = RowSample(SAMPLE, seed)

    def add(self, frame: pd.DataFrame) -> dict[str, Hashes]:
        """A frame with (at least) the schema's columns, typed as `core.data.values` says.

        Returns the hashes of its values, column by column: they are needed for the rows' own, and cost most.
        """
        self._rows += len(frame)
        self._sample.add(frame)
        return {name: summary.add(frame[name]) for name, summary in self._summaries.items()}

    def result(self) -> dict[str, Any]:
        sample, whole = self._sample.frame(), self._sample.whole
        if not len(sample.columns):
            sample = empty_frame(self._schema)
        series = {str(name): values for name, values in sample.items()}
        relations, courses = self._relations(series)
        columns = {}
        for name, summary in self._summaries.items():
            shaped = summary.kind not in (Kind.CATEGORY, Kind.EMPTY)
            columns[name] = summary.result(series[name].to_numpy() if shaped else _NOTHING, whole)
            if name != self._target:
                columns[name]["relation"] = relations.get(name)
                columns[name]["along"] = courses.get(name)
        return {"rows": self._rows, "target": self._target, "columns": columns}

    def _relations(self, sample: Mapping[str, pd.Series]) -> tuple[dict[str, float | None], dict[str, Any]]:
        """How much each column tells of the target, and how the target runs along it."""
        if self._target is None:
            return {}, {}
        target = sample[self._target]
        chosen = np.arange(0, len(target), max(1, len(target) // relation.SAMPLE))
        labelled = target.notna().to_numpy()[chosen]
        chosen = chosen[labelled]
        if len(chosen) < 3:
            return {}, {}
        every = len(chosen) == len(target)
        known = {name: values if every else values.iloc[chosen] for name, values in sample.items()}
        truth = relation.classes(known[self._target])
        others = [name for name in self._summaries if name != self._target]
        outcome = along.outcome(known[self._target])
        return (
            {name: relation.association(relation.classes(known[name]), truth) for name in others},
            {name: along.course(known[name], outcome) for name in others} if outcome is not None else {},
        )


_NOTHING: relation.Array = np.empty(0)  # the figures of text come from its counts alone
