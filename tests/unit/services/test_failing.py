"""An attempt that does not end well: tried again later, given up, handed back or cancelled, its run with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from core.registry import jobs, runs
from core.registry.database import Fence
from core.services import failing
from core.services.work import train_request
from core.vocabulary import Cause, JobState, RunState
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.clock import START, FakeClock


@pytest.fixture
def fence(workspace: Workspace) -> Fence:
    """A running train job whose run has begun."""
    recipe = rows.recipe(workspace)
    with workspace.registry.write("me") as tx:
        id, _ = jobs.enqueue(tx, train_request("churn", Cause.NEW_DATA, cpus=1, memory=1, timeout=1.0))
        fence = jobs.claim(tx, id, timedelta(minutes=2))
    rows.run(workspace, recipe, job_id=id, state=RunState.RUNNING, ended_at=None)
    assert fence is not None
    return fence


def job(workspace: Workspace, fence: Fence) -> Mapping[Any, Any]:
    with workspace.registry.read() as connection:
        row = jobs.get(connection, fence.job)
    assert row is not None
    return row


def run(workspace: Workspace, fence: Fence) -> Mapping[Any, Any]:
    with workspace.registry.read() as connection:
        row = runs.of_job(connection, fence.job)
    assert row is not None
    return row


def again(workspace: Workspace, clock: FakeClock, fence: Fence) -> Fence:
    clock.go_on(4000)
    with workspace.registry.write("daemon") as tx:
        jobs.wake(tx)
        found = jobs.claim(tx, fence.job, timedelta(minutes=2))
        row = runs.of_job(tx.connection, fence.job)
        assert row is not None
        runs.change(tx, row["id"], state=RunState.RUNNING)
    assert found is not None
    return found


def ask_to_cancel(workspace: Workspace, fence: Fence) -> None:
    with workspace.registry.write("me") as tx:
        assert not jobs.cancel(tx, fence.job)


def events(workspace: Workspace) -> list[str]:
    with workspace.registry.read() as connection:
        return list(connection.exec_driver_sql("SELECT kind FROM event ORDER BY id").scalars())


def test_a_failed_attempt_is_tried_again_twice_as_late_each_time_and_then_given_up(
    workspace: Workspace, clock: FakeClock, fence: Fence
) -> None:
    for number, wait in enumerate((10, 20), 1):
        failing.attempt_failed(workspace, fence, "killed by SIGKILL")
        row = job(workspace, fence)
        assert (row["state"], row["attempts"], row["error"]) == (JobState.DEFERRED, number, "killed by SIGKILL")
        assert row["not_before"] == clock.now() + timedelta(seconds=wait)
        assert run(workspace, fence)["state"] == RunState.QUEUED
        fence = again(workspace, clock, fence)
    failing.attempt_failed(workspace, fence, "")
    row = job(workspace, fence)
    assert (row["state"], row["attempts"], row["error"]) == (JobState.FAILED, 3, "the worker ended without a word")
    found = run(workspace, fence)
    assert (found["state"], found["error"]) == (RunState.FAILED, "the worker ended without a word")
    assert found["ended_at"] == clock.now()
    assert events(workspace)[-2:] == ["JobFailed", "RunFailed"]


def test_the_last_word_is_not_tried_again(workspace: Workspace, fence: Fence) -> None:
    failing.attempt_failed(workspace, fence, "took longer than its timeout", final=True)
    assert (job(workspace, fence)["state"], job(workspace, fence)["attempts"]) == (JobState.FAILED, 1)
    assert run(workspace, fence)["state"] == RunState.FAILED


def test_how_often_and_how_late_is_a_setting(workspace: Workspace, fence: Fence) -> None:
    (workspace.root / "footplate.toml").write_text("[daemon]\nattempts = 1\nbackoff_seconds = 1\n")
    failing.attempt_failed(Workspace.open(workspace.root, clock=workspace.clock), fence, "killed")
    assert job(workspace, fence)["state"] == JobState.FAILED


@pytest.mark.parametrize(
    ("first", "attempts", "seconds"),
    [(10, 0, 10), (10, 3, 80), (0, 5, 0), (10, 9, 3600), (10, 10**6, 3600), (7200, 0, 7200), (7200, 3, 7200)],
)
def test_the_wait_doubles_up_to_an_hour(first: float, attempts: int, seconds: float) -> None:
    assert failing.backoff(first, attempts) == timedelta(seconds=seconds)


def test_a_handed_back_attempt_does_not_count(workspace: Workspace, clock: FakeClock, fence: Fence) -> None:
    for _ in range(5):
        failing.handed_back(workspace, fence, "the daemon ended")
        assert (job(workspace, fence)["state"], job(workspace, fence)["attempts"]) == (JobState.QUEUED, 0)
        assert run(workspace, fence)["state"] == RunState.QUEUED
        fence = again(workspace, clock, fence)


@pytest.mark.parametrize("end", [
    lambda workspace, fence: failing.handed_back(workspace, fence, "the daemon ended"),
    lambda workspace, fence: failing.attempt_failed(workspace, fence, "killed"),
    lambda workspace, fence: failing.stopped_by_person(workspace, fence),
])
def test_a_wish_to_cancel_outlives_the_attempt(workspace: Workspace, fence: Fence, end: Any) -> None:
    """Else the job that a person wanted to stop would begin again."""
    ask_to_cancel(workspace, fence)
    end(workspace, fence)
    assert (job(workspace, fence)["state"], job(workspace, fence)["cancel"]) == (JobState.CANCELLED, False)
    assert run(workspace, fence)["state"] == RunState.CANCELLED
    assert events(workspace)[-2:] == ["JobCancelled", "RunCancelled"]


@pytest.mark.parametrize("end", [
    lambda workspace, fence: failing.handed_back(workspace, fence, "the daemon ended"),
    lambda workspace, fence: failing.attempt_failed(workspace, fence, "killed", final=True),
    lambda workspace, fence: failing.stopped_by_person(workspace, fence),
])
@pytest.mark.parametrize("late", ["finished", "another attempt", "no such job"])
def test_who_does_not_hold_the_job_changes_nothing(workspace: Workspace, fence: Fence, end: Any, late: str) -> None:
    if late == "finished":
        with workspace.registry.write("daemon", fence) as tx:
            jobs.finish(tx, fence)
    asked = {"finished": fence, "another attempt": Fence(fence.job, 0), "no such job": Fence(99, 1)}[late]
    before, log = dict(job(workspace, fence)), events(workspace)
    end(workspace, asked)
    assert (dict(job(workspace, fence)), events(workspace)) == (before, log)


def test_a_job_without_a_run_fails_alone(workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        id, _ = jobs.enqueue(tx, train_request("churn", Cause.NEW_DATA, cpus=1, memory=1, timeout=1.0))
        fence = jobs.claim(tx, id, timedelta(minutes=2))
        assert fence is not None
        failing.give_up(tx, fence, "no such column")
    assert job(workspace, fence)["state"] == JobState.FAILED
    assert events(workspace)[-1] == "JobFailed"


def test_a_finished_run_stays_finished(workspace: Workspace, fence: Fence) -> None:
    """Killed after the run's last transaction would be a fault; it must not turn a result into a failure."""
    with workspace.registry.write("daemon") as tx:
        row = runs.of_job(tx.connection, fence.job)
        assert row is not None
        runs.change(tx, row["id"], state=RunState.FINISHED)
    failing.attempt_failed(workspace, fence, "killed", final=True)
    assert run(workspace, fence)["state"] == RunState.FINISHED


def test_time_is_that_of_the_workspace(workspace: Workspace, fence: Fence) -> None:
    failing.attempt_failed(workspace, fence, "killed")
    assert job(workspace, fence)["not_before"] == START + timedelta(seconds=10)
