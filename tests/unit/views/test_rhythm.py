from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.views import rhythm

DAY = datetime(2026, 3, 14, tzinfo=UTC)


def days(*numbers: float) -> list[datetime]:
    return [DAY + timedelta(days=number) for number in numbers]


def test_the_usual_pause_is_the_median_and_two_arrivals_tell_none() -> None:
    assert rhythm.usual(days(0, 1, 2, 9)) == 86_400
    assert rhythm.usual(days(0, 1)) is None and rhythm.usual([]) is None


def test_late_is_twice_the_usual_pause() -> None:
    newest = DAY
    assert not rhythm.late(86_400, newest, DAY + timedelta(days=1.9))
    assert rhythm.late(86_400, newest, DAY + timedelta(days=2.1))


def test_an_hour_is_always_given_and_what_came_at_once_tells_no_rhythm() -> None:
    assert not rhythm.late(900, DAY, DAY + timedelta(minutes=50))
    assert rhythm.late(900, DAY, DAY + timedelta(minutes=61))
    assert not rhythm.late(5, DAY, DAY + timedelta(days=400))
    assert not rhythm.late(None, DAY, DAY) and not rhythm.late(900, None, DAY)


def test_spans_are_coarse() -> None:
    assert [rhythm.span(one) for one in (40, 300, 10_800, 12 * 86_400)] == ["40 s", "5 min", "3 h", "12 d"]
