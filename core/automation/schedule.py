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

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # as cron counts them; 7 is Sunday too


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
    """APScheduler's trigger of a cron line, with cron's own meaning of weekdays (APScheduler counts from Monday)
    and of a line that names days of the month and of the week (either will do)."""
    fields = line.split()
    if len(fields) != 5:
        raise ValueError(f"{line!r} has not the five fields of a cron line")
    minute, hour, day, month, weekday = fields
    weekday = weekdays(weekday)
    if day.startswith("*") or weekday == "*":
        return _cron(zone, minute, hour, day, month, weekday)
    return OrTrigger([_cron(zone, minute, hour, day, month, "*"), _cron(zone, minute, hour, "*", month, weekday)])


def _cron(zone: tzinfo, minute: str, hour: str, day: str, month: str, weekday: str) -> CronTrigger:
    return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=zone)


def weekdays(field: str) -> str:
    """The weekday field of a cron line as names.

    >>> weekdays("1-5,7")
    'sun,mon,tue,wed,thu,fri'
    """
    if field == "*":
        return field
    found: set[int] = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = 0, 6
        else:
            begin, dash, end = span.partition("-")
            first = _day(begin)
            last = _day(end) if dash else (6 if step else first)
        if last < first or (step and (not step.isdecimal() or step == "0")):
            raise ValueError(f"{field!r} names no weekdays; write one like 1-5 or mon,thu")
        found |= {number % 7 for number in range(first, last + 1, int(step or 1))}
    return ",".join(DAYS[number] for number in sorted(found))


def _day(text: str) -> int:
    if text in DAYS:
        return DAYS.index(text)
    if text.isdecimal() and int(text) <= 7:
        return int(text)
    raise ValueError(f"{text!r} is no weekday; write 0 (Sunday) to 6, or mon")
