"""Files as typed frames, a piece at a time.

Every frame is indexed by the line of the user's own file on which the row begins (CSV and JSON Lines;
the header is line 1), or by the row's number from 1 (Parquet). For the types see `core.data.values`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from core.data import jsonlines, parquet, records
from core.data.badrows import BadRow, BadRows
from core.data.dialect import Dialect
from core.data.sampling import RowSample
from core.data.schema import Schema, infer_schema
from core.data.source import text_blocks
from core.data.values import Array, convert, finite
from core.errors import BadData
from core.text import shortened, visible
from core.vocabulary import Kind

ROWS = 100_000
_WANTED = {Kind.NUMBER: "is no number", Kind.BOOLEAN: "is neither true nor false", Kind.DATE: "is no ISO date"}


def header(path: Path, dialect: Dialect) -> list[str]:
    """The names of the columns, stripped of blanks and BOM; may hold doubles. Raises BadData."""
    return [_clean(name) for name in _keys(path, dialect)]


def chunks(
    path: Path,
    dialect: Dialect,
    schema: Schema | None,
    *,
    columns: Sequence[str] | None = None,
    rows: int = ROWS,
    bad_rows: BadRows | None = None,
) -> Iterator[pd.DataFrame]:
    """Typed frames of at most `rows` rows, with the schema's columns in its order.

    `columns` picks some of them. What the file does not have is missing in every row; what the schema
    does not know is left out. Without a schema the first frame's text decides the kinds of all.
    Rows that cannot be read are left out and noted in `bad_rows`. Raises BadData for what is no table.
    """
    bad = bad_rows if bad_rows is not None else BadRows()
    if schema is None:
        schema = infer_schema(first_text(path, dialect, rows), decimal=dialect.decimal)
    wanted = {column.name: column.kind for column in schema.columns if columns is None or column.name in columns}
    for frame in _raw(path, dialect, wanted, rows, bad):
        typed = _typed(frame, wanted, dialect.decimal, bad)
        if len(typed):
            yield typed


def read(
    path: Path,
    dialect: Dialect,
    schema: Schema | None,
    *,
    columns: Sequence[str] | None = None,
    sample: int | None = None,
    seed: int = 0,
    bad_rows: BadRows | None = None,
) -> pd.DataFrame:
    """The whole file as one typed frame, or a uniform sample of so many rows in the file's order.

    With `sample` memory is bounded by it. Without rows: an empty frame with the schema's columns.
    """
    pieces = chunks(path, dialect, schema, columns=columns, bad_rows=bad_rows)
    if sample is not None:
        kept = RowSample(sample, seed)
        for piece in pieces:
            kept.add(piece)
        frame = kept.frame()
    else:
        frames = list(pieces)
        frame = pd.concat(frames) if len(frames) > 1 else frames[0] if frames else pd.DataFrame()
    return frame if len(frame) or schema is None else empty_frame(schema, columns)


def first_text(
    path: Path, dialect: Dialect, rows: int = ROWS, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """The first rows with every column as text (Parquet: as it is typed there), for inference and previews."""
    names = dict.fromkeys(columns if columns is not None else header(path, dialect), Kind.CATEGORY)
    frame = next(_raw(path, dialect, names, rows, BadRows()), None)
    return frame if frame is not None else pd.DataFrame({name: pd.Series(dtype="str") for name in names})


def empty_frame(schema: Schema, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """No rows, and the schema's columns under their types."""
    return pd.DataFrame(
        {
            column.name: _missing(0, column.kind)
            for column in schema.columns
            if columns is None or column.name in columns
        }
    )


def _missing(rows: int, kind: Kind) -> pd.Series:
    if kind in (Kind.NUMBER, Kind.BOOLEAN):
        return pd.Series(np.full(rows, np.nan))
    if kind is Kind.DATE:
        return pd.Series(np.full(rows, np.datetime64("NaT", "us")))
    return pd.Series([np.nan] * rows, dtype="str")


def _keys(path: Path, dialect: Dialect) -> list[str]:
    if dialect.format == "parquet":
        return parquet.keys(path)
    if dialect.format == "jsonl":
        return jsonlines.keys(text_blocks(path, dialect))
    return records.read_header(text_blocks(path, dialect), dialect.separator)[0]


