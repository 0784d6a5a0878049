"""The run that the others of its recipe are held against."""

from __future__ import annotations

import json

import pytest

from core.errors import Conflict, NotFound
from core.registry import baselines as rows_of_baselines
from core.registry import runs
from core.services import baselines, notes
from core.vocabulary import RunState
from core.workspace import Workspace
from tests.fakes import rows


@pytest.fixture
def recipe(workspace: Workspace) -> int:
    return rows.recipe(workspace)


def measured(workspace: Workspace, version: int, recipe: str = "churn") -> int:
    id = rows.run(workspace, version, recipe=recipe)
    with workspace.registry.write("tester") as tx:
        runs.add_metrics(tx, id, {"roc_auc": (0.8, 0.7, 0.9)})
    return id


def pinned(workspace: Workspace, recipe: str = "churn") -> int | None:
    with workspace.registry.read() as connection:
        return rows_of_baselines.of_recipe(connection, recipe)


def events(workspace: Workspace) -> list[tuple[str, str, dict[str, object]]]:
    with workspace.registry.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT kind, subject, payload FROM event WHERE kind LIKE 'Baseline%' ORDER BY id"
        ).fetchall()
    return [(kind, subject, json.loads(payload)) for kind, subject, payload in found]


def test_one_run_a_recipe_is_pinned_and_each_step_says_how_to_undo_it(workspace: Workspace, recipe: int) -> None:
    first, second = measured(workspace, recipe), measured(workspace, recipe)
    assert f"undo: `footplate runs unpin {first}`" in baselines.pin(workspace, first)
    assert f"undo: `footplate runs pin {first}`" in baselines.pin(workspace, second)
    assert "already" in baselines.pin(workspace, second)
    assert pinned(workspace) == second
    with pytest.raises(Conflict, match=f"run {first} is no baseline"):
        baselines.unpin(workspace, first)
    assert "no longer" in baselines.unpin(workspace, second)
    assert pinned(workspace) is None
    assert events(workspace) == [
        ("BaselinePinned", f"run {first}", {"recipe": "churn", "before": None}),
        ("BaselinePinned", f"run {second}", {"recipe": "churn", "before": first}),
        ("BaselineUnpinned", f"run {second}", {"recipe": "churn"}),
    ]


def test_each_recipe_has_its_own(workspace: Workspace, recipe: int) -> None:
    other = measured(workspace, rows.recipe(workspace, "sales"), "sales")
    one = measured(workspace, recipe)
    baselines.pin(workspace, one)
    baselines.pin(workspace, other)
    assert (pinned(workspace), pinned(workspace, "sales")) == (one, other)


def test_what_was_not_measured_is_no_baseline(workspace: Workspace, recipe: int) -> None:
    id = rows.run(workspace, recipe, state=RunState.FAILED)
    with pytest.raises(Conflict, match="has no metrics"):
        baselines.pin(workspace, id)
    with pytest.raises(NotFound):
        baselines.pin(workspace, 99)
    with pytest.raises(NotFound):
        baselines.unpin(workspace, 99)


def test_a_baseline_that_is_thrown_away_is_none_any_more(workspace: Workspace, recipe: int) -> None:
    id = measured(workspace, recipe)
    baselines.pin(workspace, id)
    notes.delete(workspace, id)
    assert pinned(workspace) is None
    assert events(workspace)[-1][0] == "BaselineUnpinned"
    with pytest.raises(NotFound):
        baselines.pin(workspace, id)
