"""JSON Lines: one object a line, as columns of text or of plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from core.data.badrows import BadRow, BadRows
from core.data.quotes import LONGEST
from core.errors import BadData
from core.text import shortened, visible

LAYOUTS = 1000  # different sets of keys that are remembered

MISSING = frozenset(
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
    stream: Iterable[bytes], names: Iterable[str], clean: Callable[[str], str], bad: BadRows, rows: int
) -> Iterator[pd.DataFrame]:
    """Frames of text, NaN where missing, indexed by line; `clean` makes the name of a column of a key."""
    wanted = list(names)
    layouts: dict[tuple[str, ...], list[str | None]] = {}  # for each set of keys, the one that holds each column
    pairs = objects(stream, bad)
    while batch := list(islice(pairs, rows)):
        cells: list[list[str | float]] = [[] for _ in wanted]
        for _, value in batch:
            keys = tuple(value)
            layout = layouts.get(keys)
            if layout is None:
                if len(layouts) > LAYOUTS:
                    layouts.clear()
                layout = layouts[keys] = _layout(keys, wanted, clean)
            for column, key in zip(cells, layout, strict=True):
                column.append(np.nan if key is None else _text(value[key]))
        index = pd.Index(np.array([number for number, _ in batch], dtype=np.int64))
        yield pd.DataFrame(
            {name: pd.array(column, dtype="str") for name, column in zip(wanted, cells, strict=True)}, index=index
        )


def _layout(keys: Iterable[str], wanted: Iterable[str], clean: Callable[[str], str]) -> list[str | None]:
    places: dict[str, str] = {}
    for key in keys:
        if (name := clean(key)) in places:
            said = f"one object names column {visible(name)} twice, with other blanks"
            raise BadData(said, "rename one", check="duplicate_columns", column=name)
        places[name] = key
    return [places.get(name) for name in wanted]


def _text(value: Any) -> str | float:
    """A value as CSV would spell it."""
    if value is None:
        return np.nan
    if isinstance(value, str):
        if value in MISSING or value.isspace():
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
