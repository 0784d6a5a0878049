"""Files as typed frames, a piece at a time.

Every frame is indexed by the line of the user's own file on which the row begins (CSV and JSON Lines;
the header is line 1), or by the row's number from 1 (Parquet). For the types see `core.data.values`.
"""

from __future__ import annotations

import io
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.data import jsonlines, parquet, records
from core.data.badrows import BadRows
from core.data.cells import ABSENT
from core.data.dialect import Dialect
from core.data.sampling import RowSample
from core.data.schema import Schema, infer_schema
from core.data.source import text_blocks
from core.data.typed import empty_frame, typed
from core.data.values import Array
from core.errors import BadData
from core.text import visible
from core.vocabulary import Kind

ROWS = 100_000
JSON_ROWS = 20_000  # objects of Python take much more room than their text
_BLANKS = [" " * count for count in range(1, 9)] + ["\t"]  # a cell of blanks is missing, whatever its kind
_NO_NUMBERS = [*_BLANKS, *ABSENT]


def header(path: Path, dialect: Dialect) -> list[str]:
    """The names of the columns, stripped of blanks and BOM; CSV and Parquet may hold doubles. Raises BadData."""
    names = [_clean(name) for name in _keys(path, dialect)]
    return list(dict.fromkeys(names)) if dialect.format == "jsonl" else names


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
        whole = typed(frame, wanted, dialect.decimal, bad)
        if len(whole):
            yield whole


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


def _keys(path: Path, dialect: Dialect) -> list[str]:
    if dialect.format == "parquet":
        return parquet.keys(path)
    if dialect.format == "jsonl":
        return jsonlines.keys(text_blocks(path, dialect))
    return records.read_header(text_blocks(path, dialect), dialect.separator)[0]


def _clean(name: str) -> str:
    """Without blanks, BOM and lone surrogates; other hostile characters are part of the name."""
    return name.encode("utf-8", "replace").decode().strip().strip("\ufeff").strip()


def _raw(
    path: Path, dialect: Dialect, kinds: Mapping[str, Kind], rows: int, bad: BadRows
) -> Iterator[pd.DataFrame]:
    """Frames with those of the wanted columns that the file has; CSV numbers are floats where all parse."""
    if dialect.format == "csv":
        yield from _csv(path, dialect, kinds, rows, bad)
    elif dialect.format == "jsonl":
        yield from jsonlines.frames(text_blocks(path, dialect), kinds, _clean, bad, min(rows, JSON_ROWS))
    else:
        keys = parquet.keys(path)
        places = _places(keys, kinds)
        yield from parquet.frames(path, {name: keys[place] for name, place in places.items()}, rows)


def _places(fields: Sequence[str], wanted: Container[str]) -> dict[str, int]:
    """Where each wanted column stands."""
    places: dict[str, int] = {}
    for place, name in enumerate(map(_clean, fields)):
        if name in wanted:
            if name in places:
                said = f"column {visible(name)} is there twice"
                raise BadData(said, "rename one", check="duplicate_columns", column=name)
            places[name] = place
    return places


def _csv(
    path: Path, dialect: Dialect, kinds: Mapping[str, Kind], rows: int, bad: BadRows
) -> Iterator[pd.DataFrame]:
    fields, stream, line = records.read_header(text_blocks(path, dialect), dialect.separator)
    places = _places(fields, kinds)
    names = sorted(places, key=lambda name: places[name])
    for block in records.split(stream, dialect.separator, len(fields), line, bad, rows):
        if not names:
            yield pd.DataFrame(index=_index(block.lines))
            continue
        try:
            frame = _parse(block.data, dialect, {places[name]: kinds[name] for name in names})
        except (ValueError, OverflowError) as error:  # pragma: no cover  (text always parses as text)
            raise BadData(f"the rows after line {block.lines[0]} cannot be read ({error})") from None
        if len(frame) != len(block.lines):  # pragma: no cover  (kept by a property test of `records`)
            raise BadData(f"the rows after line {block.lines[0]} cannot be told apart", "look at their quotes")
        frame.columns = pd.Index(names)
        frame.index = _index(block.lines)
        yield frame


def _index(lines: Array) -> pd.Index:
    first, last = int(lines[0]), int(lines[-1])
    return pd.RangeIndex(first, last + 1) if last - first + 1 == len(lines) else pd.Index(lines)


def _parse(data: bytes, dialect: Dialect, kinds: Mapping[int, Kind]) -> pd.DataFrame:
    """CSV bytes of whole records, by the C parser; numbers as text where one of them is none."""
    missing: Any = {place: _NO_NUMBERS if kind is Kind.NUMBER else _BLANKS for place, kind in kinds.items()}
    for number in ("float64", "str"):
        types = {place: number if kind is Kind.NUMBER else "str" for place, kind in kinds.items()}
        try:
            return pd.read_csv(
                io.BytesIO(data),
                header=None,
                index_col=False,
                sep=dialect.separator,
                decimal=dialect.decimal,
                dtype=types,
                usecols=sorted(kinds),
                na_values=missing,
                skip_blank_lines=False,
                lineterminator="\n",
                low_memory=False,
                engine="c",
            )
        except (ValueError, OverflowError):
            if number == "str" or Kind.NUMBER not in kinds.values():
                raise
    raise AssertionError  # pragma: no cover
