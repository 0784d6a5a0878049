"""`footplate serve`: answer requests over HTTP with what is deployed."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from console.commands.call import Call
from console.commands.threads import few_threads


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
    """Answer requests over HTTP with what is deployed, until ctrl-c or SIGTERM."""
    few_threads()
    from console import server

    given = {
        "host": host, "port": port, "environment": environment, "workers": workers, "model": model, "token": token,
    }
    server.run(call.workspace, given, call.tell)
