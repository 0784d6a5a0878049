"""A worker process and everything that it starts: launched, measured and ended as one."""

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
MODULE = "core.automation.worker"
MARK = "FOOTPLATE_WORKER"  # in the environment of a worker and of what it starts: whose they are


def launch(root: Path, job: int, epoch: int, log: Path, cpus: int) -> subprocess.Popen[bytes]:
    """Start a worker in a session of its own, with as many threads as it was given CPUs.

    `-P` keeps the folder that it starts in (the user's) out of its imports.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    threads = str(cpus)
    environment = os.environ | {
        "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "MKL_NUM_THREADS": threads,
        "LOKY_MAX_CPU_COUNT": threads, "PYTHONUNBUFFERED": "1", MARK: mark(root, job, epoch),
    }
    with log.open("ab") as stream:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", MODULE, str(root), str(job), str(epoch), str(os.getpid())],
            stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True, env=environment, cwd=root,
        )


def mark(root: Path, job: int | str = "", epoch: int | str = "") -> str:
    """What the environment of a worker says; without `job`, how it begins for every worker of a workspace."""
    begin = f"{os.path.realpath(root)}#"
    return f"{begin}{job}#{epoch}" if job else begin


def die_with(parent: int) -> bool:
    """Ask the kernel to kill this process when its parent dies; False where the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return os.getppid() == parent


def memory_of(pid: int) -> int:
    """Resident bytes of a worker and all that it started."""
    total = 0
    for member in {pid, *members(pid)}:
        with contextlib.suppress(psutil.Error):
            total += psutil.Process(member).memory_info().rss
    return total


def end(pid: int, sign: signal.Signals) -> None:
    """Send a signal to a worker and all that it started."""
    for member in (*members(pid), pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(member, sign)


def end_rest(pid: int, mark: str) -> None:
    """Kill what a worker that has ended left behind, in its session or with its mark.

    Its own pid may be another's by now and is not touched.
    """
    for member in members(pid) | marked(mark):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(member, signal.SIGKILL)


def members(pid: int) -> set[int]:
    """What a worker started: the rest of the session that it leads, and its descendants that left the session."""
    found = set()
    for other in psutil.pids():
        with contextlib.suppress(OSError):
            if other != pid and os.getsid(other) == pid:
                found.add(other)
    with contextlib.suppress(psutil.Error):
        leader = psutil.Process(pid)
        if leader.status() != psutil.STATUS_ZOMBIE:
            found |= {child.pid for child in leader.children(recursive=True)}
    return found - {pid, os.getpid()}


def end_strays(root: Path) -> int:
    """Kill what outlived an earlier daemon of this workspace: workers, and what they started. Returns how many.

    They are told by their marks, since pids are used again.
    """
    strays = marked(mark(root))
    for pid in strays:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return len(strays)


def marked(begin: str) -> set[int]:
    """Processes whose mark begins so."""
    found = set()
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error, OSError):
            if pid != os.getpid() and psutil.Process(pid).environ().get(MARK, "").startswith(begin):
                found.add(pid)
    return found
