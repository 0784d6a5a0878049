"""Runs and what they took up: what no run has learned from yet, budgets, numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.registry import runs
from core.vocabulary import Cause, RunState, VersionState
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.clock import START, FakeClock


@pytest.fixture
def recipe(workspace: Workspace) -> int:
    rows.recipe(workspace, "other")
    return rows.recipe(workspace, "churn")


def unlearned(workspace: Workspace, besides: int | None = None) -> list[int]:
    with workspace.registry.read() as connection:
        return runs.unlearned(connection, "churn", "churn", besides)


def test_a_version_is_taken_up_by_one_new_data_run(workspace: Workspace, recipe: int) -> None:
    first, second = (rows.version(workspace, data=bytes([n])) for n in range(2))
    assert unlearned(workspace) == [first, second]
    run = rows.run(workspace, recipe, used=(first,))
    assert unlearned(workspace) == [second]
    assert unlearned(workspace, besides=run) == [first, second]
    rows.run(workspace, recipe, left_out=(second,))
    assert unlearned(workspace) == []


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause != Cause.NEW_DATA])
def test_other_runs_take_nothing_up(workspace: Workspace, recipe: int, cause: Cause) -> None:
    version = rows.version(workspace)
    rows.run(workspace, recipe, used=(version,), cause=cause)
    assert unlearned(workspace) == [version]


def test_another_recipe_on_the_same_data_learns_for_itself(workspace: Workspace, recipe: int) -> None:
    version = rows.version(workspace)
    rows.run(workspace, rows.recipe(workspace, "third", dataset="churn"), recipe="third", used=(version,))
    assert unlearned(workspace) == [version]


@pytest.mark.parametrize(
    "changes", [{"state": VersionState.QUARANTINED}, {"state": VersionState.RETIRED}, {"labelled": 0}]
)
@pytest.mark.usefixtures("recipe")
def test_what_cannot_be_learned_from_is_not_missed(workspace: Workspace, changes: dict[str, object]) -> None:
    rows.version(workspace, **changes)
    assert unlearned(workspace) == []


def test_an_attempt_that_begins_again_forgets_what_it_took_up(workspace: Workspace, recipe: int) -> None:
    first, second = (rows.version(workspace, data=bytes([n])) for n in range(2))
    run = rows.run(workspace, recipe, used=(second, first), left_out=())
    with workspace.registry.write("me") as tx:
        assert runs.data(tx.connection, run) == [first, second]
        runs.clear_data(tx, run)
        runs.add_data(tx, run, [second], [first])
        runs.mark_fresh(tx, run, [second])
        assert runs.data(tx.connection, run) == [second]
        fresh = tx.connection.exec_driver_sql("SELECT version_id FROM rundata WHERE fresh").scalars().all()
    assert fresh == [second]


def test_a_job_has_one_run(workspace: Workspace, recipe: int) -> None:
    run = rows.run(workspace, recipe, job_id=3, state=RunState.RUNNING)
    with workspace.registry.read() as connection:
        found = runs.of_job(connection, 3)
        assert found is not None
        assert found["id"] == run
        assert runs.of_job(connection, 4) is None
        assert [row["id"] for row in runs.running(connection)] == [run]
        assert runs.recipe_version(connection, recipe)["recipe"] == "churn"


def test_how_many_and_when(workspace: Workspace, recipe: int, clock: FakeClock) -> None:
    with workspace.registry.read() as connection:
        assert runs.last_started(connection, "churn") is None
    for _ in range(3):
        rows.run(workspace, recipe)
        clock.go_on(60)
    with workspace.registry.read() as connection:
        assert runs.since(connection, "churn", START + timedelta(seconds=60)) == 2
        assert runs.since(connection, "other", START) == 0
        last = connection.exec_driver_sql("SELECT max(started_at) FROM run").scalar()
        assert runs.last_started(connection, "churn") == START + timedelta(seconds=120)
        assert isinstance(last, str)


def test_numbers_of_a_run(workspace: Workspace, recipe: int) -> None:
    run = rows.run(workspace, recipe)
    with workspace.registry.write("me") as tx:
        runs.add_metrics(tx, run, {"roc_auc": (0.8, 0.7, 0.9), "rmse": (3.0, None, None)})
        runs.add_metrics(tx, run, {})
        runs.add_params(tx, run, {"max_iter": 50, "rate": 0.1, "loss": "log", "early": True})
        runs.put_points(tx, run, [("loss", 1, 0.5), ("loss", 2, 0.25)])
        runs.put_points(tx, run, [])
        runs.put_points(tx, run, [("loss", 2, 0.125)])
        points = [tuple(row) for row in tx.connection.exec_driver_sql("SELECT name, step, value FROM runpoint")]
        runs.clear_points(tx, run)
        assert points == [("loss", 1, 0.5), ("loss", 2, 0.125)]
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM runpoint").scalar() == 0
        runs.add_artifact(tx, run, "model.zip", "h", 3)
    with workspace.registry.read() as connection:
        assert runs.metrics(connection, run) == {"roc_auc": 0.8, "rmse": 3.0}
        params = connection.exec_driver_sql("SELECT name, value, number FROM runparam ORDER BY name").fetchall()
    assert [tuple(row) for row in params] == [
        ("early", "True", 1.0), ("loss", "log", None), ("max_iter", "50", 50.0), ("rate", "0.1", 0.1),
    ]
