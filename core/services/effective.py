"""The values of a recipe that are in effect, for `recipes show --full`."""

from __future__ import annotations

from typing import Any

from core.errors import BadRecipe
from core.recipes.effective import effective
from core.registry import recipes as rows
from core.services import recipes as recipe_service
from core.workspace import Workspace


def values(workspace: Workspace, name: str) -> list[tuple[str, Any, str]]:
    """(dotted key, value, "recipe" | "default" | "file name") of the recipe in force.

    Raises NotFound, and BadRecipe where it was never valid.
    """
    with workspace.registry.read() as connection:
        row = rows.get(connection, name)
    if row is None or row["text"] is None:
        recipe_service.load(workspace, name)  # says what is wrong, or that there is none
        raise BadRecipe(f"recipe {name} was not read yet", "start the daemon: `footplate daemon start`")
    path = workspace.recipes / f"{name}.toml"
    return effective(row["text"], str(path), path.stem)
