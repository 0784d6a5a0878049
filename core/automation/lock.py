"""One daemon a workspace: a file lock that the kernel lets go of when its holder dies, and a heartbeat.

The heartbeat is the time of a file, not a row: it costs no commit and wakes nobody.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from pathlib import Path

import psutil

from core import clock as clocks
from core.clock import Clock
from core.errors import Busy

LOCK = "daemon.lock"
HEARTBEAT = "daemon.heartbeat"
PATIENCE = 2.0  # seconds that a lock without a living holder is tried again


class DaemonLock:
    """Held for the life of the daemon."""

    def __init__(self, run: Path) -> None:
        self.path = run / LOCK
        self.heartbeat = run / HEARTBEAT
        self._descriptor: int | None = None

    def acquire(self, clock: Clock) -> None:
        """Take the lock; Busy names the pid that has it.

        Whoever only looks whether a daemon runs holds the lock for a moment, and one that has just taken it
        writes its pid a moment later: so the lock is tried again until the pid in it is of a living process.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        deadline = time.monotonic() + PATIENCE
        while not _locked(descriptor):
            holder = _holder(descriptor)
            if (holder is not None and psutil.pid_exists(holder)) or time.monotonic() > deadline:
                os.close(descriptor)
                raise Busy(
                    f"a daemon runs for this workspace already: pid {holder or 'unknown'}",
                    "stop it: `footplate daemon stop`",
                )
            time.sleep(0.01)
        about = {"pid": os.getpid(), "since": clocks.iso(clock.now()), "host": socket.gethostname()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(about).encode(), 0)
        self._descriptor = descriptor
        self.beat()

    def beat(self) -> None:
        self.heartbeat.touch()

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _holder(descriptor: int) -> int | None:
    """The pid that the lock file names; None while it names none."""
    try:
        return int(json.loads(os.pread(descriptor, 4096, 0))["pid"])
    except (ValueError, KeyError, TypeError):
        return None
