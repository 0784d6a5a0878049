"""JSON Lines: one object a line, as columns of text or of plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from core.data.badrows import BadRow, BadRows
from core.data.cells import text
from core.data.quotes import LONGEST
from core.errors import BadData
from core.text import shortened, visible
from core.vocabulary import Kind

LAYOUTS = 1000  # different sets of keys that are remembered

_NUMERIC = {int, float, type(None)}


def objects(stream: Iterable[bytes], bad: BadRows) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line's number and object; a line that is none goes to `bad`, a blank one is passed over."""
    parse = json.JSONDecoder().raw_decode
    for number, line in enumerate(_lines(stream), 1):
        text = line.decode("utf-8", "replace").strip()
        if not text:
            continue
        try:
            value, end = parse(text)
        except (ValueError, RecursionError):
            end = -1
        if end != len(text):
            bad.add(BadRow(number, None, text, "this is no JSON"))
        elif not isinstance(value, dict):
            bad.add(BadRow(number, None, text, "this is no JSON object"))
        else:
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
    stream: Iterable[bytes], kinds: Mapping[str, Kind], clean: Callable[[str], str], bad: BadRows, rows: int
) -> Iterator[pd.DataFrame]:
    """Frames of text, NaN where missing, indexed by line; of numbers where they are wanted and nothing else is there.

    `clean` makes the name of a column of a key.
    """
    wanted = list(kinds)
    layouts: dict[tuple[str, ...], list[str | None]] = {}  # for each set of keys, the one that holds each column
    pairs = objects(stream, bad)
    while batch := list(islice(pairs, rows)):
        cells: list[list[Any]] = [[] for _ in wanted]
        for _, value in batch:
            keys = tuple(value)
            layout = layouts.get(keys)
            if layout is None:
                if len(layouts) > LAYOUTS:
                    layouts.clear()
                layout = layouts[keys] = _layout(keys, wanted, clean)
            for column, key in zip(cells, layout, strict=True):
                column.append(None if key is None else value[key])
        index = pd.Index(np.array([number for number, _ in batch], dtype=np.int64))
        columns = {name: _column(column, kinds[name]) for name, column in zip(wanted, cells, strict=True)}
        yield pd.DataFrame(columns, index=index)


def _column(values: list[Any], kind: Kind) -> Any:
    types = set(map(type, values))
    if kind is Kind.NUMBER and types <= _NUMERIC:
        try:
            return np.array(values, dtype=np.float64)  # None becomes NaN
        except OverflowError:
            pass
    return pd.array([text(value) for value in values], dtype="str")


def _layout(keys: Iterable[str], wanted: Iterable[str], clean: Callable[[str], str]) -> list[str | None]:
    places: dict[str, str] = {}
    for key in keys:
        if (name := clean(key)) in places:
            said = f"one object names column {visible(name)} twice, with other blanks"
            raise BadData(said, "rename one", check="duplicate_columns", column=name)
        places[name] = key
    return [places.get(name) for name in wanted]


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
