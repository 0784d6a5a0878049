"""How times and JSON are spelt on the disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from core.registry.types import Json, UtcTime

DIALECT = sqlite.dialect()
moments = st.datetimes(
    min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-9))]),
)
any_text = st.text(st.characters())
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), any_text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)


@given(moments, moments)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    first, second = (UtcTime().process_bind_param(moment, DIALECT) for moment in (one, other))
    assert first is not None
    assert second is not None
    assert len(first) == len(second)
    assert (first < second, first == second) == (one < other, one == other)


@given(moments)
def test_a_moment_comes_back_in_utc(moment: datetime) -> None:
    back = UtcTime().process_result_value(UtcTime().process_bind_param(moment, DIALECT), DIALECT)
    assert back == moment
    assert back is not None
    assert back.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), DIALECT)  # noqa: DTZ001


@given(values)
def test_json_comes_back_and_is_always_text(value: object) -> None:
    spelled = Json().process_bind_param(value, DIALECT)
    if spelled is not None:
        spelled.encode("utf-8")
    assert Json().process_result_value(spelled, DIALECT) == value


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Json().process_bind_param(value, DIALECT)


def test_nothing_is_null() -> None:
    assert UtcTime().process_bind_param(None, DIALECT) is None
    assert UtcTime().process_result_value(None, DIALECT) is None
    assert Json().process_bind_param(None, DIALECT) is None
