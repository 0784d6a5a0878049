"""A run that is under way: how long, how far it says it is, and what its worker takes of the machine right now."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.registry.tables import Job
from core.views.run_fields import RUN
from core.views.shape import number
from core.vocabulary import JobState, RunState
from core.workspace import Workspace

JOB: Any = Job.__table__  # type: ignore[attr-defined]
MARK = "FOOTPLATE_WORKER"  # in the environment of a worker: whose it is (core.automation.process)


@dataclass(frozen=True)
class Usage:
    """Of a worker and all that it started, at `at` (monotonic seconds)."""

    at: float
    cpu_seconds: float
    memory: int  # resident bytes
    processes: int

    def cpus_since(self, before: Usage | None) -> float | None:
        """How many CPUs it kept busy since an earlier look; None without one, or where processes have ended since."""
        if before is None or self.at <= before.at or self.cpu_seconds < before.cpu_seconds:
            return None
        return (self.cpu_seconds - before.cpu_seconds) / (self.at - before.at)

    def to_json(self) -> dict[str, Any]:
        return {"cpu_seconds": number(self.cpu_seconds), "memory": self.memory, "processes": self.processes}


@dataclass(frozen=True)
class UnderWay:
    """`usage` is None where the worker cannot be seen: it is on its way, has just ended, or is another user's."""

    run: int
    job: int
    progress: str | None
    stopping: bool
    started_at: datetime | None
    seconds: float | None
    usage: Usage | None

    def to_json(self) -> dict[str, Any]:
        return {
            "job": self.job, "progress": self.progress, "stopping": self.stopping, "seconds": number(self.seconds),
            "usage": self.usage.to_json() if self.usage else None,
        }


def under_way(workspace: Workspace, run: int) -> UnderWay | None:
    """None where the run is over, or no job is at work on it."""
    with workspace.registry.read() as connection:
        row = connection.execute(
            select(RUN.c.started_at, JOB.c.id, JOB.c.pid, JOB.c.progress, JOB.c.cancel)
            .join(JOB, JOB.c.id == RUN.c.job_id)
            .where(RUN.c.id == run, RUN.c.state == RunState.RUNNING, JOB.c.state == JobState.RUNNING)
        ).mappings().fetchone()
    if row is None:
        return None
    started = row["started_at"]
    return UnderWay(
        run=run, job=row["id"], progress=row["progress"], stopping=bool(row["cancel"]), started_at=started,
        seconds=(workspace.clock.now() - started).total_seconds() if started else None,
        usage=usage(workspace, row["id"], row["pid"]) if row["pid"] else None,
    )


def usage(workspace: Workspace, job: int, pid: int) -> Usage | None:
    """What the worker of a job uses; None where the pid is not (or no longer) its, or may not be looked at."""
    import psutil

    try:
        worker = psutil.Process(pid)
        if not worker.environ().get(MARK, "").startswith(f"{os.path.realpath(workspace.root)}#{job}#"):
            return None
        members = [worker, *worker.children(recursive=True)]
    except (psutil.Error, OSError):
        return None
    at, cpu, memory, seen = time.monotonic(), 0.0, 0, 0
    for one in members:
        try:
            with one.oneshot():
                times = one.cpu_times()
                cpu += times.user + times.system
                if one is worker:  # what it started and has waited for is counted with it
                    cpu += times.children_user + times.children_system
                memory += one.memory_info().rss
                seen += 1
        except (psutil.Error, OSError):
            continue
    return Usage(at, cpu, memory, seen) if seen else None
