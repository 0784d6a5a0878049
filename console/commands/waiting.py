"""`footplate wait`: until all that has arrived is judged and learned from."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from console.commands.call import Call
from core.errors import FootplateError


def wait(
    call: Call,
    timeout: Annotated[float, Option("--timeout", min=0, metavar="SECONDS", help="At most.")] = 300.0,
) -> None:
    """Wait until all that has arrived is judged and learned from."""
    from console.daemon import holder
    from core.services import waiting

    workspace = call.workspace
    left = ""

    def tell(text: str) -> None:
        nonlocal left
        left = text
        call.progress(f"waiting: {text}")

    over = waiting.wait(workspace, timeout, daemon_runs=lambda: holder(workspace) is not None, tell=tell)
    call.progress("")
    if not over and holder(workspace) is None:
        raise FootplateError(f"no daemon runs and work is left: {left}", "start it: `footplate daemon start`")
    if not over:
        longer = "wait longer: `footplate wait --timeout 3600`"
        raise FootplateError(f"time is up after {timeout:g} s and work is left: {left}", longer)
    call.done("all that has arrived is judged, and no job waits or runs")
