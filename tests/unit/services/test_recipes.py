"""The recipe in force: the file, or the last that could be read."""

from __future__ import annotations

import pytest

from core.errors import BadRecipe
from core.registry import recipes as rows
from core.services import recipes
from core.workspace import Workspace
from tests.fakes.lab import RECIPE


def states(workspace: Workspace) -> dict[str, tuple[bool, bool]]:
    """(valid, removed) of every recipe."""
    with workspace.registry.read() as connection:
        return {row["name"]: (bool(row["valid"]), bool(row["removed"])) for row in rows.all(connection)}


@pytest.mark.parametrize("file", ["churn.toml", "of_another_name.toml"])
def test_a_recipe_that_breaks_stays_in_force_as_it_was(workspace: Workspace, file: str) -> None:
    path = workspace.recipes / file
    path.write_text('name = "churn"\n' + RECIPE)
    recipes.sync(workspace)
    good = recipes.in_force(workspace, "churn")
    assert good.text == 'name = "churn"\n' + RECIPE
    path.write_text("nonsense")
    recipes.sync(workspace)
    assert states(workspace) == {"churn": (False, False)}
    assert recipes.in_force(workspace, "churn") == good
    assert recipes.active(workspace) == [good.recipe]
    with pytest.raises(BadRecipe):
        recipes.load(workspace, "churn")
    path.write_text('name = "churn"\n' + RECIPE)
    recipes.sync(workspace)
    assert states(workspace) == {"churn": (True, False)}


def test_a_recipe_that_changes_its_name_is_another(workspace: Workspace) -> None:
    path = workspace.recipes / "churn.toml"
    path.write_text(RECIPE)
    recipes.sync(workspace)
    path.write_text('name = "new"\n' + RECIPE)
    recipes.sync(workspace)
    assert states(workspace) == {"churn": (True, True), "new": (True, False)}


def test_a_broken_recipe_that_was_never_valid_is_told(workspace: Workspace) -> None:
    (workspace.recipes / "churn.toml").write_text("nonsense")
    recipes.sync(workspace)
    assert states(workspace) == {"churn": (False, False)}
    with pytest.raises(BadRecipe):
        recipes.in_force(workspace, "churn")
