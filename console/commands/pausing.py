"""`footplate pause` and `footplate resume`: stop and go on, for one recipe or for all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from console.commands.call import Call
from console.commands.many import each
from console.commands.names import recipe_names

if TYPE_CHECKING:
    from core.workspace import Workspace

Recipes = Annotated[
    list[str] | None,
    Argument(metavar="RECIPE...", help="Default: all.", show_default=False, autocompletion=recipe_names),
]


def pause(call: Call, recipe: Recipes = None) -> int:
    """Ingest and train nothing for a recipe (or several, or all) until resumed."""
    from core.services import recipes

    return _each(call, recipe, recipes.pause, "recipes paused")


def resume(call: Call, recipe: Recipes = None) -> int:
    """Let a paused recipe (or several, or all) go on."""
    from core.services import recipes

    return _each(call, recipe, recipes.resume, "recipes resumed")


def _each(call: Call, named: list[str] | None, doing: Callable[[Workspace, str | None], str], did: str) -> int:
    from core.views import recipes

    if not named:
        call.done(doing(call.workspace, None))
        return 0
    return each(
        call, named, None, listing=partial(recipes.list, call.workspace), name=lambda one: str(one.name),
        doing=lambda one: doing(call.workspace, one), did=did, undo="undo",
    )
