"""The clock: the only place that knows APScheduler. It keeps nothing; it is refilled at every start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from core.recipes.cron import check_cron


class Schedule:
    """Calls things at their time; each call only adds rows or hints. What is late is done once, not dropped."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=zone,
        )

    def start(self) -> None:
        self._scheduler.start()

    def every(self, seconds: float, name: str, call: Callable[[], None]) -> None:
        self._scheduler.add_job(
            call, IntervalTrigger(seconds=seconds, timezone=self._zone), id=name, replace_existing=True
        )

    def cron(self, line: str, name: str, call: Callable[[], None]) -> None:
        """Call at every time of a cron line. ValueError where it is none."""
        self._scheduler.add_job(call, trigger_of(line, self._zone), id=name, replace_existing=True)

    def next_time(self, name: str) -> datetime | None:
        """When `name` is called next; never a time that has passed."""
        job = self._scheduler.get_job(name)
        if job is None:
            return None
        found: datetime | None = job.trigger.get_next_fire_time(None, datetime.now(self._zone))
        return found

    def remove(self, name: str) -> None:
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def names(self) -> set[str]:
        return {str(job.id) for job in self._scheduler.get_jobs()}

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def trigger_of(line: str, zone: tzinfo) -> Any:
    """APScheduler's trigger of a cron line, with cron's meaning of weekdays, and of a line that names both days of
    the month and days of the week (either will do). ValueError where it is no cron line."""
    minute, hour, day, month, weekday = check_cron(line).split()
    if day.startswith("*") or weekday == "*":
        return _cron(zone, minute, hour, day, month, weekday)
    return OrTrigger([_cron(zone, minute, hour, day, month, "*"), _cron(zone, minute, hour, "*", month, weekday)])


def _cron(zone: tzinfo, minute: str, hour: str, day: str, month: str, weekday: str) -> CronTrigger:
    return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=zone)
