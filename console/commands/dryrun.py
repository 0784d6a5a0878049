"""`footplate dry-run`: what would happen, without its happening."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from console import output
from console.commands.call import Call
from console.commands.names import recipe_names
from console.commands.threads import few_threads


def dry_run(
    call: Call,
    what: Annotated[str, Argument(metavar="FILE or RECIPE", autocompletion=recipe_names)],
    data: Annotated[
        str | None, Option("--data", metavar="NAME", help="The dataset that the file would be taken into.")
    ] = None,
) -> int:
    """What would happen if this file arrived, or this recipe were saved; changes nothing. Exit 1 where it fails."""
    from core.views.daemon import running
    from screens.levels.outlook import told

    found = outlook(call, what, data)

    def show(made: dict[str, Any]) -> None:
        for line in told(made, daemon=running(call.workspace) is not None):
            output.say(line.plain.rstrip())

    call.one(found, show)
    return 0 if succeeds(found) else 1


def outlook(call: Call, what: str, data: str | None) -> dict[str, Any]:
    """A recipe by its name or its .toml, everything else is a file."""
    from core.services import rehearsal

    path = Path(what).expanduser()
    if path.suffix == ".toml" and path.is_file():
        return rehearsal.recipe_saved(call.workspace, path)
    if not path.exists() and data is None and "." not in what and "/" not in what:
        return rehearsal.of_name(call.workspace, what)
    few_threads()
    from core.services import dryrun

    call.progress(f"reading {path.name}")
    try:
        return dryrun.file_arrives(call.workspace, str(path), data or "")
    finally:
        call.progress("")


def succeeds(found: dict[str, Any]) -> bool:
    """Whether the file would be accepted (or is there already), the recipe could be used."""
    return bool(found["valid"]) if found["kind"] == "recipe" else found["verdict"] in ("accepted", "same")
