"""From text to kinds and values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.values import Inference, convert, infer, missing_in
from core.vocabulary import Kind

N, B, D, C, E = Kind.NUMBER, Kind.BOOLEAN, Kind.DATE, Kind.CATEGORY, Kind.EMPTY


def text(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype="str")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("1", "2.5", "-3e4", None), N),
        (("0", "1", "1"), N),
        (("inf", "1"), N),
        (("1", " "), N),
        (("1", "?", "-"), N),
        (("2024-01-01", "\\N", "n.a."), D),
        (("true", "--"), B),
        (("?", "-"), C),
        (("a", "?"), C),
        (("1", "2", "unknown"), C),
        (("true", "FALSE", "True", None), B),
        (("true", "false", "  "), B),
        (("true", "0"), C),
        (("2024-01-31", "2024-02-01"), D),
        (("2024-01-31T10:00:00Z", "2024-01-31 10:00"), D),
        (("2013-04", "2013-05"), D),
        (("2024-01-31T10:00:00,123456789+01:00",), D),
        (("31.01.2024", "01.02.2024"), C),
        (("01/02/2024",), C),
        (("2024-13-01",), C),
        (("a", "b"), C),
        (("1", "b"), C),
        (("00123", "04567"), C),
        (("-007", "1"), C),
        (("12345678901234567", "12345678901234568"), C),
        (("1e300", "5"), N),
        (("0.5", "-0.25", "0", "0e3"), N),
        ((None, None), E),
        ((" ", None, "\t"), E),
        ((), E),
        (("0x10",), C),
        (("1_000",), C),
        (("٣",), C),
        (("1,5",), C),
    ],
)
def test_kinds(cells, kind):
    assert infer(text(*cells)).kind is kind
    assert infer(pd.Series(list(cells), dtype=object)).kind is kind


@pytest.mark.parametrize("kind", [N, D])
def test_misfits_are_tolerated_up_to_a_share_of_the_present_values(kind):
    good = [str(number) for number in range(1, 100)] if kind is N else [f"20{number:02}-01-01" for number in range(99)]
    cells = text(*good, None, None, "oops")
    assert infer(cells, 0.01).kind is kind
    assert infer(cells, 0.0099) == Inference(C, kind, 101)
    assert infer(text("oops", *good), 0.001) == Inference(C, kind, 0)


def test_text_with_a_few_numbers_is_plain_text():
    assert infer(text("a", "b", "c", "1")) == Inference(C)


def test_typed_columns_have_a_kind_already():
    assert infer(pd.Series([1.5, np.nan])).kind is N
    assert infer(pd.Series([np.nan, np.nan])).kind is E
    assert infer(pd.Series([1, 2])).kind is N
    assert infer(pd.Series(pd.to_datetime(["2024-01-01"]))).kind is D
    assert infer(pd.Series([True, None], dtype="boolean")).kind is B


def test_a_decimal_comma():
    assert infer(text("1,5", "2"), decimal=",").kind is N
    values, bad = convert(text("1,5", "1.500", None, "-2", "1.5,2"), N, ",")
    assert bad.tolist() == [False, True, False, False, True]  # a point is no decimal mark then
    assert values[[0, 3]].tolist() == [1.5, -2.0]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from([".", ","]))
def test_numbers_are_read_exactly(numbers, decimal):
    values, bad = convert(text(*(repr(number).replace(".", decimal) for number in numbers)), N, decimal)
    assert bad is None
    assert values.tolist() == numbers


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.none(), st.datetimes()), min_size=1))
def test_dates_are_read_exactly_over_all_years(moments):
    values, bad = convert(text(*(moment and moment.isoformat() for moment in moments)), D)
    assert bad is None
    assert values.dtype == "datetime64[us]"
    assert values.tolist() == moments


def test_dates_of_all_spellings_are_utc():
    values, bad = convert(
        text("2024-01-31T10:00:00+02:00", "2024-01-31 08:00Z", " 2024-01-31T08 ", "2024-01-31", "9999-12-31",
             "1969-12-31T23:59:59.999999999", None, " "), D
    )  # fmt: skip
    assert bad.tolist() == [False, False, True, False, False, False, False, False]
    assert [str(value) for value in values] == [
        "2024-01-31T08:00:00.000000", "2024-01-31T08:00:00.000000", "NaT", "2024-01-31T00:00:00.000000",
        "9999-12-31T00:00:00.000000", "1969-12-31T23:59:59.999999", "NaT", "NaT",
    ]  # fmt: skip


def test_booleans():
    values, bad = convert(text("true", "False", "1", "0.0", None, " ", "yes"), B)
    assert np.array_equal(values, [1, 0, 1, 0, np.nan, np.nan, np.nan], equal_nan=True)
    assert bad.tolist() == [False] * 6 + [True]


def test_typed_columns_under_another_kind():
    stamps = pd.Series(pd.to_datetime(["2024-01-01", None]))
    assert convert(stamps, N)[1].tolist() == [True, False]
    assert convert(stamps, D)[1] is None
    assert convert(pd.Series(pd.to_datetime(["2024-01-01T02:00+02:00"])), D)[0][0] == np.datetime64("2024-01-01")
    assert convert(pd.Series([5.0, np.nan]), D)[1].tolist() == [True, False]
    assert convert(pd.Series([0.0, 2.0, np.nan]), B)[1].tolist() == [False, True, False]
    flags, bad = convert(pd.Series([True, None], dtype="boolean"), N)
    assert bad is None
    assert np.array_equal(flags, [1.0, np.nan], equal_nan=True)


def test_infinities_are_missing_and_no_misfits():
    for column in (text("1", "inf", "-Infinity", "1e999"), pd.Series([1, np.inf, -np.inf, np.inf])):
        values, bad = convert(column, N)
        assert bad is None
        assert np.array_equal(values, [1, np.nan, np.nan, np.nan], equal_nan=True)


@pytest.mark.parametrize("kind", [N, B, D])
def test_tokens_that_say_missing_are_no_misfits(kind):
    values, bad = convert(text("?", " - ", None, "what", "#DIV/0!"), kind)
    assert bad.tolist() == [False, False, False, True, False]
    assert missing_in(values).all()


def test_twenty_thousand_blanks_are_missing_to_the_last():
    values, bad = convert(text(*["1", *[" " * 9] * 20_000]), N)
    assert bad is None
    assert np.isnan(values[1:]).all()
