"""Scoring a file with a registered model: a piece at a time, one prediction a row, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import BadInput, NotFound
from core.registry import models
from core.services import batch
from core.vocabulary import AliasName
from core.workspace import Workspace


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
    write = batch.writer(out)
    if not source.is_file():
        raise NotFound(f"{source} is no file", "name a CSV, JSON Lines or Parquet file")
    fitted = packaging.load(workspace.store.path(row["artifact"]), row["artifact"])
    table = batch.Source.of(source, source.name)
    done = 0
    try:
        with batch.published(out) as (stream, publish):
            write_piece = write(stream, batch.Form(fitted.manifest))
            for piece in batch.pieces(fitted, table):
                done += write_piece(piece)
                progress(done)
            publish()
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror}", "name a file where you may write") from None
    return f"{done:,} rows of {source.name} scored by {row['model']} v{row['version']} -> {out}"
