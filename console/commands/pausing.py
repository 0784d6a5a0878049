"""`footplate pause` and `footplate resume`: stop and go on, for one recipe or for all."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from console.commands.call import Call
from console.commands.names import recipe_names

Recipe = Annotated[
    str | None,
    Argument(metavar="RECIPE", help="Default: all.", show_default=False, autocompletion=recipe_names),
]


def pause(call: Call, recipe: Recipe = None) -> None:
    """Ingest and train nothing for a recipe (or all) until resumed."""
    from core.services import recipes

    call.done(recipes.pause(call.workspace, recipe))


def resume(call: Call, recipe: Recipe = None) -> None:
    """Let a paused recipe (or all) go on."""
    from core.services import recipes

    call.done(recipes.resume(call.workspace, recipe))
