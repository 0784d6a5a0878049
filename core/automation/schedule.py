"""The clock: the only place that knows APScheduler. It keeps nothing; it is refilled at every start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

LATE = 3600  # seconds that a tick may be late (a machine that slept) and is still made, once


class Schedule:
    """Calls things at their time; each call only adds rows or hints."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": LATE},
            timezone=zone,
        )

    def start(self) -> None:
        self._scheduler.start()

    def every(self, seconds: float, name: str, call: Callable[[], None]) -> None:
        self._scheduler.add_job(
            call, IntervalTrigger(seconds=seconds, timezone=self._zone), id=name, replace_existing=True
        )

    def cron(self, line: str, name: str, call: Callable[[], None]) -> datetime | None:
        """Call at every time of a cron line; returns the next one."""
        trigger = CronTrigger.from_crontab(line, timezone=self._zone)
        job = self._scheduler.add_job(call, trigger, id=name, replace_existing=True)
        return getattr(job, "next_run_time", None)

    def next_time(self, name: str) -> datetime | None:
        job = self._scheduler.get_job(name)
        return None if job is None else getattr(job, "next_run_time", None)

    def remove(self, name: str) -> None:
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def names(self) -> set[str]:
        return {str(job.id) for job in self._scheduler.get_jobs()}

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
