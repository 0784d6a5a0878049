"""JSON Lines: one object a line, as columns of text or of plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from core.data.badrows import BadRow, BadRows
from core.data.records import LONGEST
from core.errors import BadData
from core.text import shortened

_MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
     "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
)  # fmt: skip  (what pandas takes for missing in CSV: a file means the same in either format)


def objects(stream: Iterable[bytes], bad: BadRows) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line's number and object; a line that is none goes to `bad`, a blank one is passed over."""
    number = 0
    for line in _lines(stream):
        number += 1
        if line.isspace() or not line:
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            bad.add(BadRow(number, None, line.decode("utf-8", "replace"), "this is no JSON"))
            continue
        if not isinstance(value, dict):
            bad.add(BadRow(number, None, line.decode("utf-8", "replace"), "this is no JSON object"))
            continue
        yield number, value


def keys(stream: Iterable[bytes]) -> list[str]:
    """The names in the order in which they first occur, over the whole file."""
    seen: dict[str, None] = {}
    known: tuple[str, ...] = ()
    for _, value in objects(stream, BadRows()):
        if (names := tuple(value)) != known:
            seen.update(dict.fromkeys(names))
            known = names
    return list(seen)


def frames(
    stream: Iterable[bytes], columns: dict[str, str], bad: BadRows, rows: int
) -> Iterator[pd.DataFrame]:
    """Frames of text, NaN where missing, indexed by line; `columns`: the name in the frame, and the key."""
    pairs = objects(stream, bad)
    while batch := list(islice(pairs, rows)):
        index = pd.Index(np.array([number for number, _ in batch], dtype=np.int64))
        yield pd.DataFrame(
            {
                name: pd.array([_text(value.get(key)) for _, value in batch], dtype="str")
                for name, key in columns.items()
            },
            index=index,
        )


def _text(value: Any) -> str | float:
    """A value as CSV would spell it."""
    if value is None:
        return np.nan
    if isinstance(value, str):
        if value in _MISSING:
            return np.nan
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return np.nan if value != value else repr(value)
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace").decode()


def _lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in stream:
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if len(rest) > LONGEST:
            raise BadData(
                f"a row of more than 64 MiB: {shortened(rest[:80].decode('utf-8', 'replace'))}",
                "write one object a line",
            )
        yield from lines
    if rest:
        yield rest
