"""What changed between two versions, and how stable each column is."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.diff import compare
from core.data.profile import Profiler
from core.data.schema import Schema
from core.data.stability import CHANGED, MOVED, chance, stability
from core.vocabulary import Kind

KINDS = {"f": Kind.NUMBER, "O": Kind.CATEGORY, "M": Kind.DATE}


def profile(target: str | None = None, booleans: tuple[str, ...] = (), **columns: object) -> dict:
    frame = pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})
    frame = frame.astype({name: "float64" for name in frame if frame[name].dtype.kind in "iub"})
    frame = frame.astype({name: "datetime64[us]" for name in frame if frame[name].dtype.kind == "M"})
    kinds = {name: Kind.BOOLEAN if name in booleans else KINDS[frame[name].dtype.kind] for name in frame}
    made = Profiler(Schema.of(kinds), target)
    made.add(frame)
    return made.result()


def changes(before: dict, after: dict) -> dict[tuple[str, str | None], dict]:
    found = compare(before, after)
    json.dumps(found, allow_nan=False)
    return {(one["change"], one["column"]): one for one in found["findings"]}


RANDOM = np.random.default_rng(0)
NORMAL = RANDOM.normal(size=4000)
WORDS = RANDOM.choice(["a", "b", "c"], 4000, p=[0.7, 0.2, 0.1])


def test_a_version_has_not_changed_against_itself():
    one = profile(target="y", x=NORMAL, c=WORDS, d=pd.date_range("2024-01-01", periods=4000), y=NORMAL > 0)
    assert changes(one, one) == {}
    assert [one["psi"] for one in compare(one, one)["stability"]] == [0.0] * 4


def test_columns_rows_and_the_target():
    found = changes(profile(a=[1.0, 1.0], b=["x", "y"], c=[1.0, 2.0]), profile(target="a", a=[1.0], b=[3.0], d=[1.0]))
    assert list(found) == [
        ("rows", None), ("target", None), ("column_removed", "c"), ("column_retyped", "b"), ("column_added", "d"),
    ]  # fmt: skip
    assert found["rows", None]["message"] == "2 rows became 1 (-50.0%)"
    assert found["target", None]["message"] == "the target was none and is a"
    assert found["column_retyped", "b"]["message"] == "column b was read as category and is read as number"
    assert changes(profile(a=np.empty(0)), profile(a=[1.0]))["rows", None]["message"] == "0 rows became 1"


def test_missing_values_means_and_medians():
    found = changes(profile(x=NORMAL), profile(x=np.where(np.arange(4000) % 4 == 0, np.nan, NORMAL + 0.5)))
    assert found["missing", "x"]["message"] == "missing in column x: 0.0% of rows became 25.0%"
    assert found["mean", "x"]["after"] == pytest.approx(0.5, abs=0.1)
    assert "by 0.5" in found["mean", "x"]["message"]
    assert ("median", "x") in found
    assert changes(profile(x=NORMAL), profile(x=NORMAL + 0.05)) == {}
    constant = changes(profile(x=[1.0] * 5), profile(x=[2.0] * 5))
    assert constant["mean", "x"]["message"] == "the mean of column x went from 1 to 2"


def test_categories_come_and_go():
    after = np.where(WORDS == "c", "new\x1b[31m", WORDS)
    found = changes(profile(c=WORDS), profile(c=after))
    assert found["new_category", "c"]["value"] == "new\x1b[31m"
    assert found["new_category", "c"]["message"].startswith("'new␛[31m' (")
    assert "is new in column c" in found["new_category", "c"]["message"]
    assert "'c' (" in found["lost_category", "c"]["message"]
    assert "is gone from" in found["lost_category", "c"]["message"]
    many = profile(c=[f"w{number % 60}" for number in range(6000)])
    other = profile(c=[f"v{number % 60}" for number in range(6000)])
    assert "is now frequent in" in changes(many, other)["new_category", "c"]["message"]


def test_dates_and_the_relation_to_the_target():
    target = (NORMAL > 0).astype(float)
    before = profile(target="y", y=target, x=NORMAL, d=pd.date_range("2024-01-01", periods=4000, freq="h"))
    after = profile(
        target="y", y=target, x=RANDOM.normal(size=4000), d=pd.date_range("2025-01-01", periods=4000, freq="h")
    )
    found = changes(before, after)
    assert found["relation", "x"]["before"] > 0.9 > 0.1 > found["relation", "x"]["after"]
    assert "ran from 2024-01-01T00:00:00Z" in found["range", "d"]["message"]
    assert ("distribution", "d") not in found


def psi(before: object, after: object, booleans: tuple[str, ...] = ()) -> float:
    found = compare(profile(booleans=booleans, x=before), profile(booleans=booleans, x=after))
    return found["stability"][0]["psi"]


def test_the_textbook_figure():
    before, after = np.repeat([1.0, 2.0], [50, 50]), np.repeat([1.0, 2.0], [25, 75])
    expected = (0.25 - 0.5) * math.log(0.25 / 0.5) + (0.75 - 0.5) * math.log(0.75 / 0.5)
    assert psi(before, after) == pytest.approx(expected)
    assert psi(before - 1, after - 1, ("x",)) == pytest.approx(expected)
    assert psi(np.where(before > 1, "x", "y"), np.where(after > 1, "x", "y")) == pytest.approx(expected)
    gaps = [np.where(side > 1, np.nan, 1.0) for side in (before, after)]
    assert psi(*gaps) == pytest.approx(expected)  # missing is a bin of its own


@pytest.mark.parametrize("transform", [lambda x: x, np.exp, lambda x: np.exp(3 * x), lambda x: np.round(x * 30)])
def test_shifts_are_seen_through_every_shape_and_noise_is_not(transform):
    one, same, other = NORMAL[:2000], NORMAL[2000:], np.random.default_rng(1).normal(1.0, size=2000)
    assert psi(transform(one), transform(same)) < MOVED
    assert psi(transform(one), transform(other)) > CHANGED
    # the PSI of a normal against one that is shifted by a standard deviation is 1; ten bins see most of it
    assert psi(transform(one), transform(other)) == pytest.approx(0.95, abs=0.25)


def test_chance_is_told_from_change():
    small = [profile(x=RANDOM.normal(size=30)) for _ in range(12)]
    pairs = list(pairwise(small))
    assert max(stability(one["columns"]["x"], other["columns"]["x"]) for one, other in pairs) > MOVED
    assert all(("distribution", "x") not in changes(one, other) for one, other in pairs)
    assert chance(small[0]["columns"]["x"], small[1]["columns"]["x"]) == pytest.approx(3 * 9 * 2 / 30)


def test_columns_without_two_distributions_have_no_figure():
    assert psi(np.full(5, np.nan), np.full(5, np.nan)) == 0.0
    assert psi(np.full(5, np.nan), np.ones(5)) > CHANGED
    assert psi([1.0], ["a"]) is None
    assert psi(np.empty(0), [1.0]) is None


@settings(deadline=None, max_examples=30)
@given(
    before=st.lists(st.one_of(st.just(np.nan), st.floats(-1e9, 1e9)), min_size=1, max_size=80),
    after=st.lists(st.one_of(st.just(np.nan), st.floats(-1e9, 1e9)), min_size=1, max_size=80),
)
def test_it_is_never_negative_and_finite(before, after):
    found = psi(np.array(before), np.array(after))
    assert found is None or 0 <= found < math.inf
    assert psi(np.array(before), np.array(before)) in (0.0, None)
