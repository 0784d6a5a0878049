"""What happens to a job, and to its run, when an attempt does not end well."""

from __future__ import annotations

from datetime import timedelta

from core.registry import jobs, runs
from core.registry.database import Fence, Transaction
from core.vocabulary import EventKind, JobState, RunState
from core.workspace import Workspace


def attempt_failed(workspace: Workspace, fence: Fence, error: str, *, final: bool = False) -> None:
    """The attempt ended without finishing its job: try again later, or give up with `error`.

    Does nothing where the worker itself has ended the job, or another attempt has begun.
    """
    settings = workspace.settings.daemon
    with workspace.registry.write(workspace.actor) as tx:
        row = jobs.get(tx.connection, fence.job)
        if row is None or row["state"] != JobState.RUNNING or row["epoch"] != fence.epoch:
            return
        error = error or "the worker ended without a word"
        if final or row["attempts"] + 1 >= settings.attempts:
            give_up(tx, fence, error)
        else:
            wait = timedelta(seconds=settings.backoff_seconds * 2 ** row["attempts"])
            jobs.retry_later(tx, fence, error, tx.now + wait)


def give_up(tx: Transaction, fence: Fence, error: str) -> None:
    """The job has failed, and so has its run, if it had begun one."""
    jobs.fail(tx, fence, error)
    _end_run(tx, fence, RunState.FAILED, EventKind.RUN_FAILED, error)


def stopped_by_person(workspace: Workspace, fence: Fence) -> None:
    """A running job was cancelled, and so was its run."""
    with workspace.registry.write(workspace.actor) as tx:
        row = jobs.get(tx.connection, fence.job)
        if row is None or row["state"] != JobState.RUNNING or row["epoch"] != fence.epoch:
            return
        jobs.cancelled(tx, fence)
        _end_run(tx, fence, RunState.CANCELLED, EventKind.RUN_CANCELLED, "cancelled")


def _end_run(tx: Transaction, fence: Fence, state: RunState, kind: EventKind, error: str) -> None:
    run = runs.of_job(tx.connection, fence.job)
    if run is None or run["state"] != RunState.RUNNING:
        return
    runs.change(tx, run["id"], state=state, error=error, ended_at=tx.now)
    tx.emit(kind, f"run {run['id']}", recipe=run["recipe"], error=error)
