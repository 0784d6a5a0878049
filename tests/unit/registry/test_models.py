"""Models, their numbered versions and aliases; recipes and their versions."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from core.registry import models
from core.registry import recipes as recipe_rows
from core.vocabulary import AliasName
from core.workspace import Workspace
from tests.fakes import rows


def test_versions_are_numbered_and_bear_aliases(workspace: Workspace) -> None:
    recipe = rows.recipe(workspace)
    ids = [rows.run(workspace, recipe) for _ in range(2)]
    assert [rows.model_version(workspace, run) for run in ids] == [1, 2]
    with workspace.registry.write("me") as tx:
        assert models.champion(tx.connection, "churn") is None
        for version in (1, 2, 1):
            models.set_alias(tx, "churn", AliasName.CHAMPION, version)
        models.set_alias(tx, "churn", AliasName.CHALLENGER, 2)
        assert models.alias(tx.connection, "churn") == 1
        assert models.alias(tx.connection, "churn", AliasName.CHALLENGER) == 2
        assert models.champion(tx.connection, "churn")["run_id"] == ids[0]  # type: ignore[index]
        models.set_alias(tx, "churn", AliasName.CHALLENGER, None)
        assert models.alias(tx.connection, "churn", AliasName.CHALLENGER) is None
        assert models.of_run(tx.connection, ids[1])["version"] == 2  # type: ignore[index]
        assert models.of_run(tx.connection, 99) is None


def test_a_run_makes_at_most_one_version(workspace: Workspace) -> None:
    run = rows.run(workspace, rows.recipe(workspace))
    rows.model_version(workspace, run)
    with pytest.raises(IntegrityError, match="UNIQUE"):
        rows.model_version(workspace, run)


def test_a_model_is_made_once(workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        models.ensure(tx, "churn", "classification", "roc_auc")
        models.change(tx, "churn", held=True)
        models.ensure(tx, "churn", "regression", "rmse")
        row = models.get(tx.connection, "churn")
        assert models.get(tx.connection, "none") is None
    assert row is not None
    assert (row["task"], row["primary_metric"], row["held"]) == ("classification", "roc_auc", True)


def test_a_recipe_is_put_and_changed(workspace: Workspace) -> None:
    id = rows.recipe(workspace, "b")
    rows.recipe(workspace, "a")
    with workspace.registry.write("me") as tx:
        recipe_rows.put(tx, "b", path="other.toml", problems=[{"key": "x"}])
        recipe_rows.change(tx, "b", paused=True)
        row = recipe_rows.get(tx.connection, "b")
        assert [one["name"] for one in recipe_rows.all(tx.connection)] == ["a", "b"]
        found = recipe_rows.version(tx.connection, "b", "hash of b")
        assert recipe_rows.version(tx.connection, "b", "hash of a") is None
    assert row is not None
    assert (row["path"], row["problems"], row["hash"]) == ("other.toml", [{"key": "x"}], "hash of b")
    assert row["paused"]
    assert found is not None
    assert (found["id"], found["actor"], found["code"]) == (id, "tester", [])


def test_a_recipe_version_is_kept_once(workspace: Workspace) -> None:
    rows.recipe(workspace)
    with pytest.raises(IntegrityError, match="UNIQUE"):
        rows.recipe(workspace)
