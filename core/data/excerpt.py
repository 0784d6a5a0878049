"""The very place of a finding: the lines around it, as cells of the columns around it, or as they stand.

For eyes: pure text, no frames. See `core.services.quarantine` for what is expected there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from core.data.dialect import Dialect
from core.data.jsontext import spelled
from core.data.pages import Pages, Record
from core.data.quotes import fields_of
from core.data.stream import lines_of
from core.errors import BadData

AROUND = 3  # lines before and after
BESIDE = 2  # columns before and after
LONGEST = 400  # characters of a line or cell that are shown
LOOKED_AT = 200_000  # rows that are looked through for the first missing value


@dataclass(frozen=True)
class Line:
    """One line: its `cells` in the columns that are shown, or its `text` where it has other fields than the header."""

    number: int
    cells: tuple[str | None, ...]
    text: str = ""
    here: bool = False  # the one that the finding is about

    def to_json(self) -> dict[str, Any]:
        return {"line": self.number, "cells": [*self.cells], "text": self.text, "here": self.here}


@dataclass(frozen=True)
class Excerpt:
    """`columns` are shown; `place` is that of the offending one among them, which the file may lack (`gap`)."""

    columns: tuple[str, ...] = ()
    place: int | None = None
    gap: bool = False
    lines: tuple[Line, ...] = ()


def around_cell(path: Path, dialect: Dialect, names: Sequence[str], column: str | None, line: int) -> Excerpt:
    """The lines around a line; with a column its cells and those beside it, else the lines as they stand."""
    first, last = max(1, line - AROUND), line + AROUND
    texts = list(lines_of(path, dialect, first, last))
    if column is None or column not in names:
        return Excerpt(lines=tuple(Line(at, (), text[:LONGEST], at == line) for at, text in texts))
    shown, place = _beside(names, names.index(column))
    return Excerpt(
        tuple(names[one] for one in shown), place,
        lines=tuple(_line(at, text, dialect, names, shown, at == line) for at, text in texts if at > 1 or line == 1),
    )


def in_header(path: Path, dialect: Dialect, names: Sequence[str], column: str, known: Sequence[str]) -> Excerpt:
    """Where a column should stand that is not there, by the order of the `known` ones, with the first rows."""
    before = [one for one in known[: list(known).index(column)] if one in names] if column in known else []
    at = names.index(before[-1]) + 1 if before else 0
    shown = list(range(max(0, at - BESIDE), min(len(names), at + BESIDE)))
    place = sum(one < at for one in shown)
    columns = [names[one] for one in shown]
    columns.insert(place, column)
    rows = []
    for record in islice(Pages(path, dialect, tuple(names)).following(0), AROUND):
        cells = [record.cells[one] if one < len(record.cells) else None for one in shown]
        cells.insert(place, None)
        rows.append(Line(record.line, tuple(_short(cell) for cell in cells)))
    return Excerpt(tuple(columns), place, True, tuple(rows))


def first_missing(path: Path, dialect: Dialect, names: Sequence[str], column: str) -> int | None:
    """The line of the first row that has no value in a column; None where none of the first many is."""
    if column not in names:
        return None
    place = names.index(column)
    for record in islice(Pages(path, dialect, tuple(names)).following(0), LOOKED_AT):
        if not record.problem and not (record.cells[place] or "").strip():
            return record.line
    return None


def of_records(records: Sequence[Record], names: Sequence[str], column: str, line: int) -> Excerpt:
    """The same of rows that were read already (Parquet, whose rows are its lines)."""
    shown, place = _beside(names, list(names).index(column))
    return Excerpt(tuple(names[one] for one in shown), place, lines=tuple(
        Line(one.line, tuple(_short(one.cells[at]) for at in shown), here=one.line == line) for one in records
    ))


def names_of(path: Path, dialect: Dialect) -> tuple[str, ...]:
    """The columns of a file; empty where it has no header that can be read."""
    try:
        return Pages.open(path, dialect).columns
    except BadData:
        return ()


def _beside(names: Sequence[str], at: int) -> tuple[list[int], int]:
    shown = list(range(max(0, at - BESIDE), min(len(names), at + BESIDE + 1)))
    return shown, shown.index(at)


def _line(at: int, text: str, dialect: Dialect, names: Sequence[str], shown: Sequence[int], here: bool) -> Line:
    made: Sequence[str | None] | None = _of_object(text, names) if dialect.format == "jsonl" else None
    cells = fields_of(text, dialect.separator) if dialect.format == "csv" else made
    if cells is None or len(cells) != len(names):
        return Line(at, (), text[:LONGEST], here)
    return Line(at, tuple(_short(cells[one]) for one in shown), here=here)


def _of_object(text: str, names: Sequence[str]) -> list[str | None] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    named = {str(key).strip(): one for key, one in value.items()}
    return [spelled(named.get(name)) for name in names]


def _short(cell: str | None) -> str | None:
    return cell if cell is None else cell[:LONGEST]
