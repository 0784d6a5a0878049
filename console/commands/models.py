"""`footplate models`: promote, roll back, hold, approve, undo."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from console.commands.call import Call, Verb, group
from console.commands.names import recipe_names, version_number
from core.errors import UsageError

app = group("Models: promote, roll back, hold, approve.")

Name = Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)]
Version = Annotated[
    str | None, Argument(metavar="VERSION", help="Or write NAME@VERSION.", show_default=False)
]
Seen = Annotated[
    str | None,
    Option("--champion", metavar="VERSION", help="The champion that you saw; another by now: exit 5."),
]


@app.command("promote", cls=Verb)
def promote(call: Call, name: Name, version: Version = None, champion: Seen = None) -> None:
    """Make a version the champion."""
    from core.services import release

    if version is None:
        name, _, version = name.rpartition("@")
        if not name:
            raise UsageError("which version?", f"`footplate models promote {version} VERSION`")
    seen = None if champion is None else version_number(champion)
    call.done(release.promote(call.workspace, name, version_number(version), seen_champion=seen))


@app.command("rollback", cls=Verb)
def rollback(call: Call, name: Name, champion: Seen = None) -> None:
    """Back to the champion before, and hold: nothing is promoted until `resume`."""
    from core.services import release

    seen = None if champion is None else version_number(champion)
    call.done(release.rollback(call.workspace, name, seen_champion=seen))


@app.command("hold", cls=Verb)
def hold(
    call: Call, name: Name,
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="Shown wherever the hold is.")] = "",
) -> None:
    """Stop promotion, and nothing else."""
    from core.services import release

    call.done(release.hold(call.workspace, name, reason))


@app.command("resume", cls=Verb)
def resume(call: Call, name: Name) -> None:
    """Let a held model promote again."""
    from core.services import release

    call.done(release.resume(call.workspace, name))


@app.command("approve", cls=Verb)
def approve(
    call: Call, name: Name,
    run: Annotated[int | None, Option("--run", metavar="RUN", help="Only if this run waits.")] = None,
) -> None:
    """Say yes to the version that waits for a person."""
    from core.services import release

    call.done(release.approve(call.workspace, name, run))


@app.command("undo", cls=Verb)
def undo(call: Call, name: Name) -> None:
    """Take back the last move of the champion; undoing twice does it again."""
    from core.services import release

    call.done(release.undo(call.workspace, name))
