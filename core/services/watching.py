"""Which folders are watched: one a dataset, as its own recipe says, and those of files to score and of labels."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import BadRecipe, NotFound
from core.recipes.recipe import Recipe
from core.registry import datasets
from core.services import recipes as recipe_service
from core.services.folders import Watched
from core.vocabulary import JobKind
from core.workspace import Workspace

SCORED = "scored"


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


def delivered(workspace: Workspace, wanted: Sequence[Recipe]) -> dict[str, Watched]:
    """The folders whose files are scored or hold labels, by names that no dataset can have."""
    found: dict[str, Watched] = {}
    for recipe in wanted:
        for one in (scored(workspace, recipe), labelled(workspace, recipe)):
            if one is not None:
                found[f"\x00{one.purpose}:{recipe.name}"] = one
    return found


def everything(workspace: Workspace, wanted: Sequence[Recipe]) -> dict[str, Watched]:
    return watched(workspace, wanted) | delivered(workspace, wanted)


def scored(workspace: Workspace, recipe: Recipe) -> Watched | None:
    """The folder whose files are answered, and where the answers go: `scored` beside it, unless the recipe says."""
    said = recipe.score
    if not said.watch:
        return None
    folder = workspace.locate(said.watch)
    out = workspace.locate(said.out) if said.out else folder.parent / SCORED
    return Watched(recipe.name, folder, said.pattern, said.recursive, JobKind.SCORE, out)


def labelled(workspace: Workspace, recipe: Recipe) -> Watched | None:
    said = recipe.labels
    if not said.watch:
        return None
    return Watched(recipe.name, workspace.locate(said.watch), said.pattern, said.recursive, JobKind.LABEL)


def _of(workspace: Workspace, recipe: Recipe) -> Watched:
    data = recipe.data
    return Watched(recipe.dataset, workspace.locate(data.watch), data.pattern, data.recursive)
