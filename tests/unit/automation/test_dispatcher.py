"""Jobs are admitted, started, minded and ended, with real processes in the place of workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.automation import dispatcher as module
from core.automation.dispatcher import GRACE_SECONDS, LEASE, Dispatcher
from core.errors import BadSettings, Busy
from core.registry import jobs
from core.registry.database import Fence
from core.registry.jobs import Request
from core.services import work
from core.vocabulary import Cause, JobKind, JobState
from core.workspace import Workspace
from tests.fakes.clock import START, FakeClock
from tests.fakes.workers import SLEEP, Steps, alive, gone, launcher

MIB = 1 << 20
FAMILY = """
import subprocess, sys, time
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(120)"
for options in ({}, {"process_group": 0}, {"start_new_session": True}):
    child = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, **options)
    child.stdout.readline()
    print(child.pid, flush=True)
"""


@pytest.fixture
def settings(workspace: Workspace) -> None:
    """Two CPUs and 8 GiB, whatever this machine has."""
    (workspace.root / "footplate.toml").write_text('[daemon]\ncpus = 2\nmemory = "8GiB"\n')


@pytest.fixture
def steps(workspace: Workspace, clock: FakeClock, settings: None) -> Iterator[Steps]:
    made = Steps(workspace, clock)
    yield made
    made.close()


def starts(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(module, "launch", launcher(program))


def ask(workspace: Workspace, key: str = "a", **changes: Any) -> int:
    usual: dict[str, Any] = {
        "kind": JobKind.TRAIN, "key": key, "lane": key, "cause": Cause.NEW_DATA, "payload": {}, "memory": 1 << 30,
        "timeout": 3600.0,
    }
    with workspace.registry.write("me") as tx:
        return jobs.enqueue(tx, Request(**(usual | changes)))[0]


def job(workspace: Workspace, id: int) -> Mapping[Any, Any]:
    with workspace.registry.read() as connection:
        row = jobs.get(connection, id)
    assert row is not None
    return row


def state(workspace: Workspace, id: int) -> str:
    return str(job(workspace, id)["state"])


def pids(workspace: Workspace, id: int) -> list[int]:
    return [int(word) for word in (workspace.logs / "jobs" / f"{id}.log").read_text().split()]


# -- starting


def test_a_job_is_claimed_and_its_worker_started(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, f"ready()\n{SLEEP}")
    id = ask(workspace)
    steps.until(lambda: steps.ready(id))
    row = job(workspace, id)
    assert (row["state"], row["epoch"], row["lease_until"]) == (JobState.RUNNING, 1, START + LEASE)
    assert row["pid"] == steps.dispatcher.running[id].process.pid
    assert alive(row["pid"])


def test_nothing_to_do_starts_nothing(steps: Steps) -> None:
    steps.dispatcher.step()
    assert steps.dispatcher.running == {}
    assert steps.dispatcher.next_wake is None


def test_as_many_as_fit_by_cpus(workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, SLEEP)
    first, second, third = (ask(workspace, key) for key in "abc")
    steps.dispatcher.step()
    assert set(steps.dispatcher.running) == {first, second}
    steps.dispatcher.running[first].process.kill()
    steps.until(lambda: third in steps.dispatcher.running)
    assert set(steps.dispatcher.running) == {second, third}


def test_as_many_as_fit_by_memory(workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, SLEEP)
    first = ask(workspace, "a", memory=6 << 30)
    ask(workspace, "b", memory=3 << 30)
    small = ask(workspace, "c", memory=2 << 30)
    steps.dispatcher.step()
    assert set(steps.dispatcher.running) == {first, small}


def test_a_job_that_is_larger_than_the_machine_runs_alone(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    real = launcher(SLEEP)

    def launch(root: Path, job: int, epoch: int, log: Path, cpus: int) -> Any:
        given.append(cpus)
        return real(root, job, epoch, log, cpus)

    monkeypatch.setattr(module, "launch", launch)
    large = ask(workspace, "a", cpus=64, memory=1 << 40)
    ask(workspace, "b")
    steps.dispatcher.step()
    assert set(steps.dispatcher.running) == {large}
    assert given == [2]


def test_a_large_job_is_overtaken_for_a_while_and_then_gets_its_room(
    workspace: Workspace, clock: FakeClock, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a stream of small jobs would keep it waiting for ever."""
    starts(monkeypatch, SLEEP)
    first = ask(workspace, "a")
    steps.dispatcher.step()
    large = ask(workspace, "b", cpus=2)
    small = ask(workspace, "c")
    steps.dispatcher.step()
    assert set(steps.dispatcher.running) == {first, small}
    clock.go_on(601)
    steps.dispatcher.running[small].process.kill()
    steps.until(lambda: small not in steps.dispatcher.running)
    wish = ask(workspace, "d", cause=Cause.MANUAL)
    steps.dispatcher.step()
    assert wish not in steps.dispatcher.running
    steps.dispatcher.running[first].process.kill()
    steps.until(lambda: large in steps.dispatcher.running)
    assert set(steps.dispatcher.running) == {large}


