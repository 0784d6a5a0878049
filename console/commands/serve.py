"""`footplate serve`: answer requests over HTTP with what is deployed; or install that."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Option

from console.commands.call import Call, Group, Verb
from console.commands.threads import few_threads

app = typer.Typer(
    cls=Group, add_completion=False, rich_markup_mode=None, invoke_without_command=True,
    pretty_exceptions_enable=False,
)


@app.callback(help="Answer requests over HTTP with what is deployed, until ctrl-c or SIGTERM.")
def serve(
    call: Call,
    host: Annotated[str | None, Option("--host", help="Beyond 127.0.0.1 a token is required.")] = None,
    port: Annotated[int | None, Option("--port", min=0, max=65535, help="0: any that is free.")] = None,
    environment: Annotated[str | None, Option("--env", metavar="NAME", help="Whose deployments are served.")] = None,
    workers: Annotated[int | None, Option("--workers", min=1, max=64, help="Processes that answer.")] = None,
    model: Annotated[str | None, Option("--model", metavar="NAME", help="The model of /invocations.")] = None,
    token: Annotated[
        str | None, Option("--token", help="That clients send; $FOOTPLATE_TOKEN keeps it out of lists of processes.")
    ] = None,
) -> None:
    call.obj = {
        "host": host, "port": port, "environment": environment, "workers": workers, "model": model, "token": token,
    }
    if call.invoked_subcommand is None:
        few_threads()
        from console import server

        server.run(call.workspace, call.obj, call.tell)


@app.command(cls=Verb)
def install(call: Call) -> None:
    """Write a systemd user unit that serves with the options before it, or print a cron line."""
    from console import server

    lines = server.install(call.workspace, call.obj)
    call.done("\n".join(lines), lines=lines)
