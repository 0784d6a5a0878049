"""The daemon's status as the contract has it: an object also when it is stopped, and no neighbour to its lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from core.automation.lock import HEARTBEAT, LOCK, DaemonLock
from core.services import recipes as services
from core.views import daemon
from core.vocabulary import Cause
from core.workspace import Workspace
from tests.unit.views.past import Past

KEYS = ["running", "pid", "since", "heartbeat_at", "jobs_running", "jobs_queued", "watching"]


def test_names_are_those_of_the_lock() -> None:
    assert (daemon.LOCK, daemon.HEARTBEAT) == (LOCK, HEARTBEAT)


def test_stopped(workspace: Workspace) -> None:
    assert daemon.status(workspace).to_json() == {
        "running": False, "pid": None, "since": None, "heartbeat_at": None, "jobs_running": 0, "jobs_queued": 0,
        "watching": [],
    }


def test_running(workspace: Workspace, past: Past) -> None:
    past.recipe()
    past.recipe("birds", text='[data]\nwatch = "/srv/birds"\ntarget = "late"\n')
    past.recipe("idle")
    services.pause(workspace, "idle")
    past.start(past.job())
    past.job(cause=Cause.MANUAL)
    lock = DaemonLock(workspace.run)
    lock.acquire(workspace.clock)
    try:
        beat = datetime(2026, 3, 2, 8, 59, 58, tzinfo=UTC).timestamp()
        os.utime(workspace.run / HEARTBEAT, (beat, beat))
        made = daemon.status(workspace).to_json()
    finally:
        lock.release()
    assert [*made] == KEYS
    assert made == {
        "running": True, "pid": os.getpid(), "since": "2026-03-02T09:00:00.000000+00:00",
        "heartbeat_at": "2026-03-02T08:59:58.000000+00:00", "jobs_running": 1, "jobs_queued": 1,
        "watching": ["/srv/birds", str(workspace.root / "inbox/churn")],
    }
    json.dumps(made)
    after = daemon.status(workspace)
    assert (after.running, after.pid, after.watching) == (False, None, ())
    assert after.heartbeat_at is not None


def test_waiting_jobs_are_queued_also_when_they_are_deferred(workspace: Workspace, past: Past) -> None:
    from core.registry import jobs

    fence = past.start(past.job())
    with past.write() as tx:
        jobs.retry_later(tx, fence, "the disk is full", tx.now)
    assert daemon.status(workspace).jobs_queued == 1


def test_the_lock_of_a_dead_daemon_is_not_even_tried(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries it holds it for a moment, and a daemon that starts just then would be turned away."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (workspace.run / LOCK).write_text(json.dumps({"pid": ended.pid, "since": "2026-03-02T09:00:00+00:00"}), "utf-8")
    tried: list[int] = []
    monkeypatch.setattr(daemon.fcntl, "flock", lambda descriptor, how: tried.append(how))
    assert daemon.running(workspace) is None
    assert tried == []


def test_a_process_that_took_over_the_number_is_no_daemon(workspace: Workspace) -> None:
    (workspace.run / LOCK).write_text(
        json.dumps({"pid": os.getpid(), "since": "2026-03-02T09:00:00+00:00"}), "utf-8"
    )
    assert daemon.running(workspace) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": "x"}', '{"pid": 0}', '{"pid": -1}', "\x00\xff"])
def test_a_lock_file_that_says_nothing(workspace: Workspace, text: str) -> None:
    (workspace.run / LOCK).write_bytes(text.encode("latin-1"))
    assert daemon.running(workspace) is None
