"""What people do with runs: tags and notes that others see, and throwing one away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import insert
from sqlalchemy.dialects.sqlite import insert as upsert

from core.errors import Busy, Conflict, NotFound, UsageError
from core.registry import models, runs
from core.registry.database import Transaction
from core.registry.tables import RunNote, RunTag
from core.services import baselines
from core.text import shortened
from core.vocabulary import EventKind, RunState
from core.workspace import Workspace

TAG: Any = RunTag.__table__  # type: ignore[attr-defined]
NOTE: Any = RunNote.__table__  # type: ignore[attr-defined]
LONGEST = 10_000


def tag(workspace: Workspace, run: int, name: str) -> str:
    """Put a tag on a run; twice is harmless."""
    name = _text(name, "tag")
    if name.startswith("-"):
        raise UsageError(f"a tag does not begin with -: {shortened(name)}", "--remove takes one off")
    with workspace.registry.write(workspace.actor) as tx:
        _run(tx, run)
        tx.execute(upsert(TAG).values(run_id=run, tag=name, actor=tx.actor, at=tx.now).on_conflict_do_nothing())
        tx.emit(EventKind.RUN_TAGGED, f"run {run}", tag=name, on=True)
    return f"run {run} is tagged {name} (off: `footplate runs tag {run} --remove {name}`)"


def untag(workspace: Workspace, run: int, name: str) -> str:
    with workspace.registry.write(workspace.actor) as tx:
        _run(tx, run)
        if not tx.execute(delete_rows(TAG).where(TAG.c.run_id == run, TAG.c.tag == name)).rowcount:
            raise NotFound(f"run {run} has no tag {name}", f"see `footplate runs show {run}`")
        tx.emit(EventKind.RUN_TAGGED, f"run {run}", tag=name, on=False)
    return f"run {run} is no longer tagged {name} (on: `footplate runs tag {run} {name}`)"


def note(workspace: Workspace, run: int, text: str) -> str:
    """Write a note beside a run."""
    text = _text(text, "note")
    with workspace.registry.write(workspace.actor) as tx:
        _run(tx, run)
        tx.execute(insert(NOTE).values(run_id=run, text=text, actor=tx.actor, at=tx.now))
        tx.emit(EventKind.RUN_NOTED, f"run {run}", text=text)
    return f"noted on run {run} (notes stay; see `footplate runs show {run}`)"


def _text(text: str, what: str) -> str:
    text = text.strip()
    if not text:
        raise UsageError(f"the {what} is empty", "write something")
    if len(text) > LONGEST:
        raise UsageError(f"the {what} is longer than {LONGEST:,} characters", "shorten it")
    return text


def _run(tx: Transaction, id: int) -> None:
    if runs.get(tx.connection, id) is None:
        raise NotFound(f"there is no run {id}", "`footplate runs list` shows them")


def delete(workspace: Workspace, run: int) -> str:
    """Throw a run away: it is no longer listed. One that a model version came from stays."""
    with workspace.registry.write(workspace.actor) as tx:
        _run(tx, run)
        row = runs.get(tx.connection, run)
        if row is not None and row["deleted"]:
            return f"run {run} is deleted already"
        version = models.of_run(tx.connection, run)
        if version is not None:
            raise Conflict(
                f"run {run} made {version['model']} v{version['version']} and stays",
                "only runs without a version can go",
            )
        if row is not None and row["state"] in (RunState.RUNNING, RunState.QUEUED):
            raise Busy(f"run {run} is {row['state']}", f"stop it first: `footplate jobs cancel {row['job_id']}`")
        baselines.release(tx, run, row["recipe"] if row is not None else "")
        runs.change(tx, run, deleted=True)
        tx.emit(EventKind.RUN_DELETED, f"run {run}")
    return f"run {run} is deleted (it cannot be brought back; its events stay in the log)"