def test_a_lane_has_one_job_at_a_time(workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, SLEEP)
    first = ask(workspace, "a", lane="train:x")
    second = ask(workspace, "b", lane="train:x")
    steps.dispatcher.step()
    assert set(steps.dispatcher.running) == {first}
    steps.dispatcher.running[first].process.kill()
    steps.until(lambda: second in steps.dispatcher.running)


def test_a_deferred_job_is_started_when_its_time_has_come(
    workspace: Workspace, clock: FakeClock, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, SLEEP)
    id = ask(workspace, not_before=START + timedelta(seconds=60))
    steps.dispatcher.step()
    assert steps.dispatcher.running == {}
    assert steps.dispatcher.next_wake == (START + timedelta(seconds=60)).timestamp()
    clock.go_on(60)
    steps.dispatcher.step()
    assert set(steps.dispatcher.running) == {id}
    assert steps.dispatcher.next_wake is None


def test_no_more_processes_is_tried_again_later(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def launch(*arguments: Any) -> Any:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(module, "launch", launch)
    id = ask(workspace)
    steps.dispatcher.step()
    row = job(workspace, id)
    assert (row["state"], row["attempts"]) == (JobState.DEFERRED, 1)
    assert "could not be started: [Errno 11]" in row["error"]
    assert steps.dispatcher.running == {}


def test_memory_in_the_settings_that_is_none(workspace: Workspace) -> None:
    (workspace.root / "footplate.toml").write_text('[daemon]\nmemory = "much"\n')
    with pytest.raises(BadSettings, match=r"footplate.toml: daemon.memory: ") as caught:
        Dispatcher(workspace, lambda: None)
    assert "8GiB" in caught.value.hint


# -- ending


def test_a_killed_worker_is_retried_with_backoff_and_counted(
    workspace: Workspace, clock: FakeClock, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, SLEEP)
    id = ask(workspace)
    for attempt, wait in ((1, 10), (2, 20), (3, None)):
        steps.until(lambda: id in steps.dispatcher.running)
        steps.dispatcher.running[id].process.kill()
        steps.until(lambda: not steps.dispatcher.running)
        row = job(workspace, id)
        assert (row["attempts"], row["epoch"]) == (attempt, attempt)
        assert row["error"] == "the worker was killed by SIGKILL (out of memory?)"
        if wait is None:
            assert row["state"] == JobState.FAILED
        else:
            assert (row["state"], row["not_before"]) == (JobState.DEFERRED, clock.now() + timedelta(seconds=wait))
            clock.go_on(wait)


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("raise SystemExit(3)", "the worker ended with exit code 3"), ("", "the worker ended without a word"),
        ("import os; os.abort()", "the worker was killed by SIGABRT"),
    ],
)
def test_why_a_worker_ended_is_told(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch, program: str, error: str
) -> None:
    starts(monkeypatch, program)
    id = ask(workspace)
    steps.until(lambda: state(workspace, id) == JobState.DEFERRED)
    assert job(workspace, id)["error"] == error
    assert steps.woken  # its end wakes the daemon


def test_what_the_worker_has_ended_itself_stays_as_it_said(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, SLEEP)
    id = ask(workspace)
    steps.dispatcher.step()
    with workspace.registry.write("daemon", Fence(id, 1)) as tx:
        jobs.finish(tx, Fence(id, 1))
    steps.dispatcher.running[id].process.kill()
    steps.until(lambda: not steps.dispatcher.running)
    assert (state(workspace, id), job(workspace, id)["attempts"]) == (JobState.FINISHED, 0)


