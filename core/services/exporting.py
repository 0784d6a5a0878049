"""A table as a file: CSV for spreadsheets, JSON and JSON Lines for programs. Streamed; written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

from core.errors import BadInput, GivenUp, UsageError
from core.store.files import unique

CSV, JSON, LINES = "csv", "json", "jsonl"
KINDS: Final = {".csv": CSV, ".json": JSON, ".jsonl": LINES, ".ndjson": LINES}
TOLD_EVERY: Final = 500  # rows between two words on how far it is
Rows = Iterable[Sequence[Any]]
Row = TypeVar("Row")


def kind_of(out: Path) -> str:
    """By its ending. UsageError where that is not known."""
    kind = KINDS.get(out.suffix.lower())
    if kind is None:
        raise UsageError(f"{out.name}: tables are written as {', '.join(KINDS)}", "choose an ending")
    return kind


def export(
    out: Path, names: Sequence[str], rows: Rows, *, progress: Callable[[int], None] = lambda rows: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Write the rows to a file; returns how many they were.

    BadInput where the folder cannot be written, GivenUp (and no file) where nobody waits for it any more.
    """
    kind, watched = kind_of(out), _watched(rows, progress, cancelled)
    return _publish(out, lambda stream: write(stream, kind, names, watched))


def export_objects(out: Path, objects: Iterable[Any], *, progress: Callable[[int], None] = lambda rows: None) -> int:
    """Whole objects, as JSON or JSON Lines."""
    kind, watched = kind_of(out), _watched(objects, progress, lambda: False)
    return _publish(out, lambda stream: _write_objects(stream, kind, watched))


def publish(out: Path, text: str) -> None:
    """A text as a file. BadInput where the folder cannot be written."""
    _publish(out, lambda stream: stream.write(text))


def _publish(out: Path, writing: Callable[[TextIO], int]) -> int:
    """Beside, sync, rename."""
    temporary = out.with_name(f".{unique()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            count = writing(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        what = f"cannot write {out}: {error.strerror}"
        raise BadInput(what, "name a file in a folder that you may write to") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return count


def write(stream: TextIO, kind: str, names: Sequence[str], rows: Rows) -> int:
    """The rows in one of the kinds; JSON are objects with these names."""
    count = 0
    if kind == CSV:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow([cell(value) for value in row])
            count += 1
        return count
    return _write_objects(stream, kind, (dict(zip(names, row, strict=True)) for row in rows))


def _write_objects(stream: TextIO, kind: str, objects: Iterable[Any]) -> int:
    """An object a line; JSON is an array of them."""
    count, array = 0, kind == JSON
    stream.write("[" * array)
    for count, one in enumerate(objects, 1):
        before = (",\n" if count > 1 else "\n") if array else ""
        stream.write(before + json.dumps(one, ensure_ascii=False, allow_nan=False) + "\n" * (not array))
    stream.write(("\n]\n" if count else "]\n") * array)
    return count


def cell(value: Any) -> Any:
    """A value in a cell of CSV: nothing for None, true and false, lists of words with spaces, else JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return " ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, allow_nan=False) if isinstance(value, dict | list) else value


def text(kind: str, names: Sequence[str], rows: Rows) -> str:
    """The whole table as text: for standard output."""
    stream = io.StringIO()
    write(stream, kind, names, rows)
    return stream.getvalue()


def _watched(rows: Iterable[Row], progress: Callable[[int], None], cancelled: Callable[[], bool]) -> Iterator[Row]:
    for count, row in enumerate(rows):
        if not count % TOLD_EVERY:
            if cancelled():
                raise GivenUp("the export was stopped: no file was written", "export again, or filter the rows")
            progress(count)
        yield row
