"""Waiting for one job, with what it says of itself on a terminal, until its run is decided."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from console import output
from console.commands.call import Call
from core.errors import Conflict, FootplateError
from core.vocabulary import JobState, Verdict

if TYPE_CHECKING:
    from core.views.activity import Job
    from core.views.run_rows import Run
    from core.workspace import Workspace

POLL_SECONDS = 0.1
LIVE = (JobState.QUEUED, JobState.DEFERRED, JobState.RUNNING)
RECENT = 50  # runs of the recipe among which the job's own is looked for


def need_daemon(workspace: Workspace, what: str) -> None:
    """Before anything is asked for that is to be waited for: Conflict where no daemon runs that could do it."""
    from console.daemon import holder

    if holder(workspace) is None:
        raise Conflict(
            f"no daemon runs that could {what}; nothing was asked for",
            "`footplate daemon start`, then again; without --wait it is queued until one runs",
        )


def decided(call: Call, id: int) -> int:
    """Show the run of a job once it has ended; 0 unless the gate did not pass. FootplateError where the job failed."""
    workspace = call.workspace
    try:
        job = ended(call, workspace, id)
    finally:
        call.progress("")
    if job.state != JobState.FINISHED:
        raise FootplateError(
            f"job {id} {job.state}" + (f": {job.error}" if job.error else ""), f"see `footplate jobs logs {id}`"
        )
    run = run_of(workspace, job)
    if run is None:
        call.done(f"job {id} finished; there was nothing new to learn from", job=id)
        return 0
    call.one(run, lambda one: output.say(told(one)))
    return 1 if run.verdict in (Verdict.FAILED, Verdict.INSUFFICIENT_DATA) else 0


def measured(call: Call, id: int) -> int:
    """Show what an evaluate job measured once it has ended. FootplateError where it failed."""
    from core.views import evaluations

    try:
        job = ended(call, call.workspace, id)
    finally:
        call.progress("")
    found = evaluations.of_job(call.workspace, job.subject, id)
    if job.state != JobState.FINISHED or found is None:
        raise FootplateError(
            f"job {id} {job.state}" + (f": {job.error}" if job.error else ""), f"see `footplate jobs logs {id}`"
        )
    call.one(found, lambda one: output.say(f"{one.model} v{one.version} -> {one.headline}"))
    return 0


def ended(call: Call, workspace: Workspace, id: int) -> Job:
    """Wait for the end of a job. Conflict where no daemon runs that could do it."""
    from console.daemon import holder
    from core.views import activity

    changes = workspace.registry.change_counter()
    try:
        while True:
            seen = changes.value()
            job = activity.job(workspace, id)
            if job.state not in LIVE:
                return job
            call.progress(f"job {id} {job.state}: {job.progress or job.subject}")
            while changes.value() == seen:
                if holder(workspace) is None:
                    raise Conflict(f"no daemon runs: job {id} waits", "start it: `footplate daemon start`")
                time.sleep(POLL_SECONDS)
    finally:
        changes.close()


def run_of(workspace: Workspace, job: Job) -> Run | None:
    from core.views import runs

    page = runs.list(workspace, where=f'recipe="{job.subject}"', limit=RECENT)
    return next((run for run in page.rows if run.job == job.id), None)


def told(run: Run) -> str:
    """The run in a line."""
    ending = f"{run.outcome or run.state}: {run.decision or run.error or ''}".rstrip(": ")
    parts = (f"run {run.id}", run.headline, ending)
    return " -> ".join(part for part in parts if part)
