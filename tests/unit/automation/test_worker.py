"""The real worker process: it ends its job itself, or leaves word of why it could not."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from core.automation.process import launch
from core.automation.worker import LOST
from core.registry import jobs
from core.registry.database import Fence
from core.registry.jobs import Request
from core.vocabulary import Cause, JobKind, JobState
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.workers import Steps


@pytest.fixture
def steps(workspace: Workspace, clock: FakeClock) -> Iterator[Steps]:
    made = Steps(workspace, clock)
    yield made
    made.close()


def ask(workspace: Workspace, kind: str, payload: dict[str, Any]) -> int:
    request = Request(JobKind.INGEST, kind, kind, Cause.MANUAL, payload, memory=1 << 30, timeout=3600.0)
    with workspace.registry.write("me") as tx:
        id, _ = jobs.enqueue(tx, request)
        tx.execute(jobs.update(jobs.JOB).where(jobs.JOB.c.id == id).values(kind=kind))
    return id


def job(workspace: Workspace, id: int) -> Mapping[Any, Any]:
    with workspace.registry.read() as connection:
        row = jobs.get(connection, id)
    assert row is not None
    return row


def log(workspace: Workspace, id: int) -> str:
    return (workspace.logs / "jobs" / f"{id}.log").read_text()


def test_jobs_that_cannot_be_done_say_why(workspace: Workspace, steps: Steps) -> None:
    """A kind of a later version; a dataset that nobody knows; a fault of our own, which is tried again."""
    unknown = ask(workspace, "dance", {})
    nothing = ask(workspace, "ingest", {"dataset": "none"})
    fault = ask(workspace, "train", {})
    over = (JobState.FAILED, JobState.DEFERRED)
    steps.until(lambda: all(job(workspace, id)["state"] in over for id in (unknown, nothing, fault)))
    row = job(workspace, unknown)
    assert (row["state"], row["attempts"]) == (JobState.FAILED, 1)
    assert row["error"] == "this version knows no job of kind 'dance' (upgrade Footplate)"
    assert log(workspace, unknown) == "error: this version knows no job of kind 'dance'\nhint: upgrade Footplate\n"
    row = job(workspace, nothing)
    assert (row["state"], row["error"].partition(" (")[0]) == (JobState.FAILED, "there is no recipe 'none'")
    assert "Traceback" not in log(workspace, nothing)
    row = job(workspace, fault)
    assert (row["state"], row["attempts"], row["error"]) == (JobState.DEFERRED, 1, "KeyError: 'recipe'")
    assert "Traceback" in log(workspace, fault)


@pytest.mark.parametrize("late", ["another attempt", "finished", "no such job"])
def test_a_worker_whose_job_is_anothers_does_nothing(workspace: Workspace, late: str) -> None:
    id = ask(workspace, "dance", {})
    with workspace.registry.write("daemon") as tx:
        fence = jobs.claim(tx, id, timedelta(minutes=2))
        assert fence is not None
        if late == "finished":
            jobs.finish(tx, fence)
    asked = {"another attempt": Fence(id, 0), "finished": fence, "no such job": Fence(99, 1)}[late]
    before = dict(job(workspace, id))
    worker = launch(workspace.root, asked.job, asked.epoch, workspace.logs / "worker.log", 1)
    assert worker.wait() == LOST, (workspace.logs / "worker.log").read_text()
    assert dict(job(workspace, id)) == before


def test_a_worker_without_its_daemon_does_nothing(workspace: Workspace) -> None:
    """The daemon died between the claim and the start."""
    id = ask(workspace, "dance", {})
    with workspace.registry.write("daemon") as tx:
        jobs.claim(tx, id, timedelta(minutes=2))
    done = subprocess.run([sys.executable, "-m", "core.automation.worker", str(workspace.root), str(id), "1", "1"])
    assert done.returncode == LOST
    assert job(workspace, id)["state"] == JobState.RUNNING


def test_sigterm_ends_it_at_once_also_in_the_middle_of_a_transaction() -> None:
    code = (
        "import os, signal; from core.automation import worker\n"
        "signal.signal(signal.SIGTERM, worker._leave)\n"
        "try: os.kill(os.getpid(), signal.SIGTERM)\n"
        "finally: print('cleaned up')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "")
