"""Requests for work: what each kind of job asks for, and cancelling, retrying and waiting for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import Conflict, NotFound
from core.registry import jobs, runs
from core.registry.jobs import Request
from core.services import pipeline
from core.services.failing import end_run
from core.vocabulary import Cause, EventKind, JobKind, JobState, RunState
from core.workspace import Workspace

GIB = 1 << 30
INGEST_MEMORY = 2 * GIB
INGEST_TIMEOUT = 24 * 3600.0
RELEASE_MEMORY = 2 * GIB
RELEASE_TIMEOUT = 900.0


def ingest_request(dataset: str) -> Request:
    """Take all pending files of a dataset: one job a dataset, however many files."""
    return Request(
        kind=JobKind.INGEST, key=f"ingest:{dataset}", lane=f"ingest:{dataset}", cause=Cause.NEW_DATA,
        payload={"dataset": dataset}, memory=INGEST_MEMORY, timeout=INGEST_TIMEOUT,
    )


def delivery_request(model: str, purpose: JobKind, *, cause: Cause = Cause.NEW_DATA, not_before: Any = None) -> Request:
    """Take all that has been delivered for a model: files to score, or labels. One job a model and purpose."""
    return Request(
        kind=purpose, key=f"{purpose}:{model}", lane=f"{purpose}:{model}", cause=cause, payload={"recipe": model},
        memory=INGEST_MEMORY, timeout=INGEST_TIMEOUT, not_before=not_before,
    )


def train_request(
    recipe: str, cause: Cause, *, cpus: int, memory: int, timeout: float, payload: Mapping[str, Any] | None = None,
    not_before: Any = None, key: str = "",
) -> Request:
    """Train a recipe on what there is when the job starts: later arrivals coalesce into a waiting job."""
    return Request(
        kind=JobKind.TRAIN, key=key or train_key(recipe, cause), lane=f"train:{recipe}", cause=cause,
        payload={"recipe": recipe, **(payload or {})}, memory=memory, timeout=timeout, cpus=cpus,
        not_before=not_before,
    )


def release_request(model: str, version: int, environment: str, cause: Cause) -> Request:
    """Smoke requests against a version that came into an environment; where it answers well it goes on."""
    return Request(
        kind=JobKind.RELEASE, key=f"release:{model}@{version}:{environment}", lane=f"release:{model}", cause=cause,
        payload={"recipe": model, "version": version, "environment": environment}, memory=RELEASE_MEMORY,
        timeout=RELEASE_TIMEOUT,
    )


def train_key(recipe: str, cause: Cause) -> str:
    """One waiting train job a recipe and cause."""
    return f"train:{recipe}:{cause}"


def cancel(workspace: Workspace, job: int) -> str:
    """Cancel a waiting job, or ask a running one to stop."""
    with workspace.registry.write(workspace.actor) as tx:
        row = _job(tx.connection, job)
        if row["state"] in jobs.ENDED:
            raise Conflict(f"job {job} has ended already: it {row['state']}", f"see `footplate jobs show {job}`")
        over = jobs.cancel(tx, job)
        if over:
            end_run(tx, job, RunState.CANCELLED, EventKind.RUN_CANCELLED, "cancelled")
            pipeline.job_over(tx, job, "cancelled", cancelled=True)
    return f"job {job} is {'cancelled' if over else 'being stopped'} (ask again: `footplate jobs retry {job}`)"


def stop_run(workspace: Workspace, run: int) -> str:
    """Stop the job of a run that waits or runs."""
    with workspace.registry.read() as connection:
        row = runs.get(connection, run)
    if row is None or row["job_id"] is None:
        raise NotFound(f"there is no run {run} with a job", "`footplate runs list` shows them")
    if row["state"] not in (RunState.RUNNING, RunState.QUEUED):
        raise Conflict(f"run {run} is {row['state']}", "only a running one can be stopped")
    return cancel(workspace, row["job_id"])


def retry(workspace: Workspace, job: int) -> str:
    """Ask for the same work once more, as a new job."""
    with workspace.registry.write(workspace.actor) as tx:
        row = _job(tx.connection, job)
        if row["state"] not in (JobState.FAILED, JobState.CANCELLED):
            raise Conflict(
                f"job {job} is {row['state']}: only a failed or cancelled one can be tried again",
                f"see `footplate jobs show {job}`",
            )
        id, fresh = jobs.enqueue(
            tx,
            Request(
                kind=JobKind(row["kind"]), key=row["key"], lane=row["lane"], cause=Cause(row["cause"]),
                payload={**row["payload"], "again": job}, memory=row["memory"], timeout=row["timeout"],
                cpus=row["cpus"],
            ),
        )
        if not fresh:
            jobs.hurry(tx, id)  # the same is asked for already: a person does not wait for a backoff or a budget
    return f"job {job} is tried again as job {id} (stop it: `footplate jobs cancel {id}`)"


def acknowledge(workspace: Workspace, job: int) -> str:
    """A failed job that needs nobody any more. It stays in the list, and can still be tried again."""
    with workspace.registry.write(workspace.actor) as tx:
        row = _job(tx.connection, job)
        if row["state"] != JobState.FAILED:
            raise Conflict(
                f"job {job} is {row['state']}: only a failed one is acknowledged", f"see `footplate jobs show {job}`"
            )
        tx.emit(EventKind.JOB_ACKNOWLEDGED, f"job {job}")
    return f"job {job} is acknowledged: it needs nobody any more (try it again: `footplate jobs retry {job}`)"


def _job(connection: Any, id: int) -> Mapping[str, Any]:
    row = jobs.get(connection, id)
    if row is None:
        raise NotFound(f"there is no job {id}", "`footplate jobs list` shows them")
    return row
