"""Frames of text made into frames of values; what does not fit its column's kind is set aside with its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from core.data.badrows import BadRow, BadRows
from core.data.schema import Schema
from core.data.values import Array, convert, finite
from core.text import shortened
from core.vocabulary import Kind

_WANTED = {Kind.NUMBER: "is no number", Kind.BOOLEAN: "is neither true nor false", Kind.DATE: "is no ISO date"}
_TEXT = frozenset({Kind.CATEGORY, Kind.EMPTY})


def typed(frame: pd.DataFrame, kinds: Mapping[str, Kind], decimal: str, bad: BadRows) -> pd.DataFrame:
    """The frame with every wanted column under its kind, without the rows in which a cell does not fit."""
    columns: dict[str, object] = {}
    unfit: Array | None = None
    for name, kind in kinds.items():
        if name not in frame.columns:
            columns[name] = missing_values(len(frame), kind).array
            continue
        series = frame[name]
        if kind in _TEXT:
            columns[name] = (series if series.dtype == "str" else _as_text(series)).array
            continue
        if series.dtype == np.float64 and kind is Kind.NUMBER:
            columns[name] = finite(series.to_numpy())
            continue
        values, wrong = convert(series, kind, decimal)
        columns[name] = values
        if wrong is not None:
            first = int(wrong.argmax())
            text = str(series.iloc[first])
            row = BadRow(int(frame.index[first]), name, text, f"'{shortened(text)}' {_WANTED[kind]}")
            bad.add_cells(name, int(wrong.sum()), row)
            unfit = wrong if unfit is None else unfit | wrong
    made = pd.DataFrame(columns, index=frame.index, copy=False)
    if unfit is not None:
        bad.count += int(unfit.sum())
        made = made[~unfit]
    return made


def _as_text(series: pd.Series) -> pd.Series:
    """A typed column (Parquet) that an earlier version had as text: as CSV would most likely spell it."""
    kind = series.dtype.kind
    texts: Iterable[object]
    if kind == "b":
        texts = (np.nan if value is pd.NA else "true" if value else "false" for value in series)
    elif kind == "M":
        texts = (np.nan if value is pd.NaT else str(value).removesuffix(" 00:00:00") for value in series)
    elif kind in "iuf":
        texts = (
            np.nan if value != value else str(int(value)) if value == int(value) else repr(value)
            for value in finite(series.to_numpy(np.float64)).tolist()
        )
    else:
        return series.astype("str")
    return pd.Series(list(texts), index=series.index, dtype="str")


def empty_frame(schema: Schema, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """No rows, and the schema's columns under their types."""
    return pd.DataFrame(
        {
            column.name: missing_values(0, column.kind)
            for column in schema.columns
            if columns is None or column.name in columns
        }
    )


def missing_values(rows: int, kind: Kind) -> pd.Series:
    if kind in (Kind.NUMBER, Kind.BOOLEAN):
        return pd.Series(np.full(rows, np.nan))
    if kind is Kind.DATE:
        return pd.Series(np.full(rows, np.datetime64("NaT", "us")))
    return pd.Series([np.nan] * rows, dtype="str")
