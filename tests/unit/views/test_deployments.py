"""What serves where, as it is shown; what needs a person; and what `why` and the story tell of it."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.errors import NotFound, UsageError
from core.registry import deployments as rows
from core.services import deploy, release, rollout
from core.views import activity, deployments, overview
from core.views.why import why
from core.vocabulary import Role
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.traffic import CANARY, SHADOW, answered, model


def server(workspace: Workspace, name: str, revision: int) -> None:
    with workspace.registry.write("server") as tx:
        began: datetime = tx.now
        rows.put_server(tx, name, "production", "127.0.0.1:8000", began, {"churn": revision})


def needs(workspace: Workspace) -> list[overview.Need]:
    return [need for need in overview.overview(workspace).needs if need.kind == "deployment"]


def test_both_sides_of_a_canary_are_shown(workspace: Workspace, clock: FakeClock) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 540, errors=1)
    answered(workspace, 2, Role.CANARY, 60, seconds=0.02)
    server(workspace, "here:1", 2)
    server(workspace, "here:2", 1)
    clock.go_on(30)
    [one] = deployments.list(workspace)
    assert (one.name, one.state, one.split) == ("churn/production", "rolling", "v1 90% · v2 10%")
    assert one.stable is not None and one.beside is not None
    assert (one.stable.requests, one.stable.errors, one.beside.requests) == (540, 1, 60)
    assert one.rate == pytest.approx(600 / 90)  # of the minute before and of this one
    assert one.beside.p50 == pytest.approx(0.02, rel=0.15)
    assert (one.servers, one.behind) == (2, 1)
    clock.go_on(60)
    assert deployments.list(workspace).rows[0].servers == 0


def test_what_serves_alone_is_told_of_lately(workspace: Workspace, clock: FakeClock) -> None:
    model(workspace, "")
    answered(workspace, 2, Role.STABLE, 10)
    clock.go_on(3600)
    answered(workspace, 2, Role.STABLE, 20)
    [one] = deployments.list(workspace)
    assert (one.split, one.beside) == ("v2", None)
    assert one.stable is not None and one.stable.requests == 20
    assert len(deployments.show(workspace, "churn").minutes) == 2


def test_listings_are_narrowed_and_ordered(workspace: Workspace) -> None:
    model(workspace, "")
    deploy.deploy(workspace, "churn", 3, "staging")
    assert [one.environment for one in deployments.list(workspace)] == ["production", "staging"]
    assert [one.version for one in deployments.list(workspace, where="environment=staging")] == [3]
    assert [one.version for one in deployments.list(workspace, order="-version")] == [3, 2]
    with pytest.raises(UsageError, match="no column"):
        deployments.list(workspace, where="moon=1")
    with pytest.raises(NotFound, match="not deployed"):
        deployments.show(workspace, "churn", "moon")


def test_the_steps_are_told_with_their_reasons(workspace: Workspace) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 4000)
    answered(workspace, 2, Role.CANARY, 100)
    rollout.step(workspace)
    history = deployments.show(workspace, "churn").history
    assert history[0].why == "canary of v2 goes on to 50%: errors 0.0 %, p95 9.9 ms on 100 requests"
    assert [reason["check"] for reason in history[0].reasons] == ["errors", "p50", "p95", "p99", "requests"]
    assert [step.share for step in history] == [0.5, 0.1, 0.0]


def test_a_rollback_needs_a_person_until_it_is_known_or_something_else_comes(workspace: Workspace) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 4000, errors=4)
    answered(workspace, 2, Role.CANARY, 240, errors=5)
    rollout.step(workspace)
    [need] = needs(workspace)
    assert need.text == "canary of churn v2 rolled back in production: errors 2.1 % against 0.1 % on 240 requests"
    assert need.command == "footplate deployments acknowledge churn"
    deploy.acknowledge(workspace, "churn")
    assert needs(workspace) == []
    release.promote(workspace, "churn", 3)
    answered(workspace, 3, Role.CANARY, 240, errors=50)
    rollout.step(workspace)
    assert len(needs(workspace)) == 1
    release.promote(workspace, "churn", 4)
    assert needs(workspace) == []


def test_what_waits_at_a_door_needs_a_person(workspace: Workspace) -> None:
    model(workspace, '\n[release]\napproval = "human"\n', champions=1)
    [need] = needs(workspace)
    assert need.command == "footplate deployments approve churn"
    assert deployments.list(workspace).rows[0].split == "nothing · v1 waits"
    deploy.approve(workspace, "churn")
    assert needs(workspace) == []


def test_why_and_the_story_tell_of_the_rollback(workspace: Workspace) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 4000, errors=4)
    answered(workspace, 2, Role.CANARY, 240, errors=5)
    rollout.step(workspace)
    lines = [line.text for line in why(workspace, "churn@2").lines if line.label == "since then"]
    assert [line.partition("UTC ")[2] for line in lines] == [
        "v2 became the champion: promoted by a person (tester)",
        "v2 gets 10% of production: promoted by a person (tester)",
        "its canary was rolled back in production: errors 2.1 % against 0.1 % on 240 requests (tester)",
        "v1 took its place: rolled back: it was worse than the version before (tester)",
    ]
    told = [one.text for one in activity.decisions(workspace)]
    assert told[0] == (
        "canary of churn v2 rolled back in production: errors 2.1 % against 0.1 % on 240 requests; v1 serves again"
    )
    assert told[1] == "churn in production: promoted by a person"


def test_a_shadow_is_told_as_one(workspace: Workspace) -> None:
    model(workspace, SHADOW)
    answered(workspace, 2, Role.SHADOW, 50, compared=50, agreed=49)
    [one] = deployments.list(workspace)
    assert one.split == "v1 · shadow v2" and one.beside is not None
    assert one.beside.agreement == 0.98
    assert one.rate == 0.0
    assert CANARY not in one.why
