"""Parquet, where the extra is installed: columns come with their types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.errors import BadData

_LONG = 2**53  # integers from here on are kept as text: float64 would make one of two


def _open(path: Path) -> Any:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise BadData(
            "Parquet cannot be read by this installation", "install the extra: `pip install 'footplate[parquet]'`"
        ) from None
    import pyarrow

    try:
        return parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise BadData(f"the Parquet file cannot be read ({str(error).splitlines()[0]})", "write it again") from None


def keys(path: Path) -> list[str]:
    """The names of the columns."""
    with _open(path) as file:
        return [str(name) for name in file.schema_arrow.names]


def frames(path: Path, columns: dict[str, str], rows: int) -> Iterator[pd.DataFrame]:
    """Frames of numbers, booleans (as 0 and 1), dates or text, NaN where missing, indexed by row from 1."""
    import pyarrow

    with _open(path) as file:
        start = 1
        try:
            for batch in file.iter_batches(batch_size=rows, columns=list(columns.values())):
                table = {name: _column(batch.column(batch.schema.get_field_index(key))) for name, key in columns.items()}
                yield pd.DataFrame(table, index=pd.RangeIndex(start, start + batch.num_rows))
                start += batch.num_rows
        except (pyarrow.ArrowException, OSError) as error:
            said = str(error).splitlines()[0]
            raise BadData(f"the Parquet file cannot be read ({said})", "write it again") from None


def _column(values: Any) -> Any:
    import pyarrow
    from pyarrow import types

    kind = values.type
    if types.is_dictionary(kind):
        values, kind = values.dictionary_decode(), kind.value_type
    if types.is_boolean(kind):
        return np.asarray(values.cast(pyarrow.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
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
    texts = [None if value is None else str(value) for value in values.to_pylist()]
    return pd.array(texts, dtype="str")
