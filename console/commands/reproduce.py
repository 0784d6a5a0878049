"""`footplate reproduce`: run it again from data, code, environment and seed."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from console import output
from console.commands.call import Call
from console.commands.threads import few_threads


def reproduce(call: Call, run: Annotated[int, Argument(metavar="RUN", min=1)]) -> int:
    """Run it again: exit 0 if the metrics are equal, 1 if not, 4 if a stored byte changed."""
    few_threads()
    from core.services import reproduce as service

    try:
        again = service.reproduce(call.workspace, run, lambda text: call.progress(f"run {run} again: {text}"))
    finally:
        call.progress("")
    call.one(again, lambda one: output.say(one.line))
    return 0 if again.equal else 1
