"""Desired states: a champion moves what serves by the recipe's [release]; people deploy and go back."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import Conflict, NotFound, UsageError
from core.registry import deployments
from core.services import deploy, release, undoing
from core.vocabulary import DeploymentState, Strategy
from core.workspace import Workspace
from tests.fakes import rows

CANARY = '\n[release]\nstrategy = "canary"\nsteps = [0.1, 0.5]\n'


def model(workspace: Workspace, more: str = "") -> None:
    """Four versions; what the recipe says of its release is `more`."""
    recipe = rows.recipe(workspace, text=rows.RECIPE + more)
    for _ in range(4):
        rows.model_version(workspace, rows.run(workspace, recipe))


def row(workspace: Workspace, environment: str = "production") -> dict[str, Any]:
    with workspace.registry.read() as connection:
        found = deployments.get(connection, "churn", environment)
    assert found is not None
    return dict(found)


def test_a_new_champion_replaces_production_at_once(workspace: Workspace) -> None:
    model(workspace)
    release.promote(workspace, "churn", 1)
    release.promote(workspace, "churn", 2)
    found = row(workspace)
    assert (found["version"], found["previous"], found["state"]) == (2, 1, DeploymentState.SERVING)
    assert found["revision"] == 2


def test_a_rollback_of_the_champion_takes_production_along(workspace: Workspace) -> None:
    model(workspace, CANARY)
    release.promote(workspace, "churn", 1)
    release.promote(workspace, "churn", 2)
    assert row(workspace)["candidate"] == 2
    release.rollback(workspace, "churn")
    found = row(workspace)
    assert (found["version"], found["candidate"], found["state"]) == (1, None, DeploymentState.SERVING)


def test_a_canary_comes_in_beside_what_serves(workspace: Workspace) -> None:
    model(workspace, CANARY)
    release.promote(workspace, "churn", 1)
    assert row(workspace)["version"] == 1  # nothing served before: there is nothing to compare it with
    release.promote(workspace, "churn", 2)
    found = row(workspace)
    assert (found["version"], found["candidate"], found["share"], found["state"]) == (1, 2, 0.1, "rolling")
    assert found["steps"] == [0.1, 0.5, 1.0]
    release.promote(workspace, "churn", 3)
    assert row(workspace)["candidate"] == 3


def test_production_waits_for_a_person_where_the_recipe_says_so(workspace: Workspace) -> None:
    model(workspace, '\n[release]\napproval = "human"\n')
    release.promote(workspace, "churn", 1)
    found = row(workspace)
    assert (found["version"], found["candidate"], found["state"]) == (None, 1, DeploymentState.WAITING)
    deploy.approve(workspace, "churn")
    assert row(workspace)["version"] == 1
    with pytest.raises(Conflict):
        deploy.approve(workspace, "churn")


def test_an_undone_rollback_is_no_way_around_the_approval(workspace: Workspace) -> None:
    model(workspace, '\n[release]\napproval = "human"\n')
    release.promote(workspace, "churn", 1)
    deploy.approve(workspace, "churn")
    release.promote(workspace, "churn", 2)
    release.rollback(workspace, "churn")
    assert (row(workspace)["version"], row(workspace)["candidate"]) == (1, None)
    undoing.undo(workspace)
    found = row(workspace)
    assert (found["version"], found["candidate"], found["state"]) == (1, 2, DeploymentState.WAITING)
    deploy.approve(workspace, "churn")
    assert row(workspace)["version"] == 2


def test_an_undone_rollback_of_a_canary_is_a_canary_again(workspace: Workspace) -> None:
    model(workspace, CANARY)
    release.promote(workspace, "churn", 1)
    release.promote(workspace, "churn", 2)
    release.rollback(workspace, "churn")
    undoing.undo(workspace)
    found = row(workspace)
    assert (found["version"], found["candidate"], found["share"]) == (1, 2, 0.1)


def test_a_person_deploys_and_goes_back(workspace: Workspace) -> None:
    model(workspace)
    deploy.deploy(workspace, "churn", 1, "staging")
    assert row(workspace, "staging")["version"] == 1
    deploy.deploy(workspace, "churn", 2, "staging", Strategy.SHADOW)
    found = row(workspace, "staging")
    assert (found["version"], found["candidate"], found["share"]) == (1, 2, 0.0)
    deploy.rollback(workspace, "churn", "staging")
    assert row(workspace, "staging")["candidate"] is None
    with pytest.raises(Conflict):
        deploy.rollback(workspace, "churn", "staging")
    deploy.deploy(workspace, "churn", 3, "staging")
    deploy.rollback(workspace, "churn", "staging")
    assert row(workspace, "staging")["version"] == 1


def test_a_person_deploys_as_the_recipe_says_unless_told_otherwise(workspace: Workspace) -> None:
    model(workspace, CANARY)
    deploy.deploy(workspace, "churn", 1)
    deploy.deploy(workspace, "churn", 2)
    found = row(workspace)
    assert (found["version"], found["candidate"], found["steps"]) == (1, 2, [0.1, 0.5, 1.0])
    deploy.deploy(workspace, "churn", 3, strategy=Strategy.REPLACE)
    assert row(workspace)["version"] == 3


def test_what_is_not_there_is_not_deployed(workspace: Workspace) -> None:
    model(workspace)
    with pytest.raises(NotFound):
        deploy.deploy(workspace, "churn", 9)
    with pytest.raises(UsageError, match="no environment"):
        deploy.deploy(workspace, "churn", 1, "moon")
