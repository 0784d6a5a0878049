"""The daemon's door, as a program that lives on uses it."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import psutil

from console import daemon
from core.workspace import Workspace


def test_who_starts_a_daemon_takes_note_of_its_end(root: Path) -> None:
    """A console that started one must not keep a zombie when it is stopped from elsewhere."""
    workspace = Workspace.open(root)
    daemon.start(workspace)
    pid = daemon.holder(workspace)
    assert pid is not None
    gc.collect()  # an unwaited process would warn here, and warnings are errors
    daemon.stop(workspace)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline, psutil.Process(pid).status()
        time.sleep(0.01)
    workspace.close()
