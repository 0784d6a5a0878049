"""`footplate train`: a run now."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from console.commands.call import Call
from console.commands.names import recipe_names
from core.errors import UsageError


def train(
    call: Call,
    recipe: Annotated[str, Argument(metavar="RECIPE", autocompletion=recipe_names)],
    data: Annotated[str | None, Option("--data", metavar="NAME@V", help="Learn from this version alone.")] = None,
    set_: Annotated[
        list[str] | None, Option("--set", metavar="KEY=VALUE", help="As model.params.max_iter=50; repeatable.")
    ] = None,
    promote: Annotated[bool, Option("--promote", help="Let a run under --set promote where the gate passes.")] = False,
    wait: Annotated[bool, Option("--wait", help="Until it is decided: exit 1 where the gate did not pass.")] = False,
) -> int:
    """Train a recipe now, on the data that is there."""
    from console.commands.awaiting import decided, need_daemon
    from console.daemon import holder
    from core.services import asking

    workspace = call.workspace
    if wait:
        need_daemon(workspace, f"train {recipe}")
    job = asking.request(
        workspace, recipe, data=data, settings=dict(assignment(one) for one in set_ or []), promote=promote
    )
    if wait:
        return decided(call, job)
    line = f"job {job} will train {recipe} (stop it: `footplate jobs cancel {job}`)"
    if holder(workspace) is None:
        line += "; it waits for the daemon: `footplate daemon start`"
    call.done(line, job=job)
    return 0


def assignment(text: str) -> tuple[str, str]:
    """KEY=VALUE taken apart. UsageError where it is not that."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--set {text!r} sets nothing", "write KEY=VALUE, like model.params.max_iter=50")
    return key.strip(), value.strip()
