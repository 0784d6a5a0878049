"""Rollouts: steps by requests and minutes, and back by itself with the number that says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.automation.rollouts import LATER_SECONDS, SOON_SECONDS, Rollouts
from core.registry import champions, deployments, models
from core.services import deploy, release, rollout, served
from core.serving.routing import Route
from core.vocabulary import EventKind, Role, Strategy
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.traffic import CANARY, SHADOW, answered, model, row


def champion(workspace: Workspace) -> int | None:
    with workspace.registry.read() as connection:
        return models.alias(connection, "churn")


def last(workspace: Workspace, kind: EventKind) -> dict[str, Any]:
    with workspace.registry.read() as connection:
        return next(
            one for one in deployments.changes(connection, "churn", "production") if one["kind"] == kind
        )


def test_a_good_canary_goes_to_all_requests(workspace: Workspace, clock: FakeClock) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 900)
    assert rollout.step(workspace) == []
    answered(workspace, 2, Role.CANARY, 100)
    assert len(rollout.step(workspace)) == 1
    assert (row(workspace)["step"], row(workspace)["share"]) == (1, 0.5)
    clock.go_on(30)
    answered(workspace, 2, Role.CANARY, 99)  # the requests of the step before do not count
    assert rollout.step(workspace) == []
    answered(workspace, 2, Role.CANARY, 1)
    [said] = rollout.step(workspace)
    assert said == "churn v2 serves in production: errors 0.0 %, p95 9.9 ms on 200 requests"
    found = row(workspace)
    assert (found["version"], found["previous"], found["candidate"], found["state"]) == (2, 1, None, "serving")
    assert rollout.step(workspace) == []


def test_a_step_lasts_its_minutes(workspace: Workspace, clock: FakeClock) -> None:
    model(workspace, CANARY + "min_minutes = 10\n")
    answered(workspace, 1, Role.STABLE, 900)
    answered(workspace, 2, Role.CANARY, 500)
    assert rollout.step(workspace) == []
    clock.go_on(601)
    assert len(rollout.step(workspace)) == 1
    assert rollout.step(workspace) == []


def test_errors_take_a_canary_back_and_the_champion_with_it(workspace: Workspace) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 4000, errors=4)
    answered(workspace, 2, Role.CANARY, 80, errors=4)
    [said] = rollout.step(workspace)
    assert said == "canary of churn v2 rolled back: errors 5.0 % against 0.1 % on 80 requests"
    found = row(workspace)
    assert (found["version"], found["candidate"], found["state"]) == (1, None, "serving")
    assert champion(workspace) == 1
    with workspace.registry.read() as connection:
        assert not (models.get(connection, "churn") or {})["held"]
        assert champions.before(champions.moves(connection, "churn"), 1) is None
    told = last(workspace, EventKind.DEPLOYMENT_ROLLED_BACK)
    assert (told["version"], told["left"], told["by_itself"]) == (1, 2, True)
    assert told["reasons"][0] == {
        "check": "errors", "value": 0.05, "against": 0.001, "requests": 80, "verdict": "back",
        "message": "errors 5.0 % against 0.1 % on 80 requests",
    }
    assert rollout.step(workspace) == []


def test_a_slow_canary_goes_back(workspace: Workspace) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 2000)
    answered(workspace, 2, Role.CANARY, 60, seconds=0.2)
    [said] = rollout.step(workspace)
    assert "p50" in said and "against 8.9 ms" in said
    assert champion(workspace) == 1


def test_a_candidate_that_no_server_can_load_goes_back(workspace: Workspace) -> None:
    model(workspace)
    found = row(workspace)
    route = Route("churn", "production", 1, 2, Strategy.CANARY, 0.1, found["revision"])
    server = served.Server("box:1", "production", "127.0.0.1:8000")
    served.not_loaded(workspace, server, replace(route, revision=found["revision"] - 1), "an earlier one", 2)
    assert rollout.step(workspace) == []
    served.not_loaded(workspace, server, route, "a package is missing", 2)
    [said] = rollout.step(workspace)
    assert said == "canary of churn v2 rolled back: it cannot be loaded: a package is missing"
    assert (row(workspace)["candidate"], champion(workspace)) == (None, 1)


def test_a_version_that_went_back_and_is_deployed_again_is_judged_anew(workspace: Workspace, clock: FakeClock) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 4000)
    answered(workspace, 2, Role.CANARY, 80, errors=40)
    rollout.step(workspace)
    release.promote(workspace, "churn", 2)
    assert rollout.step(workspace) == []
    clock.go_on(60)
    answered(workspace, 2, Role.CANARY, 100)
    assert len(rollout.step(workspace)) == 1
    assert row(workspace)["step"] == 1


def test_a_canary_of_a_person_takes_no_alias_back(workspace: Workspace) -> None:
    model(workspace, champions=1)
    deploy.deploy(workspace, "churn", 3, strategy=deploy.Strategy.CANARY)
    answered(workspace, 1, Role.STABLE, 4000)
    answered(workspace, 3, Role.CANARY, 80, errors=40)
    [said] = rollout.step(workspace)
    assert said.startswith("canary of churn v3 rolled back")
    assert champion(workspace) == 1 and row(workspace)["version"] == 1


def test_a_shadow_serves_once_its_agreement_is_known(workspace: Workspace) -> None:
    model(workspace, SHADOW)
    answered(workspace, 1, Role.STABLE, 150)
    answered(workspace, 2, Role.SHADOW, 99, compared=99, agreed=90)
    assert rollout.step(workspace) == []
    answered(workspace, 2, Role.SHADOW, 1, compared=1, agreed=1)
    [said] = rollout.step(workspace)
    assert said == "churn v2 serves in production: errors 0.0 %, p95 9.9 ms, agreement 91.0 % on 100 requests"
    assert row(workspace)["version"] == 2


def test_a_shadow_that_needs_a_person_is_shown_first(workspace: Workspace) -> None:
    model(workspace, SHADOW + 'approval = "human"\n', champions=0)
    release.promote(workspace, "churn", 1)
    deploy.approve(workspace, "churn")
    release.promote(workspace, "churn", 2)
    assert row(workspace)["state"] == "rolling"  # beside the other one nobody has to allow it
    answered(workspace, 1, Role.STABLE, 150)
    answered(workspace, 2, Role.SHADOW, 100, compared=100, agreed=97)
    rollout.step(workspace)
    found = row(workspace)
    assert (found["version"], found["candidate"], found["state"]) == (1, 2, "waiting")
    assert "agreement 97.0 %" in found["why"]
    deploy.approve(workspace, "churn")
    assert row(workspace)["version"] == 2


def test_what_is_far_worse_after_its_release_goes_back(workspace: Workspace, clock: FakeClock) -> None:
    model(workspace, "", champions=1)
    answered(workspace, 1, Role.STABLE, 5000, errors=5)
    release.promote(workspace, "churn", 2)
    clock.go_on(60)
    answered(workspace, 2, Role.STABLE, 200, errors=2)
    assert rollout.step(workspace) == []
    answered(workspace, 2, Role.STABLE, 100, errors=20)
    [said] = rollout.step(workspace)
    assert said == "release of churn v2 rolled back: errors 7.3 % against 0.1 % on 300 requests"
    assert (row(workspace)["version"], champion(workspace)) == (1, 1)
    answered(workspace, 1, Role.STABLE, 300, errors=60)  # who went back is not sent forth again
    assert rollout.step(workspace) == []


def test_a_release_is_watched_for_its_first_requests_only(workspace: Workspace, clock: FakeClock) -> None:
    model(workspace, "", champions=1)
    answered(workspace, 1, Role.STABLE, 5000)
    release.promote(workspace, "churn", 2)
    clock.go_on(60)
    answered(workspace, 2, Role.STABLE, 1200)
    assert rollout.step(workspace) == []
    clock.go_on(1000)
    answered(workspace, 2, Role.STABLE, 1000, errors=300)
    assert rollout.step(workspace) == []  # from now on that is the monitor's


def test_a_change_meanwhile_is_not_acted_upon(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 4000)
    answered(workspace, 2, Role.CANARY, 200)
    look_at = rollout.look_at

    def and_a_person_is_faster(*given: Any) -> rollout.Look | None:
        found = look_at(*given)
        deploy.rollback(workspace, "churn")
        return found

    monkeypatch.setattr(rollout, "look_at", and_a_person_is_faster)
    assert rollout.step(workspace) == []
    assert row(workspace)["candidate"] is None


def test_labels_that_came_take_a_worse_one_back(workspace: Workspace) -> None:
    model(workspace, CANARY.replace("100", "100000"))
    answered(workspace, 1, Role.STABLE, 4000)
    answered(workspace, 2, Role.CANARY, 300)
    found = {
        "environment": "production", "metric": "Brier score", "version": 1, "candidate": 2, "stable_value": 0.30,
        "candidate_value": 0.36, "error": 0.05, "rows": 240, "rows_stable": 2000, "matters": 0.015,
    }
    for error in (0.05, 0.01):
        assert row(workspace)["candidate"] == 2
        with workspace.registry.write("daemon") as tx:
            tx.emit(EventKind.CANDIDATE_MEASURED, "model churn", **found | {"error": error})
        said = rollout.step(workspace)
    assert said == ["canary of churn v2 rolled back: Brier score 0.36 against 0.3 on 240 labelled rows"]
    assert champion(workspace) == 1


def test_minutes_are_kept_for_a_month(workspace: Workspace, clock: FakeClock) -> None:
    model(workspace)
    answered(workspace, 1, Role.STABLE, 10)
    clock.go_on(20 * 86_400)
    answered(workspace, 1, Role.STABLE, 20)
    clock.go_on(11 * 86_400)
    rollout.forget_old(workspace)
    with workspace.registry.read() as connection:
        left = deployments.traffic(connection, "churn", "production", since=datetime(2020, 1, 1, tzinfo=UTC))
    assert [one["requests"] for one in left] == [20]


def test_the_daemon_looks_soon_after_news_and_else_now_and_then(workspace: Workspace) -> None:
    model(workspace)
    ticks = Rollouts(workspace)
    ticks.step(100.0, news=True)
    answered(workspace, 1, Role.STABLE, 4000)
    answered(workspace, 2, Role.CANARY, 100)
    ticks.step(100.0 + SOON_SECONDS / 2, news=True)
    assert row(workspace)["step"] == 0
    ticks.step(100.0 + SOON_SECONDS, news=False)
    assert row(workspace)["step"] == 1
    answered(workspace, 2, Role.CANARY, 100)
    ticks.step(100.0 + SOON_SECONDS * 2, news=False)
    assert row(workspace)["step"] == 1
    ticks.step(100.0 + SOON_SECONDS + LATER_SECONDS, news=False)
    assert row(workspace)["version"] == 2
