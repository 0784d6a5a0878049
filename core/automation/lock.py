"""One daemon a workspace: a file lock that the kernel lets go of when its holder dies, and a heartbeat.

The heartbeat is the time of a file, not a row: it costs no commit and wakes nobody.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path

from core import clock as clocks
from core.clock import Clock
from core.errors import Busy

LOCK = "daemon.lock"
HEARTBEAT = "daemon.heartbeat"


class DaemonLock:
    """Held for the life of the daemon."""

    def __init__(self, run: Path) -> None:
        self.path = run / LOCK
        self.heartbeat = run / HEARTBEAT
        self._descriptor: int | None = None

    def acquire(self, clock: Clock) -> None:
        """Take the lock; Busy names the pid that has it."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise Busy(
                f"a daemon runs for this workspace already: pid {holder}", "stop it: `footplate daemon stop`"
            ) from None
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


def _holder(descriptor: int) -> str:
    try:
        return str(json.loads(os.pread(descriptor, 4096, 0))["pid"])
    except (ValueError, KeyError, TypeError):
        return "unknown"
