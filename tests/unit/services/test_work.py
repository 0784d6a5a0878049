"""Asking for work, cancelling it, and asking for it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from core.errors import Conflict, NotFound
from core.registry import jobs, runs
from core.registry.database import Fence
from core.services import failing, work
from core.services.work import ingest_request, train_key, train_request
from core.vocabulary import Cause, JobKind, JobState, RunState
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.clock import START


def ask(workspace: Workspace, cause: Cause = Cause.NEW_DATA, **options: Any) -> int:
    with workspace.registry.write("me") as tx:
        return jobs.enqueue(tx, train_request("churn", cause, cpus=2, memory=3, timeout=4.0, **options))[0]


def claim(workspace: Workspace, id: int) -> Fence:
    with workspace.registry.write("daemon") as tx:
        fence = jobs.claim(tx, id, timedelta(minutes=2))
    assert fence is not None
    return fence


def job(workspace: Workspace, id: int) -> Mapping[Any, Any]:
    with workspace.registry.read() as connection:
        row = jobs.get(connection, id)
    assert row is not None
    return row


def test_what_each_kind_asks_for() -> None:
    ingest = ingest_request("flights")
    assert (ingest.kind, ingest.lane, ingest.cause) == (JobKind.INGEST, "ingest:flights", Cause.NEW_DATA)
    train = train_request("churn", Cause.SCHEDULE, cpus=2, memory=3, timeout=4.0, payload={"data": None})
    assert (train.key, train.lane) == (train_key("churn", Cause.SCHEDULE), "train:churn")
    assert train.payload == {"recipe": "churn", "data": None}
    assert train_request("churn", Cause.MANUAL, cpus=1, memory=1, timeout=1, key="mine").key == "mine"


def test_runs_of_one_recipe_are_never_two_at_a_time_whatever_their_cause() -> None:
    lanes = {train_request("churn", cause, cpus=1, memory=1, timeout=1.0).lane for cause in Cause}
    keys = {train_request("churn", cause, cpus=1, memory=1, timeout=1.0).key for cause in Cause}
    assert (len(lanes), len(keys)) == (1, len(Cause))


def test_acknowledge_a_failed_job(workspace: Workspace) -> None:
    id = ask(workspace)
    with pytest.raises(Conflict, match="only a failed one"):
        work.acknowledge(workspace, id)
    failing.attempt_failed(workspace, claim(workspace, id), "no", final=True)
    assert "it needs nobody any more" in work.acknowledge(workspace, id)
    assert job(workspace, id)["state"] == JobState.FAILED


def test_cancel_a_waiting_job(workspace: Workspace) -> None:
    id = ask(workspace)
    said = work.cancel(workspace, id)
    assert said == f"job {id} is cancelled (ask again: `footplate jobs retry {id}`)"
    assert job(workspace, id)["state"] == JobState.CANCELLED
    with pytest.raises(Conflict, match="has ended already: it cancelled"):
        work.cancel(workspace, id)


def test_cancel_a_running_job(workspace: Workspace) -> None:
    fence = claim(workspace, ask(workspace))
    assert "is being stopped" in work.cancel(workspace, fence.job)
    assert (job(workspace, fence.job)["state"], job(workspace, fence.job)["cancel"]) == (JobState.RUNNING, True)


def test_cancelling_a_job_between_two_attempts_ends_its_run_too(workspace: Workspace) -> None:
    recipe = rows.recipe(workspace)
    fence = claim(workspace, ask(workspace))
    run = rows.run(workspace, recipe, job_id=fence.job, state=RunState.RUNNING)
    failing.attempt_failed(workspace, fence, "killed")
    work.cancel(workspace, fence.job)
    with workspace.registry.read() as connection:
        row = runs.get(connection, run)
    assert row is not None
    assert (row["state"], row["error"]) == (RunState.CANCELLED, "cancelled")


@pytest.mark.parametrize("verb", [work.cancel, work.retry])
def test_a_job_that_is_not_there(workspace: Workspace, verb: Any) -> None:
    with pytest.raises(NotFound, match="no job 99"):
        verb(workspace, 99)


def test_retry_asks_for_the_same_as_a_new_job(workspace: Workspace) -> None:
    id = ask(workspace, Cause.MANUAL, payload={"settings": {"model.seed": "1"}})
    work.cancel(workspace, id)
    said = work.retry(workspace, id)
    assert said == f"job {id} is tried again as job {id + 1} (stop it: `footplate jobs cancel {id + 1}`)"
    old, new = job(workspace, id), job(workspace, id + 1)
    assert (old["state"], new["state"]) == (JobState.CANCELLED, JobState.QUEUED)
    same = ("kind", "key", "lane", "cause", "cpus", "memory", "timeout")
    assert [old[name] for name in same] == [new[name] for name in same]
    assert new["payload"] == {"recipe": "churn", "settings": {"model.seed": "1"}, "again": id}


def test_retry_of_what_is_asked_for_already_hurries_it(workspace: Workspace) -> None:
    fence = claim(workspace, ask(workspace))
    with workspace.registry.write("daemon") as tx:
        jobs.fail(tx, fence, "no memory")
    waiting = ask(workspace, not_before=START + timedelta(days=1))
    assert f"as job {waiting}" in work.retry(workspace, fence.job)
    assert job(workspace, waiting)["state"] == JobState.QUEUED


@pytest.mark.parametrize("state", ["queued", "running", "finished"])
def test_only_what_failed_or_was_cancelled_is_tried_again(workspace: Workspace, state: str) -> None:
    id = ask(workspace)
    if state != "queued":
        fence = claim(workspace, id)
        if state == "finished":
            with workspace.registry.write("daemon", fence) as tx:
                jobs.finish(tx, fence)
    with pytest.raises(Conflict, match=f"is {state}: only a failed or cancelled one") as caught:
        work.retry(workspace, id)
    assert caught.value.exit_code == 5
