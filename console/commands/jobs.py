"""`footplate jobs`: the queue of work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.commands.many import Whose, each
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.activity import Job as Shown
    from core.workspace import Workspace

app = group("The queue of jobs: list, logs, cancel, retry, acknowledge.")

Job = Annotated[int, Argument(metavar="JOB", min=1)]
Jobs = Annotated[list[int] | None, Argument(metavar="JOB...", min=1, show_default=False)]


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All jobs, newest first."""
    from core.views import activity, flat
    from screens.format import status

    listing.show(
        call, partial(activity.jobs, call.workspace), asked(where, order, limit),
        [
            Column("job", lambda job: str(job.id), right=True),
            Column("kind", lambda job: job.kind),
            Column("of", lambda job: job.subject),
            Column("state", lambda job: status(job.state)),
            Column("cause", lambda job: job.cause.replace("_", " ")),
            Column("queued", lambda job: ago(job.queued_at)),
            Column("tries", lambda job: str(job.attempts) if job.attempts else None, right=True),
            Column("what", lambda job: job.error or job.progress),
        ],
        flat.JOBS, empty="no jobs yet" if not where else "no job is like that",
    )


@app.command("show", cls=Verb)
def show(call: Call, job: Job) -> None:
    """One job: what it asks for, and how it went."""
    from core.views import activity

    call.one(activity.job(call.workspace, job), write_job)


def write_job(job: Shown) -> None:
    from screens.format import moment, status

    output.write_facts({
        "job": f"{job.id}, {job.kind} of {job.subject}, {job.cause.replace('_', ' ')}, {job.actor}",
        "state": status(job.state),
        "stopping": "yes" if job.cancelling else None,
        "progress": job.progress,
        "error": job.error,
        "tries": str(job.attempts) if job.attempts else None,
        "queued": moment(job.queued_at),
        "not before": moment(job.not_before) if job.not_before else None,
        "started": moment(job.started_at) if job.started_at else None,
        "ended": moment(job.ended_at) if job.ended_at else None,
        "process": str(job.pid) if job.pid else None,
        "log": str(job.log) if job.log.exists() else None,
    })


@app.command("logs", cls=Verb)
def logs(
    call: Call, job: Job,
    lines: Annotated[int, Option("--lines", min=0, metavar="N", help="The last so many; 0: all.")] = 200,
) -> None:
    """What a job said while it ran."""
    from core.views import activity

    said = activity.job_log(call.workspace, job, lines)
    call.one({"job": job, "lines": said}, lambda one: output.say("\n".join(said)))


@app.command("cancel", cls=Verb)
def cancel(call: Call, jobs: Jobs = None, where: Whose = None) -> int:
    """Cancel a waiting job, or stop a running one; several, or all that are like --where."""
    from core.services import work

    return _each(call, jobs, where, work.cancel, "jobs cancelled or being stopped", "jobs retry JOB...")


@app.command("retry", cls=Verb)
def retry(call: Call, jobs: Jobs = None, where: Whose = None) -> int:
    """Ask for the same work once more."""
    from core.services import work

    return _each(call, jobs, where, work.retry, "jobs tried again", "jobs cancel JOB...")


@app.command("acknowledge", cls=Verb)
def acknowledge(call: Call, jobs: Jobs = None, where: Whose = None) -> int:
    """Say that a failed job is known: `status` no longer asks for a person."""
    from core.services import work

    return _each(call, jobs, where, work.acknowledge, "jobs acknowledged", "undo")


def _each(
    call: Call, named: list[int] | None, where: list[str] | None, doing: Callable[[Workspace, int], str], did: str,
    undo: str,
) -> int:
    from core.views import activity

    return each(
        call, named, where, listing=partial(activity.jobs, call.workspace), name=lambda job: int(job.id),
        doing=lambda job: doing(call.workspace, job), did=did, undo=undo,
    )
