"""One daemon a workspace: the kernel keeps the lock, and lets go of it when its holder dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.automation.lock import DaemonLock
from core.errors import Busy
from tests.fakes.clock import FakeClock

HOLD = """
import sys, time
from pathlib import Path
from core.automation.lock import DaemonLock
from core.clock import SystemClock
DaemonLock(Path(sys.argv[1])).acquire(SystemClock())
print("held", flush=True)
time.sleep(60)
"""
RACE = """
import sys
from pathlib import Path
from core.automation.lock import DaemonLock
from core.clock import SystemClock
from core.errors import Busy
lock = DaemonLock(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    lock.acquire(SystemClock())
    print("won", flush=True)
except Busy as error:
    print("lost", flush=True)
sys.stdin.readline()
"""


def test_a_second_one_is_refused_with_the_pid_of_the_first(tmp_path: Path, clock: FakeClock) -> None:
    first = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    with pytest.raises(Busy, match=f"already: pid {first.pid}$") as caught:
        DaemonLock(tmp_path).acquire(clock)
    assert caught.value.exit_code == 5
    assert "footplate daemon stop" in caught.value.hint
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    first.stdout.close()
    lock = DaemonLock(tmp_path)
    lock.acquire(clock)  # whatever the file still says
    assert json.loads((tmp_path / "daemon.lock").read_text())["pid"] == os.getpid()
    lock.release()


def test_it_says_who_holds_it_and_since_when(tmp_path: Path, clock: FakeClock) -> None:
    lock = DaemonLock(tmp_path)
    lock.path.write_text("x" * 500)  # longer than what is written now
    lock.acquire(clock)
    about = json.loads(lock.path.read_text())
    assert (about["pid"], about["since"]) == (os.getpid(), "2026-03-02T09:00:00.000000+00:00")
    assert about["host"]
    with pytest.raises(Busy, match=f"pid {os.getpid()}"):
        DaemonLock(tmp_path).acquire(clock)
    lock.release()
    lock.release()
    DaemonLock(tmp_path).acquire(clock)


def test_a_holder_that_has_not_yet_said_who_it_is(tmp_path: Path, clock: FakeClock) -> None:
    lock = DaemonLock(tmp_path)
    lock.acquire(clock)
    lock.path.write_text("")
    with pytest.raises(Busy, match="pid unknown"):
        DaemonLock(tmp_path).acquire(clock)
    lock.release()


def test_the_heart_beats(tmp_path: Path, clock: FakeClock) -> None:
    lock = DaemonLock(tmp_path)
    lock.acquire(clock)
    os.utime(lock.heartbeat, (1, 1))
    lock.beat()
    assert lock.heartbeat.stat().st_mtime > 1
    lock.release()


def test_the_lock_does_not_pass_on_to_what_is_started(tmp_path: Path, clock: FakeClock) -> None:
    """A worker that outlives its daemon must not keep the next one from starting."""
    lock = DaemonLock(tmp_path)
    lock.acquire(clock)
    child = subprocess.Popen(
        [sys.executable, "-c", "print(1, flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        close_fds=False,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"1\n"
    lock.release()
    again = DaemonLock(tmp_path)
    again.acquire(clock)
    again.release()
    child.communicate(b"\n")


def test_of_many_that_start_at_once_one_wins(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen([sys.executable, "-c", RACE, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         text=True)
        for _ in range(5)
    ]
    for one in racers:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in racers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.stdout.readline() for one in racers if one.stdout is not None]
    for one in racers:
        one.communicate("\n")
    assert sorted(said) == ["lost\n"] * 4 + ["won\n"]
