"""The daemon as others see it: its lock file says who it is, the lock itself whether it lives, a file when it beat."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, literal_column, select

from core import clock
from core.registry.tables import Job
from core.views import recipes
from core.views.shape import moment
from core.vocabulary import JobState
from core.workspace import Workspace

JOB: Any = Job.__table__  # type: ignore[attr-defined]
LIVE: Any = literal_column("job.state IN ('queued', 'deferred', 'running')")  # to the letter as the index on them says
LOCK = "daemon.lock"
HEARTBEAT = "daemon.heartbeat"


@dataclass(frozen=True)
class Status:
    """`jobs_queued` counts all that wait, the deferred too. `watching` are folders, none while it does not run."""

    running: bool
    pid: int | None
    since: datetime | None
    heartbeat_at: datetime | None
    jobs_running: int
    jobs_queued: int
    watching: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "running": self.running, "pid": self.pid, "since": moment(self.since),
            "heartbeat_at": moment(self.heartbeat_at), "jobs_running": self.jobs_running,
            "jobs_queued": self.jobs_queued, "watching": [*self.watching],
        }


def status(workspace: Workspace) -> Status:
    """The contract's daemon status; an object also where no daemon runs."""
    about = running(workspace)
    with workspace.registry.read() as connection:
        counts = live_jobs(connection)
    return Status(
        running=about is not None, pid=about[0] if about else None, since=about[1] if about else None,
        heartbeat_at=_beat(workspace.run / HEARTBEAT), jobs_running=counts.get(JobState.RUNNING, 0),
        jobs_queued=counts.get(JobState.QUEUED, 0) + counts.get(JobState.DEFERRED, 0),
        watching=_watching(workspace) if about else (),
    )


def live_jobs(connection: Connection) -> dict[str, int]:
    """How many jobs wait and run, by state."""
    rows = connection.execute(
        select(JOB.c.state, func.count()).where(LIVE).group_by(JOB.c.state)
    )
    return dict(tuple(row) for row in rows)


def running(workspace: Workspace) -> tuple[int, datetime | None] | None:
    """(pid, since) of the daemon that holds the lock; None where there is none.

    The lock is only tried where the named process lives: whoever tries it holds it for a moment, and a daemon
    that starts just then would take us for another one.
    """
    try:
        descriptor = os.open(workspace.run / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        about = json.loads(os.pread(descriptor, 4096, 0))
        pid = int(about["pid"])
        if not _alive(pid) or not _locked(descriptor):
            return None
        return pid, clock.parse(about["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    finally:
        os.close(descriptor)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return pid > 0


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _beat(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None


def _watching(workspace: Workspace) -> tuple[str, ...]:
    return tuple(
        str(workspace.locate(recipe.watch)) for recipe in recipes.list(workspace, limit=0)
        if recipe.watch and recipe.hash and not recipe.paused
    )
