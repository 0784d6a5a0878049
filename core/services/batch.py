"""A file's rows, answered a piece at a time, and the file of answers: one a row, in order, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from core.errors import BadData, UsageError
from core.store.files import sync, unique
from core.text import shortened, visible

if TYPE_CHECKING:
    import pandas as pd

    from core.data.dialect import Dialect
    from core.training.manifest import Manifest
    from core.training.model import Model, Predictions

ROWS = 50_000
MEND = "mend the row: each one gets a prediction"
CSV = (".csv",)
JSON_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Piece:
    """Some rows: the model's inputs, typed, what it said, and what the file calls them where it does."""

    frame: pd.DataFrame
    said: Predictions
    keys: list[str | None] | None


@dataclass(frozen=True)
class Form:
    """What stands in a file of answers. `id`: the column that names the rows; `version`: a column says which it was."""

    manifest: Manifest
    id: str = ""
    version: int | None = None


@dataclass(frozen=True)
class Source:
    """A file that is a table, as its owner calls it."""

    path: Path
    name: str
    dialect: Dialect
    columns: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, name: str) -> Source:
        """Raises BadData for what is no table."""
        from core.data.dialect import detect
        from core.data.readers import header

        dialect = detect(path, name)
        return cls(path, name, dialect, tuple(header(path, dialect)))


def pieces(fitted: Model, source: Source, id: str = "") -> Iterator[Piece]:
    """The rows of a file, answered; `id`: the column that names them.

    Raises BadData naming the line and column of what cannot be read.
    """
    from core.data.badrows import BadRows
    from core.data.readers import chunks
    from core.data.schema import Column, Schema
    from core.vocabulary import Kind

    schema = fitted.manifest.input_schema
    missing = [column for column in schema.names if column not in source.columns]
    if missing:
        raise _lacks(source, missing, schema.names)
    asked = Schema((*schema.columns, Column(id, Kind.CATEGORY))) if id else schema
    bad = BadRows()
    for frame in chunks(source.path, source.dialect, asked, rows=ROWS, bad_rows=bad):
        refuse(bad, source.name, MEND)
        keys = [None if key != key else str(key) for key in frame.pop(id).tolist()] if id else None
        yield Piece(frame, fitted.predict(frame), keys)
    refuse(bad, source.name, MEND)


def _lacks(source: Source, missing: Sequence[str], names: Sequence[str]) -> BadData:
    from difflib import get_close_matches

    near = get_close_matches(missing[0], list(source.columns), 1)
    also = f"; did you mean {visible(near[0])}?" if near else ""
    return BadData(
        f"{source.name} has no column {', '.join(map(visible, missing[:5]))}{also}",
        f"the model reads: {', '.join(map(visible, names))}", check="missing_column", column=missing[0],
    )


def refuse(bad: Any, name: str, hint: str) -> None:
    """BadData for the first row that could not be read, where there is one."""
    if bad.count:
        first = min(bad.first, key=lambda one: one.line)
        where = f"line {first.line:,}" + (f", column {first.column}" if first.column else "")
        text = "" if first.column else f": {shortened(first.text)}"  # of a cell the message holds it already
        raise BadData(
            f"{name}: {where}: {first.message}{text}", hint, column=first.column, line=first.line,
        )


# -- writing


@contextmanager
def published(out: Path) -> Iterator[tuple[IO[str], Callable[[], None]]]:
    """A stream beside `out`, and what puts it in its place, on the disk; without that nothing stays of it."""
    temporary = out.with_name(f".{out.name[:40]}.{unique()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            def publish() -> None:
                stream.flush()
                os.fsync(stream.fileno())
                temporary.replace(out)
                sync(out.parent)

            yield stream, publish
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def writer(out: Path) -> Callable[[IO[str], Form], Callable[[Piece], int]]:
    """How answers are written, by the ending. Raises UsageError for one that says nothing."""
    ending = out.suffix.lower()
    if ending in CSV:
        return _csv_writer
    if ending in JSON_LINES:
        return _json_writer
    raise UsageError(f"{out.name}: predictions are written as .csv or .jsonl", "choose an ending")


def _csv_writer(stream: IO[str], form: Form) -> Callable[[Piece], int]:
    lines = csv.writer(stream, lineterminator="\n")
    classes = list(form.manifest.classes)
    first = [form.id] if form.id else []
    last = [] if form.version is None else [str(form.version)]
    lines.writerow([*first, "prediction", *(f"probability_{name}" for name in classes), *(["version"] if last else [])])

    def write(piece: Piece) -> int:
        said = piece.said
        named: Any = [[]] * len(said.values)
        if form.id:
            named = [[key or ""] for key in piece.keys or [None] * len(said.values)]
        if not classes:
            lines.writerows([*key, repr(value), *last] for key, value in zip(named, said.values.tolist(), strict=True))
        elif said.probabilities is None:
            lines.writerows(
                [*key, classes[code], *([""] * len(classes)), *last]
                for key, code in zip(named, said.values.tolist(), strict=True)
            )
        else:
            lines.writerows(
                [*key, classes[code], *map(repr, shares), *last]
                for key, code, shares in zip(named, said.values.tolist(), said.probabilities.tolist(), strict=True)
            )
        return len(said.values)

    return write


def _json_writer(stream: IO[str], form: Form) -> Callable[[Piece], int]:
    classes = list(form.manifest.classes)

    def write(piece: Piece) -> int:
        said = piece.said
        for place, value in enumerate(said.values.tolist()):
            line: dict[str, Any] = {form.id: piece.keys[place] if piece.keys else None} if form.id else {}
            line["prediction"] = classes[value] if classes else value
            if classes and said.probabilities is not None:
                line["probabilities"] = dict(zip(classes, said.probabilities[place].tolist(), strict=True))
            if form.version is not None:
                line["version"] = form.version
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        return len(said.values)

    return write
