"""Small real processes in the place of workers: started as workers are, in a session of their own and marked."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from core.automation import process
from core.automation.dispatcher import Dispatcher
from core.workspace import Workspace
from tests.fakes.clock import FakeClock

SLEEP = "import time; time.sleep(120)"


def launcher(program: str) -> Callable[..., subprocess.Popen[bytes]]:
    """Instead of `process.launch`: the program says `ready()` when it has come where it wants to be."""

    def launch(root: Path, job: int, epoch: int, log: Path, cpus: int) -> subprocess.Popen[bytes]:
        log.parent.mkdir(parents=True, exist_ok=True)
        ready = log.parent / f"{job}.{epoch}.ready"
        text = f"def ready():\n    open({str(ready)!r}, 'w').close()\n{program}"
        with log.open("ab") as stream:
            return subprocess.Popen(
                [sys.executable, "-c", text], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
                start_new_session=True, env=os.environ | {process.MARK: process.mark(root, job, epoch)},
            )

    return launch


class Steps:
    """A dispatcher whose steps are made by the test, on a clock that the test moves."""

    def __init__(self, workspace: Workspace, clock: FakeClock) -> None:
        self.workspace = workspace
        self.clock = clock
        self.woken = threading.Event()
        self.dispatcher = Dispatcher(workspace, self.woken.set)

    def until(self, condition: Callable[[], bool], *, pass_seconds: float = 0.0, limit: float = 60.0) -> None:
        """Step until it is so; a worker's end wakes it."""
        deadline = time.monotonic() + limit
        while True:
            self.dispatcher.step()
            if condition():
                return
            assert time.monotonic() < deadline, "it did not come true"
            self.woken.wait(0.02)
            self.woken.clear()
            self.clock.go_on(pass_seconds)

    def ready(self, job: int, epoch: int = 1) -> bool:
        return (self.workspace.logs / "jobs" / f"{job}.{epoch}.ready").exists()

    def close(self) -> None:
        self.dispatcher.hand_back_all()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pid: int, limit: float = 20.0) -> bool:
    deadline = time.monotonic() + limit
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