def test_a_worker_that_takes_too_long_is_ended_with_all_it_started(
    workspace: Workspace, clock: FakeClock, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, f"{FAMILY}\nready()\n{SLEEP}")
    id = ask(workspace, timeout=60.0)
    steps.until(lambda: steps.ready(id))
    family = [steps.dispatcher.running[id].process.pid, *pids(workspace, id)]
    assert len(family) == 4
    clock.go_on(60)
    steps.dispatcher.step()
    assert all(alive(pid) for pid in family)
    clock.go_on(1)
    steps.until(lambda: not steps.dispatcher.running, pass_seconds=0.5)
    row = job(workspace, id)
    assert (row["state"], row["error"]) == (JobState.FAILED, "took longer than its timeout of 60 s")
    assert all(gone(pid) for pid in family)


def test_a_worker_that_does_not_listen_is_killed_after_a_grace(
    workspace: Workspace, clock: FakeClock, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); ready()\n{SLEEP}")
    id = ask(workspace, timeout=1.0)
    steps.until(lambda: steps.ready(id))
    pid = steps.dispatcher.running[id].process.pid
    clock.go_on(2)
    steps.dispatcher.step()
    clock.go_on(GRACE_SECONDS)
    steps.dispatcher.step()
    assert alive(pid)
    clock.go_on(1)
    steps.until(lambda: not steps.dispatcher.running)
    assert gone(pid)
    assert state(workspace, id) == JobState.FAILED


