"""`footplate daemon`: run it here, start it in the background, stop it, look at it, install it."""

from __future__ import annotations

from console.commands.call import Call, Verb, group

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
def install(call: Call) -> None:
    """Write a systemd user unit, or print a cron line where there is no systemd."""
    from console import daemon

    lines = daemon.install(call.workspace)
    call.done("\n".join(lines), lines=lines)
