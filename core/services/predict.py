"""Scoring a file with a registered model: a piece at a time, one prediction a row, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from core.errors import BadData, BadInput, NotFound, UsageError
from core.registry import models
from core.vocabulary import AliasName
from core.workspace import Workspace

ROWS = 50_000


def find_version(workspace: Workspace, text: str) -> Any:
    """The registry row of NAME (its champion), NAME@7 or NAME@challenger."""
    name, at, which = text.partition("@")
    with workspace.registry.read() as connection:
        if models.get(connection, name) is None:
            raise NotFound(f"there is no model {name!r}", "`footplate models list` shows them")
        if not at:
            number = models.alias(connection, name)
            if number is None:
                raise NotFound(f"{name} has no champion yet", f"see `footplate why {name}`")
        elif which.removeprefix("v").isdecimal():
            number = int(which.removeprefix("v"))
        else:
            number = models.alias(connection, name, which)
            if number is None:
                known = ", ".join(AliasName)
                raise NotFound(f"{name} has no version with the alias {which!r}", f"aliases are: {known}")
        row = models.version(connection, name, number)
    if row is None:
        raise NotFound(f"{name} has no version {number}", f"`footplate models show {name}` lists them")
    return row


def predict_file(
    workspace: Workspace, model: str, source: Path, out: Path, progress: Callable[[int], None] = lambda rows: None
) -> str:
    """Score every row of `source` and write `out` (.csv or .jsonl). Returns what was done, in a line.

    Raises BadData naming the line and column of what cannot be read; nothing is written then.
    """
    from core.training import packaging

    row = find_version(workspace, model)
    write = _writer(out)
    if not source.is_file():
        raise NotFound(f"{source} is no file", "name a CSV, JSON Lines or Parquet file")
    fitted = packaging.load(workspace.store.path(row["artifact"]), row["artifact"])
    temporary = out.with_name(f".{out.name}.{uuid.uuid4().hex}.tmp")
    done = 0
    try:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            write_batch = write(stream, fitted.manifest)
            for said in _score(fitted, source):
                done += write_batch(said)
                progress(done)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, out)
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror}", "name a file where you may write") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return f"{done:,} rows of {source.name} scored by {row['model']} v{row['version']} -> {out}"


def _score(fitted: Any, source: Path) -> Iterator[Any]:
    """Predictions of one piece of the file after the other."""
    from core.data.badrows import BadRows
    from core.data.dialect import detect
    from core.data.readers import chunks, header
    from core.text import shortened, visible

    schema = fitted.manifest.input_schema
    dialect = detect(source, source.name)
    there = set(header(source, dialect))
    missing = [name for name in schema.names if name not in there]
    if missing:
        from difflib import get_close_matches

        near = get_close_matches(missing[0], list(there), 1)
        also = f"; did you mean {visible(near[0])}?" if near else ""
        raise BadData(
            f"{source.name} has no column {', '.join(map(visible, missing[:5]))}{also}",
            f"the model reads: {', '.join(map(visible, schema.names))}", check="missing_column", column=missing[0],
        )
    bad = BadRows()
    for frame in chunks(source, dialect, schema, rows=ROWS, bad_rows=bad):
        _refuse(bad, source.name, shortened)
        yield fitted.predict(frame)
    _refuse(bad, source.name, shortened)


def _refuse(bad: Any, name: str, shortened: Callable[[str], str]) -> None:
    if bad.count:
        first = min(bad.first, key=lambda one: one.line)
        where = f"line {first.line:,}" + (f", column {first.column}" if first.column else "")
        text = "" if first.column else f": {shortened(first.text)}"  # of a cell the message holds it already
        raise BadData(
            f"{name}: {where}: {first.message}{text}", "mend the row: each one gets a prediction",
            column=first.column, line=first.line,
        )


def _writer(out: Path) -> Callable[[IO[str], Any], Callable[[Any], int]]:
    ending = out.suffix.lower()
    if ending == ".csv":
        return _csv_writer
    if ending in (".jsonl", ".ndjson"):
        return _json_writer
    raise UsageError(f"{out.name}: predictions are written as .csv or .jsonl", "choose an ending")


def _csv_writer(stream: IO[str], manifest: Any) -> Callable[[Any], int]:
    writer = csv.writer(stream, lineterminator="\n")
    classes = list(manifest.classes)
    writer.writerow(["prediction", *(f"probability_{name}" for name in classes)])

    def write(said: Any) -> int:
        if not classes:
            writer.writerows([repr(value)] for value in said.values.tolist())
        elif said.probabilities is None:
            writer.writerows([classes[code], *([""] * len(classes))] for code in said.values.tolist())
        else:
            writer.writerows(
                [classes[code], *map(repr, shares)]
                for code, shares in zip(said.values.tolist(), said.probabilities.tolist(), strict=True)
            )
        return len(said.values)

    return write


def _json_writer(stream: IO[str], manifest: Any) -> Callable[[Any], int]:
    classes = list(manifest.classes)

    def write(said: Any) -> int:
        for place, value in enumerate(said.values.tolist()):
            line: dict[str, Any] = {"prediction": classes[value] if classes else value}
            if classes and said.probabilities is not None:
                line["probabilities"] = dict(zip(classes, said.probabilities[place].tolist(), strict=True))
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        return len(said.values)

    return write
