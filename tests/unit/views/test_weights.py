"""What shuffling tells: an interval over the repeats, and whether it leaves zero out."""

from __future__ import annotations

import pytest
from scipy import stats

from core.views.weights import student, weights


def column(value: float, spread: float | None, parts: int = 5) -> dict[str, object]:
    return {"column": "hour", "value": value, "spread": spread, "repeats": 1, "parts": parts}


def test_the_interval_is_students() -> None:
    (one,) = weights({"columns": [column(0.1, 0.02)]})
    low, high = stats.t.interval(0.95, 4, loc=0.1, scale=0.02 / 5**0.5)
    assert (one.lower, one.upper) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))
    assert all(student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=1e-3) for freedom in range(1, 60))


@pytest.mark.parametrize(("value", "spread", "repeats", "clear"), [
    (0.1, 0.02, 5, True), (-0.1, 0.02, 5, True), (0.02, 0.02, 5, False), (0.1, None, 1, False), (0.0, 0.0, 5, False),
    (0.1, 0.02, 2, False),
])
def test_it_may_be_luck_where_the_interval_holds_zero(
    value: float, spread: float | None, repeats: int, clear: bool
) -> None:
    (one,) = weights({"columns": [column(value, spread, repeats)]})
    assert one.clear is clear


def test_an_older_picture_has_no_parts_but_its_repeats() -> None:
    old = {"column": "hour", "value": 0.1, "spread": 0.02, "repeats": 5}
    assert weights({"columns": [old]}) == weights({"columns": [column(0.1, 0.02)]})


def test_no_picture_no_weights() -> None:
    assert weights(None) == () == weights({})
