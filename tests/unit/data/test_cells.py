"""One cell is read as a whole column is read."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.data import cells
from core.data.jsonlines import _column
from core.data.values import convert
from core.vocabulary import Kind

NUMBERS = st.one_of(
    st.from_regex(r"[ \t]?[+-]?\d{0,20}\.?\d{0,4}([eE][+-]?\d{1,3})?[ \t]?", fullmatch=True), st.floats().map(repr),
    st.sampled_from(["inf", "-Infinity", "nan", "1_000", "0x10", "１２", "", " ", "?", "n.a.", "NULL", "1e400", "1d5"]),
)
DATES = st.one_of(
    st.datetimes().map(str), st.datetimes().map(datetime.isoformat), st.dates().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda one: one.isoformat(timespec="seconds")),
    st.from_regex(
        r"[0129]\d{3}-[01]\d(-[0-3]\d([T ][0-2]\d:[0-6]\d(:[0-6]\d([.,]\d{1,9})?)?\s?(Z|[+-][0-3]\d(:?[0-6]\d)?)?)?)?",
        fullmatch=True,
    ),
)
JSON = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(10**300, 10**320), st.floats(), st.text(max_size=8), NUMBERS,
    DATES, st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=2), st.none(), max_size=1),
)


def by_column(value: Any, kind: Kind) -> Any:
    """What a file of one row with this value would hold; ValueError where the row would be set aside."""
    made = _column([value], kind)
    if kind in (Kind.CATEGORY, Kind.EMPTY):
        return None if pd.isna(made[0]) else made[0]
    values, wrong = convert(pd.Series(made), kind)
    if wrong is not None and wrong[0]:
        raise ValueError
    return values[0]


@pytest.mark.parametrize(("kind", "read"), [
    (Kind.NUMBER, cells.number), (Kind.BOOLEAN, cells.boolean), (Kind.CATEGORY, cells.text),
])
@given(value=JSON)
@example(value="1" * 400)
def test_a_value_is_read_as_in_a_file(kind: Kind, read: Any, value: Any) -> None:
    try:
        expected = by_column(value, kind)
    except ValueError:
        with pytest.raises(ValueError):
            read(value)
        return
    found = read(value)
    assert type(found) is type(expected) or isinstance(expected, np.floating)
    assert found == expected or (isinstance(found, float) and math.isnan(found) and math.isnan(expected))


@given(value=st.one_of(JSON, DATES))
@example(value="0000-01-01")
@example(value="9999-12-31T23:59-02:00")
@example(value="0001-01-01T00:00+02:00")
@example(value="2024-05-31T24:00")
@example(value="2024")
def test_a_date_is_read_as_in_a_file(value: Any) -> None:
    try:
        expected = by_column(value, Kind.DATE)
    except ValueError:
        with pytest.raises(ValueError):
            cells.date(value)
        return
    found = cells.date(value)
    assert (found is None) == bool(np.isnat(expected))
    if found is not None:
        assert np.datetime64(found, "us") == expected
