"""`footplate jobs`: the queue of work."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from console.commands.call import Call, Verb, group

app = group("The queue of jobs: cancel, retry.")

Job = Annotated[int, Argument(metavar="JOB", min=1)]


@app.command("cancel", cls=Verb)
def cancel(call: Call, job: Job) -> None:
    """Cancel a waiting job, or stop a running one."""
    from core.services import work

    call.done(work.cancel(call.workspace, job))


@app.command("retry", cls=Verb)
def retry(call: Call, job: Job) -> None:
    """Ask for the same work once more."""
    from core.services import work

    call.done(work.retry(call.workspace, job))
