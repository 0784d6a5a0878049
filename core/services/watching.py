"""Which folders are watched: one a dataset, as the dataset's own recipe says."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import BadRecipe, NotFound
from core.recipes.recipe import Recipe
from core.registry import datasets
from core.services import recipes as recipe_service
from core.services.folders import Watched
from core.workspace import Workspace


def watched(workspace: Workspace, wanted: Sequence[Recipe]) -> dict[str, Watched]:
    """The folder of every dataset that one of these recipes learns from.

    Several recipes may share a dataset; its files are then taken as the recipe says that made it.
    """
    with workspace.registry.read() as connection:
        owners = {
            recipe.dataset: row["recipe"] for recipe in wanted
            if (row := datasets.get(connection, recipe.dataset)) is not None
        }
    found: dict[str, Watched] = {}
    for recipe in wanted:
        name = recipe.dataset
        if owners.get(name, recipe.name) == recipe.name:
            found[name] = _of(workspace, recipe)
        elif name not in found:
            try:
                found[name] = _of(workspace, recipe_service.of_dataset(workspace, name))
            except (NotFound, BadRecipe):
                found[name] = _of(workspace, recipe)
    return found


def _of(workspace: Workspace, recipe: Recipe) -> Watched:
    data = recipe.data
    return Watched(recipe.dataset, workspace.locate(data.watch), data.pattern, data.recursive)