def _clean(name: str) -> str:
    """Without blanks, BOM and lone surrogates; other hostile characters are part of the name."""
    return name.encode("utf-8", "replace").decode().strip().strip("\ufeff").strip()


def _raw(path: Path, dialect: Dialect, kinds: dict[str, Kind], rows: int, bad: BadRows) -> Iterator[pd.DataFrame]:
    """Frames with those of the wanted columns that the file has; numbers are floats already where all parse."""
    if dialect.format == "csv":
        yield from _csv(path, dialect, kinds, rows, bad)
        return
    columns: dict[str, str] = {}
    for key in _keys(path, dialect):
        if (name := _clean(key)) in kinds:
            if name in columns:
                raise BadData(f"column {visible(name)} is there twice", "rename one", check="duplicate_columns", column=name)
            columns[name] = key
    if dialect.format == "jsonl":
        yield from jsonlines.frames(text_blocks(path, dialect), columns, bad, rows)
    else:
        yield from parquet.frames(path, columns, rows)


def _csv(path: Path, dialect: Dialect, kinds: dict[str, Kind], rows: int, bad: BadRows) -> Iterator[pd.DataFrame]:
    fields, stream, line = records.read_header(text_blocks(path, dialect), dialect.separator)
    names = [_clean(field) for field in fields]
    positions = {}
    for position, name in enumerate(names):
        if name in kinds:
            if name in positions:
                raise BadData(f"column {visible(name)} is there twice", "rename one", check="duplicate_columns", column=name)
            positions[name] = position
    for block in records.split(stream, dialect.separator, len(names), line, bad, rows):
        frame = _parse(block.data, dialect, positions, kinds)
        if len(frame) != len(block.lines):  # pragma: no cover  (a promise of `records`, kept by a property test)
            raise BadData(f"the rows after line {block.lines[0]} cannot be told apart", "look at their quotes")
        frame.index = _index(block.lines)
        yield frame


def _index(lines: Array) -> pd.Index:
    first, last = int(lines[0]), int(lines[-1])
    return pd.RangeIndex(first, last + 1) if last - first + 1 == len(lines) else pd.Index(lines)


def _parse(data: bytes, dialect: Dialect, positions: dict[str, int], kinds: dict[str, Kind]) -> pd.DataFrame:
    """CSV bytes of whole records, by the C parser; numbers as text where one of them is none."""
    if not positions:
        return pd.DataFrame(index=pd.RangeIndex(data.count(b"\n")))
    number = "float64"
    while True:
        types = {
            position: number if kinds[name] is Kind.NUMBER else "str" for name, position in positions.items()
        }
        try:
            frame = pd.read_csv(
                io.BytesIO(data),
                header=None,
                sep=dialect.separator,
                decimal=dialect.decimal,
                dtype=types,
                usecols=sorted(positions.values()),
                lineterminator="\n",
                low_memory=False,
                engine="c",
            )
        except (ValueError, OverflowError):
            if number == "str":
                raise
            number = "str"
            continue
        return frame.set_axis([name for name, _ in sorted(positions.items(), key=lambda item: item[1])], axis=1)


def _typed(frame: pd.DataFrame, kinds: dict[str, Kind], decimal: str, bad: BadRows) -> pd.DataFrame:
    """The frame with every wanted column under its kind, without the rows in which a cell does not fit."""
    columns: dict[str, object] = {}
    unfit: Array | None = None
    for name, kind in kinds.items():
        if name not in frame.columns:
            columns[name] = _missing(len(frame), kind).to_numpy() if kind not in _TEXT else _missing(len(frame), kind).array
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
    typed = pd.DataFrame(columns, index=frame.index, copy=False)
    if unfit is not None:
        bad.count += int(unfit.sum())
        typed = typed[~unfit]
    return typed


_TEXT = frozenset({Kind.CATEGORY, Kind.EMPTY})


def _as_text(series: pd.Series) -> pd.Series:
    """A typed column (Parquet) that an earlier version had as text: whole numbers without a point."""
    if series.dtype.kind == "f":
        texts: Iterable[object] = (
            np.nan if value != value else str(int(value)) if value == int(value) else repr(value)
            for value in finite(series.to_numpy()).tolist()
        )
        return pd.Series(list(texts), index=series.index, dtype="str")
    return series.astype("str").where(series.notna())
