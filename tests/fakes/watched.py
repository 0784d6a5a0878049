"""A lab whose monitors read: a month of rows at a time, whose rule can turn, whose labels can be flipped."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from core.registry import alerts, jobs, models, monitors
from core.services import observe
from core.vocabulary import EventKind, JobKind, MonitorKind
from tests.fakes.lab import Lab

RECIPE = """\
watch = "inbox"
target = "y"
time = "day"

[model]
params = { max_iter = 15 }
"""
HEADER = ("day", "x", "z", "y")


def month(number: int, rows: int = 500, *, turned: bool = False, flipped: float = 0.0, moved: float = 0.0,
          labelled: bool = True) -> list[list[object]]:
    """y hangs on x (`turned`: on z instead); some labels are `flipped`, and x has `moved`."""
    random = np.random.default_rng(number)
    x, z = random.normal(size=rows) + moved, random.normal(size=rows)
    y = (z if turned else x - moved) + 0.7 * random.normal(size=rows) > 0
    y ^= random.random(rows) < flipped
    return [
        [f"2026-{number:02d}-{1 + place * 28 // rows:02d}", round(float(x[place]), 6), round(float(z[place]), 6),
         "" if not labelled else "yes" if y[place] else "no"]
        for place in range(rows)
    ]


class Watched(Lab):
    """A lab whose observe jobs are done too."""

    def arrive(self, number: int, **how: Any) -> None:
        assert self.add(f"{number:02d}.csv", month(number, **how), HEADER).accepted
        self.work()
        self.observe()

    def observe(self) -> int:
        """Do every observe job that may run now; returns how many."""
        done = 0
        while True:
            with self.workspace.registry.read() as connection:
                waiting = [job for job in jobs.claimable(connection) if job["kind"] == JobKind.OBSERVE]
            if not waiting:
                return done
            fence, job = self.claimed(waiting[0]["id"])
            observe.run(self.workspace, fence, job, lambda text: None)
            done += 1

    def read(self, kind: MonitorKind) -> list[tuple[str, str]]:
        """(source, verdict), oldest first."""
        with self.workspace.registry.read() as connection:
            rows = monitors.reports(connection, monitors.name_of("churn", kind), 100)
        return [(row["source"], row["verdict"]) for row in rows[::-1]]

    def alert(self, kind: MonitorKind) -> Any:
        with self.workspace.registry.read() as connection:
            return alerts.open_for(connection, "churn", kind)

    def champion(self) -> int | None:
        with self.workspace.registry.read() as connection:
            return models.alias(connection, "churn")

    def events(self, kind: EventKind) -> list[dict[str, Any]]:
        with self.workspace.registry.read() as connection:
            rows = connection.exec_driver_sql("SELECT payload FROM event WHERE kind = ? ORDER BY id", (kind,))
            return [json.loads(row[0]) for row in rows]
