"""What the first version lets one expect, and which differences are worth a warning."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.data.expectations import infer_expectations, odd
from core.data.profile import Profiler
from core.data.schema import Schema
from core.vocabulary import Kind

RANDOM = np.random.default_rng(0)


def profile(rows: int = 1000, missing: float = 0.0, low: float = 0.0, high: float = 100.0, seed: int = 1) -> dict:
    random = np.random.default_rng(seed)
    values = random.uniform(low, high, rows)
    values[random.random(rows) < missing] = np.nan
    made = Profiler(Schema.of({"x": Kind.NUMBER, "y": Kind.NUMBER}), "y")
    made.add(pd.DataFrame({"x": values, "y": (np.arange(rows) % 2).astype(float)}))
    return made.result()


def warned(expected: dict, later: dict, repeated: int = 0, classes: list[str] | None = None) -> list[str]:
    return [finding.check for finding in odd(expected, later, repeated, classes)]


def test_what_is_expected_of_a_version():
    found = infer_expectations(profile(missing=0.3), 50, ["0", "1"])
    assert (found["rows"], found["repeated"], found["classes"]) == (1000, 0.05, ["0", "1"])
    column = found["columns"]["x"]
    assert column["missing"] == pytest.approx(0.3, abs=0.05)
    assert (column["varies"], 0 <= column["low"] < 5, 95 < column["high"] <= 100) == (True, True, True)


@pytest.mark.parametrize("rows", [50, 1000])
def test_samples_of_one_population_hardly_ever_warn(rows):
    expected = infer_expectations(profile(rows, missing=0.3), 0, None)
    warnings = [warned(expected, profile(rows, missing=0.3, seed=seed)) for seed in range(2, 42)]
    assert sum(map(bool, warnings)) <= 1


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"missing": 0.5}, "missing_share"), ({"high": 200.0}, "out_of_range"), ({"low": -3.0}, "out_of_range"),
        ({"low": 5.0, "high": 5.0}, "constant_column"),
    ],
)  # fmt: skip
def test_each_change_warns(change, check):
    expected = infer_expectations(profile(missing=0.3), 0, None)
    later = profile(**({"missing": 0.3} | change))
    assert warned(expected, later) == [check]


def test_new_values_of_keys_are_no_news():
    expected = infer_expectations(profile(missing=0.3), 0, None)
    for change in ({"high": 200.0}, {"low": 5.0, "high": 5.0}):
        assert odd(expected, profile(**({"missing": 0.3} | change)), 0, None, {"x"}) == []
    assert [one.check for one in odd(expected, profile(missing=0.6), 0, None, {"x"})] == ["missing_share"]


def test_fewer_missing_values_and_a_narrower_range_are_no_news():
    expected = infer_expectations(profile(missing=0.3), 0, None)
    assert warned(expected, profile(missing=0.0, low=40, high=60)) == []


def test_what_was_constant_from_the_first_is_told_once():
    constant = profile(low=5.0, high=5.0)
    assert warned(None, constant) == ["constant_column"]
    assert warned(infer_expectations(constant, 0, None), constant) == []
    assert warned(infer_expectations(constant, 0, None), profile(low=7.0, high=7.0)) == []


def test_repeated_rows():
    usual = infer_expectations(profile(), 300, None)
    assert warned(usual, profile(), repeated=340) == []
    assert warned(usual, profile(), repeated=360) == ["repeated_rows"]
    assert warned(None, profile(), repeated=60) == ["repeated_rows"]
    assert "300" not in odd(None, profile(), 60, None)[0].message


def test_many_new_classes_are_counted_and_five_are_named():
    expected = infer_expectations(profile(), 0, ["a"])
    (finding,) = odd(expected, profile(), 0, ["a", *(f"n{number}" for number in range(9))])
    assert finding.message == "the target y holds 9 classes that are new: n0, n1, n2, n3, n4 ..."
    assert odd(infer_expectations(profile(), 0, None), profile(), 0, ["a"]) == []


def test_no_rows_say_nothing():
    assert odd(None, profile(0), 0, None) == []
    assert infer_expectations(profile(0), 0, None)["rows"] == 0
