"""The clock: cron lines mean what cron means by them, and what is late is made up for once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.automation.schedule import Schedule, trigger_of

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def schedule() -> Iterator[Schedule]:
    made = Schedule(UTC)
    made.start()
    yield made
    made.stop()


def times(line: str, count: int = 3, after: datetime = MONDAY) -> list[datetime]:
    trigger = trigger_of(line, after.tzinfo or UTC)
    found: list[datetime] = []
    for _ in range(count):
        following = trigger.get_next_fire_time(found[-1] if found else None, (found[-1] if found else after))
        found.append(following)
    return found


def days(line: str, count: int = 3) -> list[str]:
    return [moment.strftime("%a %d") for moment in times(line, count)]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("0 12 * * 0", ["Sun 08", "Sun 15", "Sun 22"]),
        ("0 12 * * 1", ["Mon 02", "Mon 09", "Mon 16"]),
        ("0 12 * * 7", ["Sun 08", "Sun 15", "Sun 22"]),
        ("0 12 * * 1-5", ["Mon 02", "Tue 03", "Wed 04"]),
        ("0 12 * * 6,0", ["Sat 07", "Sun 08", "Sat 14"]),
        ("0 12 * * sat,SUN", ["Sat 07", "Sun 08", "Sat 14"]),
        ("0 12 * * */2", ["Tue 03", "Thu 05", "Sat 07"]),
        ("0 12 * * 5-7", ["Fri 06", "Sat 07", "Sun 08"]),
        ("0 12 13 * 5", ["Fri 06", "Fri 13", "Fri 20"]),  # of the month or of the week: either will do
        ("0 12 15 * *", ["Sun 15", "Wed 15", "Fri 15"]),
        ("0 12 */10 * 1", ["Mon 11", "Mon 01", "Mon 31"]),  # a day field with a star asks for both
    ],
)
def test_days_are_those_of_cron(line: str, wanted: list[str]) -> None:
    assert days(line) == wanted


def test_a_line_that_names_both_kinds_of_days_fires_once_where_they_meet() -> None:
    assert times("0 12 6 3 5", 2) == [datetime(2026, 3, 6, 12, tzinfo=UTC), datetime(2026, 3, 13, 12, tzinfo=UTC)]


WRONG = ["", "0 12 * *", "0 25 * * *", "x * * * *", "0 12 * * 8", "0 12 * * mon-", "60 * * * *"]


@pytest.mark.parametrize("line", WRONG)
def test_what_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        trigger_of(line, UTC)


def test_times_are_those_of_the_zone_also_when_the_clock_is_moved() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    found = times("30 2 * * *", 2, before)
    assert [moment.astimezone(UTC).hour for moment in times("0 12 * * *", 2, before)] == [11, 10]
    assert found[0] < found[1]
    assert found[1] - found[0] <= timedelta(hours=25)


def test_a_cron_line_is_followed_replaced_and_left(schedule: Schedule) -> None:
    schedule.cron("0 12 * * *", "a", lambda: None)
    first = schedule.next_time("a")
    assert first is not None
    assert (first.hour, first > datetime.now(UTC)) == (12, True)
    schedule.cron("0 13 * * *", "a", lambda: None)
    second = schedule.next_time("a")
    assert second is not None
    assert second.hour == 13
    assert schedule.names() == {"a"}
    schedule.remove("a")
    schedule.remove("a")
    assert (schedule.names(), schedule.next_time("a")) == (set(), None)


def test_what_is_done_every_so_often_is_done_again_and_again(schedule: Schedule) -> None:
    done = threading.Semaphore(0)
    schedule.every(0.02, "tick", lambda: done.release())
    for _ in range(3):
        assert done.acquire(timeout=10)


def test_a_tick_that_fails_does_not_stop_the_clock(schedule: Schedule) -> None:
    done = threading.Semaphore(0)

    def tick() -> None:
        done.release()
        raise OSError("no room")

    schedule.every(0.02, "tick", tick)
    for _ in range(3):
        assert done.acquire(timeout=10)


def test_nothing_is_dropped_for_being_late(schedule: Schedule) -> None:
    """APScheduler's own grace is one second: a machine that slept would miss its nightly run."""
    schedule.cron("0 12 * * *", "a", lambda: None)
    job = schedule._scheduler.get_job("a")
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)


def test_it_is_stopped_also_when_it_never_ran() -> None:
    Schedule(UTC).stop()
