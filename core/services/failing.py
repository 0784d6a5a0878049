"""What happens to a job, and to its run, when an attempt does not end well.

Each of these looks first whether the attempt still holds the job: where its worker has ended it, or another
attempt has begun, nothing is done.
"""

from __future__ import annotations

from datetime import timedelta

from core.registry import jobs, runs
from core.registry.database import Fence, Transaction
from core.services import pipeline
from core.vocabulary import EventKind, RunState
from core.workspace import Workspace

LONGEST_BACKOFF = 3600.0  # seconds


def attempt_failed(workspace: Workspace, fence: Fence, error: str, *, final: bool = False) -> None:
    """The attempt ended without finishing its job: try again later, or give up with `error`."""
    settings = workspace.settings.daemon
    with workspace.registry.write(workspace.actor) as tx:
        row = jobs.running(tx.connection, fence)
        if row is None:
            return
        error = error or "the worker ended without a word"
        if row["cancel"] and not final:
            _cancelled(tx, fence)
        elif final or row["attempts"] + 1 >= settings.attempts:
            give_up(tx, fence, error)
        else:
            jobs.retry_later(tx, fence, error, tx.now + backoff(settings.backoff_seconds, row["attempts"]))
            _run_waits(tx, fence.job)


def backoff(first: float, attempts: int) -> timedelta:
    """How long to wait after an attempt that was preceded by `attempts` failed ones: doubled each time."""
    return timedelta(seconds=min(first * 2.0 ** min(attempts, 60), max(first, LONGEST_BACKOFF)))


def handed_back(workspace: Workspace, fence: Fence, why: str) -> None:
    """The attempt ended because the daemon or the machine did: it does not count. A wish to cancel is fulfilled."""
    with workspace.registry.write(workspace.actor) as tx:
        row = jobs.running(tx.connection, fence)
        if row is None:
            return
        if row["cancel"]:
            _cancelled(tx, fence)
        else:
            jobs.hand_back(tx, fence, why)
            _run_waits(tx, fence.job)


def stopped_by_person(workspace: Workspace, fence: Fence) -> None:
    """A running job was cancelled, and so was its run."""
    with workspace.registry.write(workspace.actor) as tx:
        if jobs.running(tx.connection, fence) is not None:
            _cancelled(tx, fence)


def give_up(tx: Transaction, fence: Fence, error: str) -> None:
    """The job has failed, and so has its run, if it had begun one."""
    jobs.fail(tx, fence, error)
    pipeline.job_over(tx, fence.job, error)
    end_run(tx, fence.job, RunState.FAILED, EventKind.RUN_FAILED, error)


def end_run(tx: Transaction, job: int, state: RunState, kind: EventKind, error: str) -> None:
    """The run that a job had begun, if any, goes no further."""
    run = runs.of_job(tx.connection, job)
    if run is None or run["state"] not in (RunState.RUNNING, RunState.QUEUED):
        return
    runs.change(tx, run["id"], state=state, error=error, ended_at=tx.now)
    tx.emit(kind, f"run {run['id']}", recipe=run["recipe"], error=error)


def _cancelled(tx: Transaction, fence: Fence) -> None:
    jobs.cancelled(tx, fence)
    pipeline.job_over(tx, fence.job, "cancelled", cancelled=True)
    end_run(tx, fence.job, RunState.CANCELLED, EventKind.RUN_CANCELLED, "cancelled")


def _run_waits(tx: Transaction, job: int) -> None:
    """The next attempt takes the run up again."""
    run = runs.of_job(tx.connection, job)
    if run is not None and run["state"] == RunState.RUNNING:
        runs.change(tx, run["id"], state=RunState.QUEUED)
