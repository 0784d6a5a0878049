"""What was answered, counted until it is written: nothing is lost when that fails."""

from __future__ import annotations

from core.serving.tally import Key, Tally
from core.vocabulary import Role


def test_requests_are_counted_by_minute_and_bucket() -> None:
    tally = Tally([0.1, 1.0])
    for at, seconds in ((60.0, 0.05), (61.0, 0.1), (119.9, 0.5), (120.0, 7.0)):
        tally.answered("m", 1, Role.STABLE, at, seconds, 3)
    taken = tally.take()
    first = taken[Key("m", 1, Role.STABLE, 1)]
    assert (first.requests, first.rows, first.latency) == (3, 9, [2, 1, 0])
    assert taken[Key("m", 1, Role.STABLE, 2)].latency == [0, 0, 1]
    assert tally.take() == {}


def test_a_failed_request_counts_and_has_no_latency() -> None:
    tally = Tally([0.1])
    tally.answered("m", 1, Role.CANARY, 0.0, 0.05, 3, failed=True)
    (count,) = tally.take().values()
    assert (count.requests, count.errors, count.rows, count.latency) == (1, 1, 0, [0, 0])


def test_what_could_not_be_written_is_put_back() -> None:
    tally = Tally([0.1])
    tally.answered("m", 1, Role.STABLE, 0.0, 0.05, 1)
    taken = tally.take()
    tally.answered("m", 1, Role.STABLE, 0.0, 0.5, 2)
    tally.compared("m", 2, 0.0, 10, 9)
    tally.put_back(taken)
    made = tally.take()
    assert made[Key("m", 1, Role.STABLE, 0)].to_json() == {
        "requests": 2, "errors": 0, "rows": 3, "seconds": 0.55, "latency": [1, 1], "compared": 0, "agreed": 0,
    }
    shadow = made[Key("m", 2, Role.SHADOW, 0)]
    assert (shadow.compared, shadow.agreed) == (10, 9)


def test_totals_never_go_back() -> None:
    tally = Tally([0.1])
    tally.answered("m", 1, Role.STABLE, 0.0, 0.05, 1)
    tally.take()
    tally.answered("m", 1, Role.STABLE, 70.0, 0.05, 1)
    assert tally.totals["m", 1, Role.STABLE].requests == 2
