"""Parquet, where the extra is installed: columns come with their types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.cells import MISSING
from core.errors import BadData
from core.text import visible

_LONG = 2**53  # integers from here on are kept as text: float64 would make one of two


def _open(path: Path) -> Any:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        hint = "install the extra: `pip install 'footplate[parquet]'`"
        raise BadData("Parquet cannot be read by this installation", hint) from None
    import pyarrow

    try:
        return parquet.ParquetFile(path, pre_buffer=False)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> BadData:
    said = (str(error).splitlines() or ["?"])[0]
    return BadData(f"the Parquet file cannot be read ({visible(said)})", "write it again")


def keys(path: Path) -> list[str]:
    """The names of the columns."""
    with _open(path) as file:
        return [str(name) for name in file.schema_arrow.names]


def page(path: Path, after: int, limit: int) -> tuple[list[str], int, list[list[str | None]]]:
    """(columns, rows in all, `limit` rows that follow row `after`, as text); reads the row groups that hold them."""
    import pyarrow

    with _open(path) as file:
        names, total = [str(name) for name in file.schema_arrow.names], int(file.metadata.num_rows)
        found: list[list[str | None]] = []
        start = 0
        try:
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                if start + rows > after and start < after + limit:
                    first = max(0, after - start)
                    table = file.read_row_group(group).slice(first, after + limit - start - first)
                    columns = [column.to_pylist() for column in table.columns]
                    found += [[_spelled(one) for one in row] for row in zip(*columns, strict=True)]
                start += rows
        except (pyarrow.ArrowException, OSError) as error:
            raise _damaged(error) from None
    return names, total, found


def _spelled(value: Any) -> str | None:
    """A value as CSV would most likely have it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def frames(path: Path, columns: dict[str, str], rows: int) -> Iterator[pd.DataFrame]:
    """Frames of numbers, booleans, dates or text, missing where there is no value, indexed by row from 1."""
    import pyarrow

    with _open(path) as file:
        start = 1
        try:
            for batch in file.iter_batches(batch_size=rows, columns=list(columns.values())):
                places = {name: batch.schema.get_field_index(key) for name, key in columns.items()}
                table = {name: _column(batch.column(place)) for name, place in places.items()}
                yield pd.DataFrame(table, index=pd.RangeIndex(start, start + batch.num_rows))
                start += batch.num_rows
        except (pyarrow.ArrowException, OSError) as error:
            raise _damaged(error) from None


def _column(values: Any) -> Any:
    import pyarrow
    from pyarrow import types

    kind = values.type
    if types.is_dictionary(kind):
        values, kind = values.dictionary_decode(), kind.value_type
    if types.is_boolean(kind):
        return pd.array(values.to_pylist(), dtype="boolean")
    if types.is_floating(kind) or types.is_decimal(kind):
        return np.asarray(values.cast(pyarrow.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    if types.is_integer(kind):
        plain = values.drop_null().to_numpy(zero_copy_only=False)
        if not len(plain) or max(abs(int(plain.min())), abs(int(plain.max()))) < _LONG:
            return np.asarray(values.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False))
    if types.is_timestamp(kind) or types.is_date(kind):
        return values.cast(pyarrow.timestamp("us"), safe=False).to_numpy(zero_copy_only=False)
    if types.is_null(kind):
        return pd.array([np.nan] * len(values), dtype="str")
    texts = [np.nan if value is None else str(value) for value in values.to_pylist()]
    return pd.array([np.nan if text in MISSING else text for text in texts], dtype="str")