def test_a_worker_that_takes_too_much_memory_is_ended_with_all_it_started(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory is that of a child in another group: what counts is all of them together."""
    greedy = "import time; much = bytearray(150_000_000); print(1, flush=True); time.sleep(120)"
    program = (
        f"import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {greedy!r}],"
        " stdout=subprocess.PIPE, process_group=0)\nchild.stdout.readline()\nprint(child.pid, flush=True)\nready()"
    )
    starts(monkeypatch, f"{program}\n{SLEEP}")
    id, modest = ask(workspace, memory=100 * MIB), ask(workspace, "b", memory=1 << 30)
    steps.until(lambda: steps.ready(id) and steps.ready(modest))
    [child] = pids(workspace, id)
    steps.until(lambda: id not in steps.dispatcher.running, pass_seconds=0.5)
    row = job(workspace, id)
    assert row["state"] == JobState.FAILED
    assert row["error"] == "used 0.2 GiB of memory; its limit is 0.1 GiB ([resources] memory)"
    assert gone(child)
    assert state(workspace, modest) == JobState.RUNNING


def test_a_person_cancels_a_running_job(workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    starts(monkeypatch, f"{FAMILY}\nready()\n{SLEEP}")
    id = ask(workspace)
    steps.until(lambda: steps.ready(id))
    family = pids(workspace, id)
    work.cancel(workspace, id)
    steps.until(lambda: not steps.dispatcher.running, pass_seconds=0.5)
    assert (state(workspace, id), job(workspace, id)["attempts"]) == (JobState.CANCELLED, 0)
    assert all(gone(pid) for pid in family)


def test_what_a_finished_worker_leaves_running_is_ended(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, f"{FAMILY}\nready()")
    id = ask(workspace)
    steps.until(lambda: state(workspace, id) == JobState.DEFERRED)
    assert all(gone(pid) for pid in pids(workspace, id))


def test_half_made_copies_of_a_killed_worker_are_swept(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "from pathlib import Path; from core.store.objects import Store\n"
        f"Store(Path({str(workspace.store.root)!r})).stage_bytes(b'half'); ready()"
    )
    starts(monkeypatch, f"{code}\n{SLEEP}")
    id = ask(workspace)
    steps.until(lambda: steps.ready(id))
    assert len(list(workspace.store.tmp.iterdir())) == 1
    steps.dispatcher.running[id].process.kill()
    steps.until(lambda: not steps.dispatcher.running)
    assert list(workspace.store.tmp.iterdir()) == []


def test_an_end_that_could_not_be_written_is_written_later(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry was locked or the disk full just then: else a timed-out job would begin again and again."""
    starts(monkeypatch, SLEEP)
    id = ask(workspace)
    steps.dispatcher.step()
    real = module.attempt_failed
    locked = iter([True])

    def fails_once(*arguments: Any, **options: Any) -> None:
        if next(locked, False):
            raise Busy("the registry is locked by another process")
        real(*arguments, **options)

    monkeypatch.setattr(module, "attempt_failed", fails_once)
    process = steps.dispatcher.running[id].process
    process.kill()
    process.wait()
    with pytest.raises(Busy):
        steps.dispatcher.step()
    assert state(workspace, id) == JobState.RUNNING
    steps.dispatcher.step()
    assert (state(workspace, id), job(workspace, id)["attempts"]) == (JobState.DEFERRED, 1)
    assert steps.dispatcher.running == {}


def test_a_job_that_waits_again_is_not_begun_before_its_last_worker_is_gone(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, SLEEP)
    id = ask(workspace)
    steps.dispatcher.step()
    first = steps.dispatcher.running[id].process
    with workspace.registry.write("daemon") as tx:  # as a worker writes of itself, just before it ends
        jobs.retry_later(tx, Fence(id, 1), "ValueError: x", tx.now)
    steps.dispatcher.step()
    assert steps.dispatcher.running[id].process is first
    first.kill()
    steps.until(lambda: id in steps.dispatcher.running and steps.dispatcher.running[id].process is not first)
    assert job(workspace, id)["epoch"] == 2


# -- leases


def test_leases_are_renewed_while_a_worker_works(
    workspace: Workspace, clock: FakeClock, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, SLEEP)
    id = ask(workspace, timeout=10**6)
    steps.dispatcher.step()
    for _ in range(10):
        clock.go_on(40)
        steps.dispatcher.step()
        assert job(workspace, id)["lease_until"] == clock.now() + LEASE
    steps.dispatcher.reap_lost()
    assert state(workspace, id) == JobState.RUNNING


def test_only_leases_that_ran_out_and_are_not_ours_are_taken_back(
    workspace: Workspace, clock: FakeClock, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, SLEEP)
    foreign, ours = ask(workspace, "a"), ask(workspace, "b")
    with workspace.registry.write("daemon") as tx:
        assert jobs.claim(tx, foreign, LEASE) is not None
    steps.dispatcher.step()
    steps.dispatcher.reap_lost()
    assert state(workspace, foreign) == JobState.RUNNING
    clock.go_on(121)  # as after the machine slept: our own lease ran out too
    steps.dispatcher.reap_lost()
    assert (state(workspace, foreign), job(workspace, foreign)["attempts"]) == (JobState.QUEUED, 0)
    assert state(workspace, ours) == JobState.RUNNING


# -- the daemon's own end and beginning


def test_stopping_hands_back_what_still_runs(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, f"{FAMILY}\nready()\n{SLEEP}")
    id = ask(workspace)
    steps.until(lambda: steps.ready(id))
    family = [steps.dispatcher.running[id].process.pid, *pids(workspace, id)]
    steps.dispatcher.hand_back_all()
    assert (state(workspace, id), job(workspace, id)["attempts"]) == (JobState.QUEUED, 0)
    assert all(gone(pid) for pid in family)
    assert steps.dispatcher.running == {}


def test_a_worker_that_failed_just_before_the_stop_has_failed(
    workspace: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, "raise SystemExit(3)")
    id = ask(workspace)
    steps.dispatcher.step()
    steps.dispatcher.running[id].process.wait()
    steps.dispatcher.hand_back_all()
    assert (state(workspace, id), job(workspace, id)["attempts"]) == (JobState.DEFERRED, 1)


def test_a_new_daemon_ends_and_hands_back_what_the_dead_one_left(
    workspace: Workspace, clock: FakeClock, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts(monkeypatch, f"{FAMILY}\nready()\n{SLEEP}")
    id = ask(workspace)
    steps.until(lambda: steps.ready(id))
    old = steps.dispatcher.running.pop(id).process
    family = [old.pid, *pids(workspace, id)]
    twin = ask(workspace)  # asked for while it ran
    new = Steps(workspace, clock)
    assert new.dispatcher.recover() == 1
    old.wait()
    assert all(gone(pid) for pid in family)
    assert (state(workspace, id), job(workspace, id)["attempts"]) == (JobState.QUEUED, 0)
    assert state(workspace, twin) == JobState.CANCELLED
    assert new.dispatcher.recover() == 0


def test_a_pid_that_is_anothers_by_now_is_left_alone(workspace: Workspace, steps: Steps) -> None:
    """The machine was started anew: the pid that the registry remembers is this very process."""
    id = ask(workspace)
    with workspace.registry.write("daemon") as tx:
        fence = jobs.claim(tx, id, LEASE)
        assert fence is not None
        jobs.note(tx, fence, pid=os.getpid())
    assert steps.dispatcher.recover() == 1
    assert state(workspace, id) == JobState.QUEUED
    assert signal.getsignal(signal.SIGTERM) is not None
