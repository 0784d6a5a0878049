"""`footplate daemon`: run it here, start it in the background, stop it, look at it, install it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console import output
from console.commands.call import Call, Verb, group

if TYPE_CHECKING:
    from core.views.daemon import Status

app = group("Run, start, stop or install the daemon.")


@app.command(cls=Verb)
def run(call: Call) -> None:
    """Be the daemon, in the foreground, until ctrl-c or SIGTERM."""
    from console import daemon

    daemon.run(call.workspace)


@app.command(cls=Verb)
def start(call: Call) -> None:
    """Start the daemon in the background."""
    from console import daemon

    call.done(daemon.start(call.workspace))


@app.command(cls=Verb)
def stop(call: Call) -> None:
    """Stop the daemon; running jobs finish or are handed back."""
    from console import daemon

    call.done(daemon.stop(call.workspace))


@app.command(cls=Verb)
def status(call: Call) -> None:
    """Whether the daemon runs, since when, and on what; an object also when it is stopped."""
    from core.views import daemon

    call.one(daemon.status(call.workspace), show)


def show(found: Status) -> None:
    if not found.running:
        output.say("✗ no daemon runs here (start it: `footplate daemon start`)")
    output.write_facts({
        "state": f"✓ running, pid {found.pid}" if found.running else None,
        "since": output.ago(found.since) if found.since else None,
        "last sign": output.ago(found.heartbeat_at) if found.heartbeat_at else None,
        "jobs": f"{found.jobs_running:,} running, {found.jobs_queued:,} waiting",
        "watching": ", ".join(found.watching),
    })


@app.command(cls=Verb)
def install(call: Call) -> None:
    """Write a systemd user unit, or print a cron line where there is no systemd."""
    from console import daemon

    lines = daemon.install(call.workspace)
    call.done("\n".join(lines), lines=lines)
