"""Scoring folders: every file that arrives is answered by what serves in production, once, beside it.

    settled file -> staged copy -> answers, a piece at a time -> prediction log -> file of answers -> registry

Each step can be done again from the start: the pieces in the log bear the mark of the file, the file of answers is
replaced whole, and the registry says last that it is done. A file that cannot be read is told of; the others go on.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from core.errors import BadData, BadInput, Conflict, FootplateError
from core.failpoints import failpoint
from core.registry import deliveries, deployments, models
from core.registry.database import Fence
from core.registry.deliveries import Delivered
from core.services import batch, delivering
from core.services import recipes as recipe_service
from core.services.inboxes import PRODUCTION
from core.services.watching import scored, watched
from core.serving.batches import Batch, answers
from core.store.files import sweep_files
from core.store.objects import Staged
from core.training import packaging
from core.training.model import Model
from core.vocabulary import EventKind, JobKind, Role, SourceState
from core.workspace import Workspace

Row = Mapping[str, Any]
NAMED_ALIKE = (*batch.CSV, *batch.JSON_LINES)  # endings that answers keep


@dataclass(frozen=True)
class Done:
    """What became of one file."""

    rows: int
    version: int
    out: Path
    seconds: float


class NothingServes(Conflict):
    """Files wait, and no version is deployed in production."""


def run(workspace: Workspace, fence: Fence, job: Row, progress: Callable[[str], None]) -> None:
    """Score all pending files of a model's folder and finish the job. Raises FootplateError for what is set wrong."""
    scorer = _Scorer(workspace, fence, str(job["payload"]["recipe"]))
    done = 0
    while True:
        try:
            for file, name in scorer.mail.waiting():
                if (said := scorer.take(file, name)) is not None:
                    progress(said)
                done += 1
        except NothingServes as error:
            progress(error.message)
            scorer.mail.finish(files=done, waiting=True)
            return
        if scorer.mail.finish(files=done):
            return


def out_of(folder: Path, out: Path, path: Path) -> Path:
    """Where the answers to a file go: its own name where answers can be written so, else with .csv behind."""
    beside = out / os.path.relpath(path, folder)
    return beside if beside.suffix.lower() in NAMED_ALIKE else beside.with_name(f"{beside.name}.csv")


