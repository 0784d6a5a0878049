"""The queue: one waiting job a key, one running job a lane, and no job is ever lost between states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from core.registry import datasets, jobs, recipes
from core.registry.database import Fence
from core.registry.jobs import ENDED, LIVE, WAITING, Request
from core.vocabulary import Cause, EventKind, JobKind, JobState
from core.workspace import Workspace
from tests.fakes.clock import START, FakeClock

LEASE = timedelta(minutes=2)
REQUEST = Request(
    kind=JobKind.TRAIN, key="train:a:new_data", lane="train:a", cause=Cause.NEW_DATA, payload={"recipe": "a"},
    memory=1 << 30, timeout=3600.0,
)


def ask(workspace: Workspace, request: Request = REQUEST, **changes: Any) -> tuple[int, bool]:
    with workspace.registry.write("me") as tx:
        return jobs.enqueue(tx, replace(request, **changes))


def claim(workspace: Workspace, id: int) -> Fence | None:
    with workspace.registry.write("daemon") as tx:
        return jobs.claim(tx, id, LEASE)


def claimed(workspace: Workspace, id: int) -> Fence:
    fence = claim(workspace, id)
    assert fence is not None
    return fence


def get(workspace: Workspace, id: int) -> Mapping[Any, Any]:
    with workspace.registry.read() as connection:
        row = jobs.get(connection, id)
    assert row is not None
    return row


def state(workspace: Workspace, id: int) -> str:
    return str(get(workspace, id)["state"])


def events(workspace: Workspace, id: int) -> list[str]:
    with workspace.registry.read() as connection:
        return list(
            connection.exec_driver_sql("SELECT kind FROM event WHERE subject = ? ORDER BY id", (f"job {id}",)).scalars()
        )


def order(workspace: Workspace) -> list[int]:
    with workspace.registry.read() as connection:
        return [job["id"] for job in jobs.claimable(connection)]


# -- asking


def test_a_new_job_waits(workspace: Workspace) -> None:
    id, fresh = ask(workspace)
    assert fresh
    row = get(workspace, id)
    assert (row["state"], row["attempts"], row["epoch"], row["actor"]) == (JobState.QUEUED, 0, 0, "me")
    assert row["payload"] == {"recipe": "a"}
    assert row["queued_at"] == START
    assert events(workspace, id) == [EventKind.JOB_QUEUED]


def test_asking_twice_is_asking_once(workspace: Workspace) -> None:
    first, _ = ask(workspace)
    assert ask(workspace) == (first, False)
    assert ask(workspace, not_before=START + LEASE) == (first, False)
    assert events(workspace, first) == [EventKind.JOB_QUEUED]


def test_another_key_is_another_job(workspace: Workspace) -> None:
    first, _ = ask(workspace)
    other, fresh = ask(workspace, key="train:a:manual", cause=Cause.MANUAL)
    assert fresh
    assert other != first


def test_a_running_or_ended_job_does_not_stand_for_a_new_one(workspace: Workspace) -> None:
    first, _ = ask(workspace)
    fence = claimed(workspace, first)
    second, fresh = ask(workspace)
    assert fresh
    with workspace.registry.write("daemon", fence) as tx:
        jobs.finish(tx, fence)
    assert claim(workspace, second) is not None
    assert ask(workspace)[1]


def test_a_deferred_job_waits_for_its_time(workspace: Workspace, clock: FakeClock) -> None:
    id, _ = ask(workspace, not_before=START + timedelta(seconds=60))
    assert state(workspace, id) == JobState.DEFERRED
    assert order(workspace) == []
    assert claim(workspace, id) is None
    clock.go_on(59.9)
    with workspace.registry.write("daemon") as tx:
        assert jobs.wake(tx) == 0
    clock.go_on(0.1)
    with workspace.registry.write("daemon") as tx:
        assert jobs.wake(tx) == 1
    assert get(workspace, id)["not_before"] is None
    assert order(workspace) == [id]


def test_a_deferred_job_may_be_hurried(workspace: Workspace) -> None:
    id, _ = ask(workspace, not_before=START + timedelta(days=1))
    running, _ = ask(workspace, key="k", lane="l")
    claimed(workspace, running)
    with workspace.registry.write("me") as tx:
        jobs.hurry(tx, id)
        jobs.hurry(tx, running)
    assert order(workspace) == [id]
    assert state(workspace, running) == JobState.RUNNING


# -- claiming


def test_ingest_first_then_people_then_the_rest_each_in_order(workspace: Workspace) -> None:
    learn, _ = ask(workspace)
    wish, _ = ask(workspace, key="w", lane="train:b", cause=Cause.MANUAL)
    take, _ = ask(workspace, kind=JobKind.INGEST, key="i", lane="ingest:d")
    second, _ = ask(workspace, key="x", lane="train:c")
    assert order(workspace) == [take, wish, learn, second]


def test_a_lane_is_for_one_at_a_time(workspace: Workspace) -> None:
    first, _ = ask(workspace)
    second, _ = ask(workspace, key="train:a:manual", cause=Cause.MANUAL)
    assert order(workspace) == [second, first]
    fence = claimed(workspace, second)
    assert order(workspace) == []
    assert claim(workspace, first) is None
    with workspace.registry.write("daemon", fence) as tx:
        jobs.finish(tx, fence)
    assert order(workspace) == [first]
    assert claim(workspace, first) is not None


def test_a_claim_is_a_lease_with_an_epoch(workspace: Workspace) -> None:
    id, _ = ask(workspace)
    assert claim(workspace, id) == Fence(id, 1)
    assert claim(workspace, id) is None
    row = get(workspace, id)
    assert (row["state"], row["lease_until"], row["started_at"]) == (JobState.RUNNING, START + LEASE, START)


def test_a_job_that_is_not_there_cannot_be_claimed(workspace: Workspace) -> None:
    assert claim(workspace, 77) is None


def test_a_lease_is_renewed_for_whoever_holds_it(workspace: Workspace, clock: FakeClock) -> None:
    fence = claimed(workspace, ask(workspace)[0])
    clock.go_on(40)
    with workspace.registry.write("daemon") as tx:
        jobs.renew(tx, [Fence(fence.job, 0), Fence(fence.job, 2)], LEASE)
    assert get(workspace, fence.job)["lease_until"] == START + LEASE
    with workspace.registry.write("daemon") as tx:
        jobs.renew(tx, [fence], LEASE)
    assert get(workspace, fence.job)["lease_until"] == START + timedelta(seconds=40) + LEASE


def test_progress_is_noted_for_the_attempt_that_made_it(workspace: Workspace) -> None:
    fence = claimed(workspace, ask(workspace)[0])
    with workspace.registry.write("daemon") as tx:
        jobs.note(tx, fence, progress="half", pid=7)
        jobs.note(tx, Fence(fence.job, 9), progress="another's")
    assert (get(workspace, fence.job)["progress"], get(workspace, fence.job)["pid"]) == ("half", 7)


def test_running_tells_whose_it_is(workspace: Workspace) -> None:
    fence = claimed(workspace, ask(workspace)[0])
    with workspace.registry.read() as connection:
        assert jobs.running(connection, fence) is not None
        assert jobs.running(connection, Fence(fence.job, 2)) is None
        assert jobs.running(connection, Fence(77, 1)) is None


# -- ending


def test_a_finished_job_is_over(workspace: Workspace) -> None:
    fence = claimed(workspace, ask(workspace)[0])
    with workspace.registry.write("daemon", fence) as tx:
        jobs.finish(tx, fence, files=3)
    row = get(workspace, fence.job)
    assert (row["state"], row["ended_at"], row["lease_until"], row["attempts"]) == (JobState.FINISHED, START, None, 0)
    assert events(workspace, fence.job) == ["JobQueued", "JobStarted", "JobFinished"]


def test_a_failed_job_says_why(workspace: Workspace) -> None:
    fence = claimed(workspace, ask(workspace)[0])
    with workspace.registry.write("daemon", fence) as tx:
        jobs.fail(tx, fence, "no such column")
    row = get(workspace, fence.job)
    assert (row["state"], row["error"], row["attempts"]) == (JobState.FAILED, "no such column", 1)
    with workspace.registry.read() as connection:
        assert jobs.last_failure(connection, "train:a") == START
        assert jobs.last_failure(connection, "train:b") is None


def test_an_attempt_that_failed_counts_and_the_next_one_waits(workspace: Workspace, clock: FakeClock) -> None:
    fence = claimed(workspace, ask(workspace)[0])
    with workspace.registry.write("daemon", fence) as tx:
        jobs.retry_later(tx, fence, "killed", START + timedelta(seconds=10))
    row = get(workspace, fence.job)
    assert (row["state"], row["attempts"], row["error"], row["lease_until"], row["pid"]) == (
        JobState.DEFERRED, 1, "killed", None, None
    )
    clock.go_on(10)
    with workspace.registry.write("daemon") as tx:
        jobs.wake(tx)
    assert claimed(workspace, fence.job) == Fence(fence.job, 2)
    assert get(workspace, fence.job)["error"] is None


def test_handing_back_does_not_count(workspace: Workspace) -> None:
    id, _ = ask(workspace)
    for epoch in (1, 2, 3, 4, 5):
        fence = claimed(workspace, id)
        assert fence.epoch == epoch
        with workspace.registry.write("daemon") as tx:
            jobs.hand_back(tx, fence, "the daemon ended")
    row = get(workspace, id)
    assert (row["state"], row["attempts"], row["started_at"], row["lease_until"]) == (JobState.QUEUED, 0, None, None)
    assert events(workspace, id).count("JobRetried") == 5


@pytest.mark.parametrize("how", ["hand_back", "retry_later"])
@pytest.mark.parametrize("twin_waits", [None, START + timedelta(hours=1)])
def test_a_job_that_waits_again_absorbs_the_one_that_asks_for_the_same(
    workspace: Workspace, how: str, twin_waits: Any
) -> None:
    """While it ran, more data came, and a second job was asked for."""
    fence = claimed(workspace, ask(workspace)[0])
    twin, fresh = ask(workspace, not_before=twin_waits)
    other, _ = ask(workspace, key="train:a:manual", cause=Cause.MANUAL)
    assert fresh
    with workspace.registry.write("daemon") as tx:
        if how == "hand_back":
            jobs.hand_back(tx, fence, "the daemon ended")
        else:
            jobs.retry_later(tx, fence, "killed", START + timedelta(seconds=10))
    assert state(workspace, fence.job) in WAITING
    assert state(workspace, twin) == JobState.CANCELLED
    assert get(workspace, twin)["error"] == f"job {fence.job} asks for the same, and runs again"
    assert state(workspace, other) == JobState.QUEUED
    assert ask(workspace) == (fence.job, False)


# -- cancelling


@pytest.mark.parametrize("not_before", [None, START + LEASE])
def test_a_waiting_job_is_cancelled_at_once(workspace: Workspace, not_before: Any) -> None:
    id, _ = ask(workspace, not_before=not_before)
    with workspace.registry.write("me") as tx:
        assert jobs.cancel(tx, id)
    assert (state(workspace, id), get(workspace, id)["ended_at"]) == (JobState.CANCELLED, START)
    assert order(workspace) == []
    assert ask(workspace)[1]


def test_a_running_job_is_asked_to_stop(workspace: Workspace) -> None:
    fence = claimed(workspace, ask(workspace)[0])
    with workspace.registry.write("me") as tx:
        assert not jobs.cancel(tx, fence.job)
    assert (state(workspace, fence.job), get(workspace, fence.job)["cancel"]) == (JobState.RUNNING, True)
    with workspace.registry.write("daemon") as tx:
        jobs.cancelled(tx, fence)
    row = get(workspace, fence.job)
    assert (row["state"], row["cancel"], row["error"]) == (JobState.CANCELLED, False, "cancelled")


def test_a_job_that_was_faster_than_its_cancelling_is_finished(workspace: Workspace) -> None:
    fence = claimed(workspace, ask(workspace)[0])
    with workspace.registry.write("me") as tx:
        jobs.cancel(tx, fence.job)
    with workspace.registry.write("daemon", fence) as tx:
        jobs.finish(tx, fence)
    assert (state(workspace, fence.job), get(workspace, fence.job)["cancel"]) == (JobState.FINISHED, False)


def test_when_was_it_last_asked_for(workspace: Workspace, clock: FakeClock) -> None:
    with workspace.registry.read() as connection:
        assert jobs.last_asked(connection, REQUEST.key) is None
    claimed(workspace, ask(workspace)[0])
    clock.go_on(5)
    ask(workspace)
    with workspace.registry.read() as connection:
        assert jobs.last_asked(connection, REQUEST.key) == START + timedelta(seconds=5)


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_live_jobs_are_listed_oldest_first(workspace: Workspace, names: list[str]) -> None:
    for name in names:
        ask(workspace, key=name, lane=name)
    with workspace.registry.read() as connection:
        found = [job["id"] for job in jobs.live(connection)]
    assert found == sorted(found)


# -- any sequence of it


class Queue(RuleBasedStateMachine):
    """Whatever happens in whatever order: the rules of the queue hold, and epochs only grow."""

    workspace: Workspace
    clock: FakeClock
    fences: Bundle[Fence] = Bundle("fences")

    def __init__(self) -> None:
        super().__init__()
        self.epochs: dict[int, int] = {}

    @initialize()
    def start(self) -> None:
        with self.workspace.registry.write("me") as tx:
            tx.connection.exec_driver_sql("DELETE FROM job")

    @rule(name=st.sampled_from("ab"), lane=st.sampled_from("xy"), later=st.booleans())
    def ask(self, name: str, lane: str, later: bool) -> None:
        moment = self.clock.now() + LEASE if later else None
        id, fresh = ask(self.workspace, key=name, lane=lane, not_before=moment)
        assert fresh == (id not in self.epochs)
        self.epochs.setdefault(id, 0)

    @rule(target=fences)
    def claim(self) -> Any:
        waiting = order(self.workspace)
        fence = claim(self.workspace, waiting[0]) if waiting else None
        if fence is None:
            return multiple()
        assert fence.epoch == self.epochs[fence.job] + 1
        self.epochs[fence.job] = fence.epoch
        return fence

    @rule(fence=fences, how=st.sampled_from(["finish", "fail", "retry", "back", "cancelled"]))
    def end(self, fence: Fence, how: str) -> None:
        with self.workspace.registry.write("daemon") as tx:
            if jobs.running(tx.connection, fence) is None:
                return
            if how == "finish":
                jobs.finish(tx, fence)
            elif how == "fail":
                jobs.fail(tx, fence, "x")
            elif how == "retry":
                jobs.retry_later(tx, fence, "x", tx.now + LEASE)
            elif how == "back":
                jobs.hand_back(tx, fence, "x")
            else:
                jobs.cancelled(tx, fence)

    @rule(place=st.integers(0, 5))
    def cancel(self, place: int) -> None:
        with self.workspace.registry.write("me") as tx:
            live = jobs.live(tx.connection)
            if place < len(live):
                jobs.cancel(tx, live[place]["id"])

    @rule()
    def time_passes(self) -> None:
        self.clock.go_on(120)
        with self.workspace.registry.write("daemon") as tx:
            jobs.wake(tx)

    @invariant()
    def rules_hold(self) -> None:
        with self.workspace.registry.read() as connection:
            live = jobs.live(connection)
            ended = connection.execute(jobs.select(jobs.JOB).where(jobs.JOB.c.state.in_(ENDED))).mappings().all()
        running = [job["lane"] for job in live if job["state"] == JobState.RUNNING]
        waiting = [job["key"] for job in live if job["state"] in WAITING]
        assert len(running) == len(set(running))
        assert len(waiting) == len(set(waiting))
        assert all((job["lease_until"] is not None) == (job["state"] == JobState.RUNNING) for job in live)
        assert all((job["not_before"] is not None) == (job["state"] == JobState.DEFERRED) for job in live)
        assert all(job["ended_at"] is None for job in live if job["state"] in LIVE)
        assert all(job["ended_at"] is not None and job["lease_until"] is None and not job["cancel"] for job in ended)


def test_no_sequence_breaks_the_queue(workspace: Workspace, clock: FakeClock) -> None:
    Queue.workspace, Queue.clock = workspace, clock
    run_state_machine_as_test(Queue, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))


def test_what_a_paused_recipe_asked_for_waits_until_it_is_resumed(workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        recipes.put(tx, "churn", paused=True)
        recipes.put(tx, "birds", paused=True)
        datasets.ensure(tx, "flocks", "birds")
        made = {
            name: jobs.enqueue(tx, Request(
                kind=kind, key=name, lane=name, cause=cause, payload=payload, memory=1, timeout=1.0
            ))[0]
            for name, kind, cause, payload in (
                ("by itself", JobKind.TRAIN, Cause.NEW_DATA, {"recipe": "churn"}),
                ("by hand", JobKind.TRAIN, Cause.MANUAL, {"recipe": "churn"}),
                ("files", JobKind.INGEST, Cause.NEW_DATA, {"dataset": "flocks"}),
            )
        }
        assert [job["id"] for job in jobs.claimable(tx.connection)] == [made["by hand"]]
        assert jobs.parked(tx.connection) == {made["by itself"], made["files"]}
        recipes.change(tx, "birds", paused=False)
        assert {job["id"] for job in jobs.claimable(tx.connection)} == {made["by hand"], made["files"]}
