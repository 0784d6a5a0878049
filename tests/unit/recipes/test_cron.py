"""Cron lines: what is one, and that the clock takes every line that we let through."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st

from core.recipes.cron import check_cron

FIELDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


@pytest.mark.parametrize(
    ("line", "checked"),
    [
        ("0 3 * * *", "0 3 * * *"),
        (" */5   8-18/2 1,15 jan-MAR * ", "*/5 8-18/2 1,15 jan-mar *"),
        ("0 3 * * 0", "0 3 * * sun"),
        ("0 3 * * 7", "0 3 * * sun"),
        ("0 3 * * 1-5", "0 3 * * mon,tue,wed,thu,fri"),
        ("0 3 * * fri-mon", "0 3 * * mon,fri,sat,sun"),
        ("0 3 * * */2", "0 3 * * tue,thu,sat,sun"),
    ],
)
def test_lines(line: str, checked: str) -> None:
    assert check_cron(line) == checked


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 3 * *", "four|4 fields"), ("@daily", "1 fields"), ("60 3 * * *", "'60' is no minute"),
        ("0 24 * * *", "no hour"), ("0 3 0 * *", "no day of the month"), ("0 3 * 13 *", "no month"),
        ("0 3 * * 8", "no weekday"), ("0 3 * * moon", "no weekday"), ("0 9-3 * * *", "runs upward"),
        ("*/0 * * * *", "step"), ("0 3 ? * *", "is no day"), ("1,,2 3 * * *", "is no minute"),
        ("x 3 * * *", "no minute"), ("", "0 fields"),
    ],
)  # fmt: skip
def test_no_lines(line: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_cron(line)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    ranges = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    whole = st.just("*") | ranges
    stepped = st.tuples(whole, st.integers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    return st.lists(number.map(str) | ranges | stepped, min_size=1, max_size=3).map(",".join) | whole


@given(st.tuples(*(field(*bounds) for bounds in FIELDS)).map(" ".join))
def test_the_clock_takes_what_we_let_through(line: str) -> None:
    try:
        checked = check_cron(line)
        assert check_cron(checked) == checked
        CronTrigger.from_crontab(checked, timezone="UTC")
    except ValueError as error:  # the clock also knows a step that is wider than its range, which does no harm
        assert "step" in str(error), line


def test_weekdays_mean_what_cron_means() -> None:
    trigger = CronTrigger.from_crontab(check_cron("0 3 * * 1"), timezone="UTC")
    following = trigger.get_next_fire_time(None, datetime(2026, 11, 25, tzinfo=UTC))
    assert following is not None
    assert following.strftime("%A") == "Monday"