class _Scorer:
    def __init__(self, workspace: Workspace, fence: Fence, model: str) -> None:
        self.workspace, self.fence, self.model = workspace, fence, model
        self.recipe = recipe_service.in_force(workspace, model).recipe
        folder = scored(workspace, self.recipe)
        if folder is None or folder.out is None:
            raise FootplateError(f"the recipe {model} scores no folder any more", "set [score] watch")
        self.folder, self.out = folder.folder, folder.out
        self.mail = delivering.Mail(workspace, fence, folder)
        self._check_out()
        self._load = lru_cache(1)(self._fetch)

    def take(self, file: Delivered, name: str) -> str | None:
        """Score one file; a line of what was done, None where there was nothing to do."""
        self._deployed()  # before anything is copied
        staged = self.mail.stage(file, name)
        if staged is None:
            return None
        try:
            if file.hash == staged.hash:
                self.mail.end(file, SourceState.TAKEN)
                return f"{name}: scored already"
            return self._answer(file, name, staged)
        finally:
            staged.temporary.unlink(missing_ok=True)

    def _answer(self, file: Delivered, name: str, staged: Staged) -> str:
        row, version = self._deployed()
        fitted = self._load(version["artifact"])
        with self.workspace.registry.read() as connection:
            same = deliveries.taken(connection, self.model, JobKind.SCORE, staged.hash)
        again = any(one["version"] == version["version"] for one in same)
        out = out_of(self.folder, self.out, Path(os.fsdecode(file.path)))
        try:
            done = self._score(fitted, file, name, staged, row, out, logged=not again)
        except (OSError, SQLAlchemyError, MemoryError, Conflict):
            raise  # not the file's fault
        except BadInput as error:
            self.mail.refuse(file, name, error)
            return f"{name}: {error.message}"
        except Exception as error:
            if isinstance(error, FootplateError):
                raise
            traceback.print_exc()
            what = BadData(f"{name}: {type(error).__name__}: {error}", "the job's log says where the model failed")
            self.mail.refuse(file, name, what)
            return f"{name}: {what.message}"
        with self.workspace.registry.write(self.workspace.actor, self.fence) as tx:
            deliveries.end(
                tx, file, SourceState.TAKEN, hash=staged.hash, version=done.version, rows=done.rows,
            )
            tx.emit(
                EventKind.FILE_SCORED, f"model {self.model}", file=name, rows=done.rows, version=done.version,
                out=str(done.out), hash=staged.hash, seconds=round(done.seconds, 3), logged=not again,
            )
        failpoint("score.committed")
        return f"{name}: {done.rows:,} rows scored by v{done.version} -> {done.out}"

    def _score(
        self, fitted: Model, file: Delivered, name: str, staged: Staged, row: Row, out: Path, *, logged: bool
    ) -> Done:
        began, now = time.monotonic(), self.workspace.clock.now()
        version, manifest = int(row["version"]), fitted.manifest
        source = batch.Source.of(staged.temporary, name)
        id = self.recipe.data.id if self.recipe.data.id in source.columns else None
        id = None if id in manifest.input_schema else id
        log = Batch(
            delivering.log_of(self.workspace, self.model), version, now, f"{staged.hash} {os.fsdecode(file.path)}"
        )
        said = {"model": self.model, "version": version, "environment": PRODUCTION, "role": Role.STABLE,
                "revision": row["revision"], "at": now, "ms": 0.0}
        keep, rows = self.workspace.settings.serving.log_inputs, 0
        self._make(out.parent)
        try:
            with batch.published(out) as (stream, publish):
                write = batch.writer(out)(stream, batch.Form(manifest, id or "", version))
                for piece in batch.pieces(fitted, source, id or ""):
                    ids = [f"{log.mark}-{number:x}" for number in range(rows, rows + len(piece.frame))]
                    rows += write(piece)
                    if logged:
                        log.add(answers(
                            manifest, said, ids=ids, keys=piece.keys, frame=piece.frame if keep else None,
                            values=piece.said.values, probabilities=piece.said.probabilities, rows=len(ids),
                        ))
                if logged:
                    log.show()  # what is not in the log is not given
                failpoint("score.logged")
                publish()
                failpoint("score.answered")
        finally:
            log.drop()
        return Done(rows, version, out, time.monotonic() - began)

    # -- what it goes by

    def _deployed(self) -> tuple[Row, Row]:
        """The deployment in production, and the version that serves."""
        with self.workspace.registry.read() as connection:
            row = deployments.get(connection, self.model, PRODUCTION)
            found = None if row is None or row["version"] is None else models.version(
                connection, self.model, row["version"]
            )
        if row is None or found is None:
            raise NothingServes(f"nothing of {self.model} serves in production", f"`footplate deploy {self.model}`")
        return row, found

    def _fetch(self, artifact: str) -> Model:
        fitted = packaging.load(self.workspace.store.path(artifact), artifact)
        if not fitted.can_predict():
            raise FootplateError(
                f"what serves of {self.model} cannot score new rows", "give the recipe a [model] predict_command"
            )
        return fitted

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep_files(folder)
        except OSError as error:
            raise FootplateError(
                f"answers cannot be written to {folder}: {error.strerror}", "make it writable, or set [score] out"
            ) from None

    def _check_out(self) -> None:
        """No answers where they would be taken for rows, or written over each other."""
        out, hint = os.path.realpath(self.out), f"set [score] out of the recipe {self.model} to a folder of its own"
        if out == os.path.realpath(self.folder):
            raise FootplateError("answers would be written into the folder that is scored", hint)
        active = recipe_service.active(self.workspace)
        for other in active:
            theirs = scored(self.workspace, other)
            if other.name != self.model and theirs and theirs.out and os.path.realpath(theirs.out) == out:
                raise FootplateError(f"the answers of {self.model} and {other.name} would go to the same folder", hint)
        for name, one in watched(self.workspace, active).items():
            data = os.path.realpath(one.folder)
            if out == data or (one.recursive and out.startswith(data.rstrip("/") + "/")):
                raise FootplateError(f"answers would arrive as data of {name}, in {one.folder}", hint)
