"""A worker process and everything that it starts: launched, measured and ended as one group."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1


def launch(arguments: list[str], log: Path, cpus: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start a worker in a session of its own, with as many threads as it was given CPUs."""
    log.parent.mkdir(parents=True, exist_ok=True)
    threads = str(cpus)
    environment = os.environ | {
        "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads,
        "LOKY_MAX_CPU_COUNT": threads, "PYTHONUNBUFFERED": "1",
    }
    with log.open("ab") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", "core.automation.worker", *arguments], stdin=subprocess.DEVNULL, stdout=stream,
            stderr=stream, start_new_session=True, env=environment, cwd=folder,
        )


def die_with(parent: int) -> bool:
    """Ask the kernel to kill this process when its parent dies; False where the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return os.getppid() == parent


def memory_of(pid: int) -> int:
    """Resident bytes of a worker and all that it started."""
    total = 0
    try:
        leader = psutil.Process(pid)
        members = [leader, *leader.children(recursive=True)]
    except psutil.Error:
        return 0
    for member in members:
        with contextlib.suppress(psutil.Error):
            total += member.memory_info().rss
    return total


def end_group(pid: int, sign: signal.Signals) -> None:
    """Send a signal to a worker and all that it started: its group, and other groups of its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, sign)
    for member in _session(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(member, sign)


def _session(leader: int) -> list[int]:
    """Processes of the session that a worker leads (a user's command has a group of its own there)."""
    members = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError):
            if pid != leader and os.getsid(pid) == leader:
                members.append(pid)
    return members
