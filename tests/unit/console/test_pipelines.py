"""`footplate pipelines`, as a shell sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.registry import jobs
from core.services import pipeline, recipes
from core.services.work import train_request
from core.vocabulary import Cause, StageState
from core.workspace import Workspace
from tests.fakes.lab import RECIPE

Say = Callable[..., str]
Ask = Callable[..., Any]


@pytest.fixture
def failed(root: object, workspace: Workspace) -> Workspace:
    """The tests of the second save failed; what its job said is in the log."""
    path = workspace.recipes / "churn.toml"
    path.write_text(RECIPE, "utf-8")
    recipes.sync(workspace)
    path.write_text(RECIPE.replace("max_iter = 5", "max_iter = 6") + '\n[ci]\ntest = "make test"\n', "utf-8")
    recipes.sync(workspace)
    with workspace.registry.write("daemon") as tx:
        job, _ = jobs.enqueue(tx, train_request("churn", Cause.MANUAL, cpus=1, memory=1, timeout=1.0))
        pipeline.begin(tx, 2, "tests", job=job)
        pipeline.end(tx, 2, "tests", StageState.FAILED, "'make test' ended with 2", job=job)
    log = workspace.logs / "jobs" / f"{job}.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("E   assert 1 == 2\n", "utf-8")
    return workspace


def test_they_are_listed_and_shown_with_what_stopped_them(failed: Workspace, say: Say, ask: Ask) -> None:
    newest, oldest = ask("pipelines", "list")
    assert (newest["state"], newest["stage"], newest["says"]) == ("failed", "tests", "'make test' ended with 2")
    assert oldest["state"] == "skipped" and oldest["says"] == "saved again before it began"
    assert [one["id"] for one in ask("pipelines", "list", "--where", "state=failed")] == [2]
    said = say("pipelines", "show", "2")
    assert "make test" in said and "footplate pipelines logs 2" in said
    assert "tests" in say("pipelines", "list")
    assert "check=passed tests=failed" in say("pipelines", "list", "--columns", "id,stages", "--csv")


def test_the_log_is_at_hand(failed: Workspace, say: Say, ask: Ask) -> None:
    assert say("pipelines", "logs", "2").splitlines() == ["-- job 1: tests", "E   assert 1 == 2"]
    assert ask("pipelines", "logs", "2")["lines"][0] == "-- job 1: tests"
    assert say("pipelines", "logs", "1").startswith("-- production: saved again")
    say("pipelines", "show", "7", code=3)


def test_nothing_was_saved_yet(root: object, say: Say, ask: Ask) -> None:
    assert ask("pipelines", "list") == []
    assert say("pipelines", "list").strip() == "no recipe was saved yet"
