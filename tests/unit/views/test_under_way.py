"""A run under way: what its worker says, and what it takes of the machine as long as it is its."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from core.automation.process import MARK
from core.registry import jobs
from core.registry.database import Fence
from core.views import under_way as views
from core.views.under_way import Usage, under_way
from tests.unit.views.past import Past


@contextmanager
def worker(mark: str) -> Iterator[int]:
    """A process that says it works and then waits; its pid."""
    command = [sys.executable, "-c", "print('up', flush=True); input()"]
    with subprocess.Popen(
        command, env={**os.environ, MARK: mark}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "up\n"
        yield process.pid
        process.communicate("\n")


def started(past: Past) -> tuple[int, Fence]:
    """A run that is under way, and the attempt of its job."""
    past.recipe()
    run, fence = past.begin([past.version()])
    return run, fence


def test_a_worker_is_seen_with_what_it_takes(past: Past) -> None:
    run, fence = started(past)
    with worker(f"{os.path.realpath(past.workspace.root)}#{fence.job}#1") as pid:
        with past.write() as tx:
            jobs.note(tx, fence, pid=pid, progress="fitting on 900 rows")
        found = under_way(past.workspace, run)
        assert found is not None and found.job == fence.job and not found.stopping
        assert found.progress == "fitting on 900 rows"
        assert found.usage is not None and found.usage.processes == 1 and found.usage.memory > 1_000_000
        assert found.to_json()["usage"]["memory"] == found.usage.memory


def test_a_pid_that_is_somebody_elses_is_not_looked_at(past: Past) -> None:
    run, fence = started(past)
    with worker("/elsewhere#1#1") as pid:
        with past.write() as tx:
            jobs.note(tx, fence, pid=pid)
        found = under_way(past.workspace, run)
        assert found is not None and found.usage is None


def test_a_run_that_is_over_is_not_under_way(past: Past) -> None:
    past.recipe()
    assert under_way(past.workspace, past.run([past.version()])) is None


def test_what_it_keeps_busy_is_told_between_two_looks() -> None:
    before, now = Usage(10.0, 4.0, 1, 1), Usage(12.0, 7.0, 1, 1)
    assert now.cpus_since(before) == 1.5
    assert now.cpus_since(None) is None and before.cpus_since(now) is None


def test_the_mark_is_that_of_the_workers() -> None:
    assert views.MARK == MARK, "views may not import automation, so the name stands in both"
