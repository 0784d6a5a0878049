"""Which row is which: a stable identity of every row, the same on every machine and in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from core.data.schema import Schema
from core.vocabulary import Kind

Hashes = np.ndarray[Any, np.dtype[np.uint64]]
Codes = np.ndarray[Any, Any]

MISSING = np.uint64(0x6D697373696E6721)


def row_hashes(frame: pd.DataFrame, schema: Schema) -> Hashes:
    """One uint64 a row of a typed frame, over the schema's columns (an absent column counts as missing).

    Equal rows have equal hashes whatever the order of columns, the chunking, or the spelling of a
    number (1, 1.0, 1e0); missing equals missing. A column of kind `empty` counts as text.
    """
    known = {
        column.name: value_hashes(frame[column.name], column.kind)
        for column in schema.columns
        if column.name in frame.columns
    }
    return combined(known, schema.names, len(frame))


def combined(values: Mapping[str, Hashes], names: Sequence[str], rows: int) -> Hashes:
    """Row hashes out of the columns' value hashes; a name that has none counts as missing in every row."""
    total = np.zeros(rows, dtype=np.uint64)
    for name in names:
        salt = _salt(name)
        if name in values:
            total += _mixed(values[name] ^ salt)
        else:
            total += _mixed(np.full(1, MISSING ^ salt))[0]
    return _mixed(total)


def value_hashes(values: pd.Series, kind: Kind) -> Hashes:
    """One uint64 a value of a typed column; missing has one value of its own."""
    if kind in (Kind.NUMBER, Kind.BOOLEAN):
        numbers = values.to_numpy(np.float64) + 0.0  # -0.0 is 0.0
        hashes = _mixed(numbers.view(np.uint64))
        missing = np.isnan(numbers)
    elif kind is Kind.DATE:
        moments = values.to_numpy().astype("datetime64[us]")
        hashes = _mixed(moments.view(np.uint64))
        missing = np.isnat(moments)
    else:
        codes, _, table = text_hashes(values)
        return table[codes]
    if missing.any():
        hashes[missing] = MISSING
    return hashes


def text_hashes(values: pd.Series) -> tuple[Codes, Codes, Hashes]:
    """A code for each text (-1 where missing), the different texts, and their hashes with that of missing last."""
    codes, uniques = pd.factorize(values)
    texts = np.asarray(uniques, dtype=object)
    table = np.empty(len(texts) + 1, dtype=np.uint64)
    table[:-1] = pd.util.hash_array(texts, categorize=False)
    table[-1] = MISSING
    return codes, texts, table


def repeats(hashes: Hashes) -> int:
    """How many rows stood there before; by sorting, which needs less room than a table of all."""
    ordered = np.sort(hashes)
    return int(np.count_nonzero(ordered[1:] == ordered[:-1]))


@lru_cache(maxsize=4096)
def _salt(name: str) -> np.uint64:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of splitmix64 (Steele, Lea and Flood, 2014): every bit depends on every bit."""
    mixed = values.astype(np.uint64)
    mixed += np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
