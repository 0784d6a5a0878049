"""`footplate deploy` and `footplate deployments`, as a shell sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.services import deploy, rollout
from core.vocabulary import Role, Strategy
from core.workspace import Workspace
from tests.fakes.traffic import CANARY, answered, model, row

Say = Callable[..., str]
Ask = Callable[..., Any]


def test_a_version_is_deployed_and_rolled_back(root: object, workspace: Workspace, say: Say, ask: Ask) -> None:
    model(workspace, "", champions=1)
    assert say("deploy", "churn@3", "--to", "staging").startswith("churn v3 serves in staging")
    said = say("deploy", "churn@2", "--strategy", "canary", "--steps", "10%,50%")
    assert said.startswith("churn v2 comes in by canary in production, before it was v1")
    assert row(workspace)["steps"] == [0.1, 0.5, 1.0]
    [one] = ask("deployments", "list", "churn", "--where", "environment=production")
    assert (one["version"], one["candidate"], one["share"]) == (1, 2, 0.1)
    assert say("deployments", "rollback", "churn").startswith("churn v1 serves in production")
    assert ask("deployments", "show", "churn")["history"][0]["why"] == "rolled back by a person"


def test_the_champion_is_deployed_where_no_version_is_named(root: object, workspace: Workspace, say: Say) -> None:
    model(workspace, "")
    say("deploy", "churn", "--to", "staging")
    assert row(workspace, "staging")["version"] == 2


def test_what_a_canary_did_is_shown(root: object, workspace: Workspace, say: Say) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 4000)
    answered(workspace, 2, Role.CANARY, 100)
    rollout.step(workspace)
    said = say("deployments", "show", "churn")
    assert "v1 50% · v2 50%" in said and "10% · [50%] · 100%" in said
    assert "100 of 100 requests" in said
    assert "v1 50% · v2 50%" in say("deployments", "list")


def test_an_approval_and_an_acknowledgement(root: object, workspace: Workspace, say: Say) -> None:
    model(workspace, CANARY + 'approval = "human"\n', champions=1)
    assert "goes to production" in say("deployments", "approve", "churn")
    deploy.deploy(workspace, "churn", 2, strategy=Strategy.CANARY)
    answered(workspace, 1, Role.STABLE, 4000)
    answered(workspace, 2, Role.CANARY, 100, errors=30)
    rollout.step(workspace)
    assert "rolled back in production" in say("status", code=1)
    say("deployments", "acknowledge", "churn")
    assert "rolled back in production" not in say("status", code=1)
    say("deployments", "acknowledge", "churn", code=5)


def test_what_makes_no_sense_is_said(root: object, workspace: Workspace, say: Say) -> None:
    model(workspace, "")
    say("deploy", "churn", "--strategy", "slowly", code=2)
    say("deploy", "churn", "--steps", "50%,10%", "--strategy", "canary", code=2)
    say("deploy", "churn", "--to", "moon", code=2)
    say("deploy", "churn@9", code=3)
    say("deployments", "show", "churn", "--env", "staging", code=3)
    say("deployments", "approve", "churn", code=5)
