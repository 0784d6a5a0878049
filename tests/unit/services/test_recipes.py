"""The recipe in force: the file, or the last that could be read."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import BadRecipe
from core.registry import recipes as rows
from core.services import recipes
from core.views import recipes as recipe_views
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


def test_code_that_was_broken_and_is_mended_is_taken_up(workspace: Workspace) -> None:
    """The recipe's own file stays as it is."""
    code = workspace.recipes / "features.py"
    code.write_text("def transform(frame): return frame\n")
    (workspace.recipes / "churn.toml").write_text('custom = "features.py:transform"\n' + RECIPE)
    assert recipes.sync(workspace) == ["churn"]
    assert recipes.sync(workspace) == []
    for broken in ("def transform(frame: return", None):
        if broken is None:
            code.unlink()
        else:
            code.write_text(broken)
        assert recipes.sync(workspace) == ["churn"]
        assert recipes.sync(workspace) == []
        assert states(workspace) == {"churn": (False, False)}
    code.write_text("def transform(frame): return frame * 2\n")
    assert recipes.sync(workspace) == ["churn"]
    assert states(workspace) == {"churn": (True, False)}
    assert recipes.sync(workspace) == []


def test_code_that_is_saved_while_it_is_read_is_read_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = workspace.recipes / "features.py"
    code.write_text("def transform(frame): return frame\n")
    (workspace.recipes / "churn.toml").write_text('custom = "features.py:transform"\n' + RECIPE)
    reads = recipes.user_code.code_files

    def saved_meanwhile(*asked: Any) -> Any:
        found = reads(*asked)
        code.write_text("def transform(frame): return frame + 1\n")
        return found

    monkeypatch.setattr(recipes.user_code, "code_files", saved_meanwhile)
    recipes.sync(workspace)
    monkeypatch.undo()
    recipes.sync(workspace)
    with workspace.registry.read() as connection:
        row = rows.get(connection, "churn")
    assert row is not None
    assert row["hash"] == recipes.in_force(workspace, "churn").hash


def test_what_is_no_part_of_the_hash_is_in_force_too(workspace: Workspace) -> None:
    """Where data arrives: as it was saved last, also where the file breaks later."""
    path = workspace.recipes / "churn.toml"
    for folder in ("old", "new"):
        path.write_text(f'watch = "{folder}"\ntarget = "y"\n', "utf-8")
        recipes.sync(workspace)
    assert recipe_views.show(workspace, "churn").watch == "new"
    path.write_text("broken", "utf-8")
    recipes.sync(workspace)
    assert recipe_views.show(workspace, "churn").watch == "new"
    assert recipes.in_force(workspace, "churn").recipe.data.watch == "new"
    with workspace.registry.read() as connection:
        said = [text for (text,) in connection.exec_driver_sql("SELECT kind FROM event WHERE subject = 'recipe churn'")]
    assert said == ["RecipeAdded", "RecipeChanged", "RunNotAsked", "RecipeRejected"]
