"""Files of labels, from a folder or by hand: checked whole, counted, kept with their event; the same bytes once.

    settled file -> staged copy -> pieces, held back -> counted -> shown -> registry

Each step can be done again from the start: the pieces bear the mark of the bytes, and the registry says last that
they are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.badrows import BadRows
from core.data.readers import chunks
from core.data.schema import Column, Schema
from core.errors import BadData, Conflict, NotFound
from core.failpoints import failpoint
from core.registry import deliveries, jobs
from core.registry.database import Fence, Transaction
from core.registry.deliveries import Delivered
from core.services import recipes as recipe_service
from core.services.batch import Source, refuse
from core.services.beside import measure
from core.services.delivering import Mail
from core.services.folders import signature_of
from core.services.labelling import ID, LABEL, count_rows, labels_of, said_of, sentence, speller_of
from core.services.watching import labelled
from core.serving import labels, sealed
from core.serving.batches import Batch
from core.serving.columns import Array, Block, Coded
from core.serving.lines import microseconds
from core.store.objects import ChangedWhileCopied, Staged
from core.text import shortened
from core.vocabulary import EventKind, JobKind, Kind, SourceState
from core.workspace import Workspace

ROWS = 100_000
MEND = "mend the row, or leave it out"


def take_file(workspace: Workspace, model: str, path: Path) -> dict[str, Any]:
    """Take a file of labels now. Raises BadData that names line and column; nothing of it is kept then."""
    if not path.is_file():
        raise NotFound(f"{path} is no file", "name a CSV, JSON Lines or Parquet file")
    speller_of(workspace, model)
    try:
        signature = signature_of(path.stat())
        staged = workspace.store.stage(path.resolve())
    except ChangedWhileCopied:
        raise Conflict(f"{path} changes while it is read", "wait until it is written") from None
    try:
        with workspace.registry.read() as connection:
            same = deliveries.taken(connection, model, JobKind.LABEL, staged.hash)
        if same:
            return {"model": model, "file": path.name, "taken": 0, "same": True}

        def end(tx: Transaction, rows: int) -> None:
            deliveries.by_hand(
                tx, model, JobKind.LABEL, bytes(path.absolute()), signature, hash=staged.hash, rows=rows
            )

        return _take(workspace, model, staged, path.name, None, end)
    finally:
        staged.temporary.unlink(missing_ok=True)


def run(workspace: Workspace, fence: Fence, job: Mapping[str, Any], progress: Callable[[str], None]) -> None:
    """Do a label job: the files that have arrived, then what clients have sent."""
    model = str(job["payload"]["recipe"])
    folder = labelled(workspace, recipe_service.in_force(workspace, model).recipe)
    mail = None if folder is None else Mail(workspace, fence, folder)
    done = 0
    while True:
        for file, name in mail.waiting() if mail is not None else ():
            assert mail is not None
            done += 1
            if said := _arrived(workspace, fence, mail, file, name):
                progress(said)
        if (said := count_rows(workspace, model, fence)) is not None:
            progress(said)
        measure(workspace, fence, model, progress)
        if mail is None:
            with workspace.registry.write(workspace.actor, fence) as tx:
                jobs.finish(tx, fence)
            return
        if mail.finish(files=done):
            return


def _arrived(workspace: Workspace, fence: Fence, mail: Mail, file: Delivered, name: str) -> str | None:
    """Take one file that has arrived, or refuse it; what was done, in a line."""
    model = mail.watched.dataset
    staged = mail.stage(file, name)
    if staged is None:
        return None
    try:
        with workspace.registry.read() as connection:
            same = deliveries.taken(connection, model, JobKind.LABEL, staged.hash)
        if same or file.hash == staged.hash:
            mail.end(file, SourceState.TAKEN, hash=staged.hash, rows=0)
            return f"{name}: taken already"

        def end(tx: Transaction, rows: int) -> None:
            deliveries.end(tx, file, SourceState.TAKEN, hash=staged.hash, rows=rows)

        return sentence(_take(workspace, model, staged, name, fence, end))
    except BadData as error:
        mail.refuse(file, name, error)
        return f"{name}: {error.message}"
    finally:
        staged.temporary.unlink(missing_ok=True)


def _take(
    workspace: Workspace, model: str, staged: Staged, name: str, fence: Fence | None,
    end: Callable[[Transaction, int], None],
) -> dict[str, Any]:
    """Check a file whole, count it, keep it. Doing it again replaces what a killed attempt left."""
    folder = labels_of(workspace, model)
    with labels.counting(folder):
        now = labels.after(folder, workspace.clock.now())
        batch = Batch(folder, 0, now, staged.hash)
        try:
            reader = _Reader(workspace, model, staged.temporary, name)
            for block in reader.blocks(now):
                batch.add(block)
            counted = labels.count(
                folder, [sealed.load(path) for path in batch.held], without=batch.mark
            )
            batch.show()
        finally:
            batch.drop()
        failpoint("labels.kept")
        said = said_of(counted) | {
            "source": name, "hash": staged.hash, "without_label": reader.without_label, "without_id": reader.without_id
        }
        with workspace.registry.write(workspace.actor, fence) as tx:
            end(tx, counted.rows)
            tx.emit(EventKind.LABELS_TAKEN, f"model {model}", **said)
        failpoint("labels.committed")
    return {"model": model, "file": name, "taken": counted.rows} | said


class _Reader:
    """The labels in a file, checked, a piece at a time."""

    def __init__(self, workspace: Workspace, model: str, path: Path, name: str) -> None:
        self.speller, self.name = speller_of(workspace, model), name
        self.source = Source.of(path, name)
        data = recipe_service.in_force(workspace, model).recipe.data
        self.id = self._column("ids", data.id, ID)
        self.label = self._column("labels", data.target, LABEL)
        self.without_label = self.without_id = 0

    def _column(self, what: str, said: str | None, else_: str) -> str:
        for column in (said, else_):
            if column in self.source.columns and column is not None:
                return column
        wanted = " or ".join(dict.fromkeys(one for one in (said, else_) if one))
        raise BadData(
            f"{self.name} has no column {wanted} with the {what}", f"its columns are: {', '.join(self.source.columns)}",
            check="missing_column", column=said or else_,
        )

    def blocks(self, now: datetime) -> Iterator[Block]:
        columns = dict.fromkeys((self.id, self.label))
        schema, bad = Schema(tuple(Column(name, Kind.CATEGORY) for name in columns)), BadRows()
        for frame in chunks(self.source.path, self.source.dialect, schema, rows=ROWS, bad_rows=bad):
            refuse(bad, self.name, MEND)
            codes, levels = pd.factorize(frame[self.label])
            spelled = [self._spell(level, frame, codes, code) for code, level in enumerate(levels)]
            named = frame[self.id].notna().to_numpy()
            present = np.append([text is not None for text in spelled], False)[codes].astype(bool)
            self.without_label += int((~present).sum())
            self.without_id += int((present & ~named).sum())
            rows = present & named
            said = Coded.of([*spelled, None])
            yield labels.block(
                np.full(int(rows.sum()), microseconds(now), dtype=np.int64),
                [str(id) for id in frame[self.id].to_numpy()[rows].tolist()],
                Coded(said.codes[codes[rows]], said.levels), self.name,
            )
        refuse(bad, self.name, MEND)

    def _spell(self, level: Any, frame: pd.DataFrame, codes: Array, code: int) -> str | None:
        try:
            return self.speller.of(level)
        except ValueError as error:
            line = int(frame.index[int((codes == code).argmax())])
            raise BadData(
                f"{self.name}: line {line:,}, column {self.label}: found {shortened(str(level))!r}, expected {error}",
                self.speller.hint(level), check="labels", column=self.label, line=line,
            ) from None
