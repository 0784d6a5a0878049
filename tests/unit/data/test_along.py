"""How the target runs along a column, against pandas' own groups."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from core.data.along import BINS, WORDS, course, outcome
from core.data.profile import Profiler
from core.data.schema import Schema
from core.vocabulary import Kind

RANDOM = np.random.default_rng(3)
ROWS = 4000
NUMBERS = RANDOM.normal(size=ROWS)
HIT = pd.Series((NUMBERS + RANDOM.normal(size=ROWS) > 0).astype(float))


def drawn(column: pd.Series, target: pd.Series) -> dict:
    known = outcome(target)
    assert known is not None
    found = course(column, known)
    assert found is not None
    json.dumps(found, allow_nan=False)
    assert sum(one["rows"] for one in found["bins"]) == len(column)
    return found


def test_numbers_are_cut_into_equally_many_rows_and_the_target_rises_along_them() -> None:
    found = drawn(pd.Series(NUMBERS), HIT)
    means = [one["means"][0] for one in found["bins"]]
    assert found["classes"] == [] and len(means) == BINS and means == sorted(means)
    assert {one["rows"] for one in found["bins"]} == {ROWS // BINS}
    groups = HIT.groupby(pd.qcut(NUMBERS, BINS, labels=False)).mean()
    assert means == pytest.approx(groups.tolist(), abs=0.01)
    assert (found["bins"][0]["low"], found["bins"][-1]["high"]) == (NUMBERS.min(), NUMBERS.max())


def test_few_values_stand_for_themselves_and_missing_is_a_bin_of_its_own() -> None:
    column = pd.Series(np.where(np.arange(ROWS) % 4 == 0, np.nan, np.arange(ROWS) % 3))
    found = drawn(column, HIT)
    assert [one["value"] for one in found["bins"]] == [0.0, 1.0, 2.0, None]
    assert found["bins"][-1]["means"][0] == pytest.approx(HIT[column.isna()].mean())


def test_texts_are_the_commonest_and_the_rest() -> None:
    words = pd.Series([f"w{number % 12}" if number % 7 else np.nan for number in range(ROWS)], dtype="str")
    found = drawn(words, HIT)
    assert len(found["bins"]) == WORDS + 2
    assert "value" not in found["bins"][WORDS] and found["bins"][-1]["value"] is None
    one = found["bins"][0]
    assert one["means"][0] == pytest.approx(HIT[words == one["value"]].mean(), rel=1e-5)


def test_a_target_of_text_is_drawn_as_the_shares_of_its_commonest_classes() -> None:
    target = pd.Series(np.where(NUMBERS > 1, "high", np.where(NUMBERS > -1, "middle", "low")), dtype="str")
    found = drawn(pd.Series(NUMBERS), target)
    assert found["classes"][0] == "middle" and set(found["classes"]) == {"high", "middle", "low"}
    assert [sum(one["means"]) for one in found["bins"]] == pytest.approx([1.0] * BINS, abs=1e-4)
    assert found["bins"][-1]["means"][found["classes"].index("high")] == 1.0


def test_dates_have_iso_edges_and_what_does_not_vary_has_no_course() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=ROWS, freq="h").astype("datetime64[us]"))
    found = drawn(days, HIT)
    assert found["bins"][0]["low"] == "2024-01-01T00:00:00Z" and len(found["bins"]) == BINS
    known = outcome(HIT)
    assert known is not None
    assert course(pd.Series([1.0] * ROWS), known) is None
    assert outcome(days) is None


def test_amounts_that_no_float_can_add_have_no_course() -> None:
    known = outcome(pd.Series([1.7e308] * 6))
    assert known is not None
    assert course(pd.Series([1.0, 1.0, 1.0, 2.0, 2.0, 2.0]), known) is None


def test_a_profile_keeps_courses_and_outliers() -> None:
    values = np.append(NUMBERS, [40.0, 50.0, -60.0])
    frame = pd.DataFrame({"x": values, "flat": np.zeros(len(values)), "y": np.append(HIT, [1.0, 1.0, 0.0])})
    made = Profiler(Schema.of({"x": Kind.NUMBER, "flat": Kind.NUMBER, "y": Kind.NUMBER}), "y")
    made.add(frame)
    columns = made.result()["columns"]
    assert (columns["x"]["outliers"]["below"], columns["x"]["outliers"]["above"]) == (1, 2)
    assert columns["flat"]["outliers"] is None and columns["flat"]["along"] is None
    assert len(columns["x"]["along"]["bins"]) == BINS and "along" not in columns["y"]
