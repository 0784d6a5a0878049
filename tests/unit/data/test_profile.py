"""Profiles against pandas: what is exact has to be equal, whatever the frames."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import profile as profiles
from core.data import summary
from core.data.distinct import EXACT, Distinct
from core.data.profile import Profiler
from core.data.schema import Schema
from core.vocabulary import Kind

SCHEMA = Schema.of({"n": Kind.NUMBER, "c": Kind.CATEGORY, "d": Kind.DATE, "b": Kind.BOOLEAN, "y": Kind.NUMBER})
ROW = st.tuples(
    st.one_of(st.just(np.nan), st.integers(-5, 5).map(float), st.floats(-1e6, 1e6)),
    st.one_of(st.just(np.nan), st.sampled_from(["a", "b", "é", "c\nd"])),
    st.one_of(st.just(pd.NaT), st.dates().map(pd.Timestamp)),
    st.sampled_from([0.0, 1.0, np.nan]),
    st.sampled_from([0.0, 1.0, np.nan]),
)


def frame_of(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": pd.Series([row[0] for row in rows], dtype="float64"),
            "c": pd.Series([row[1] for row in rows], dtype="str"),
            "d": pd.Series([row[2] for row in rows], dtype="datetime64[us]"),
            "b": pd.Series([row[3] for row in rows], dtype="float64"),
            "y": pd.Series([row[4] for row in rows], dtype="float64"),
        }
    )


def profile(frame: pd.DataFrame, schema: Schema = SCHEMA, target: str | None = "y", step: int = 1000) -> dict:
    made = Profiler(schema, target)
    for at in range(0, len(frame), step):
        made.add(frame.iloc[at : at + step])
    found = made.result()
    json.dumps(found, allow_nan=False)
    return found


@settings(deadline=None, max_examples=80)
@given(rows=st.lists(ROW, min_size=1, max_size=40), step=st.integers(1, 40))
def test_counts_bounds_and_moments_are_those_of_pandas_whatever_the_frames(rows, step):
    frame = frame_of(rows)
    found = profile(frame, step=step)
    assert found["rows"] == len(frame)
    for name, column in found["columns"].items():
        values = frame[name]
        present = values.dropna()
        assert column["rows"] == len(values)
        assert column["missing"] == values.isna().sum()
        assert (column["distinct"], column["distinct_exact"]) == (present.nunique(), True)
        if column["kind"] in ("number", "boolean") and len(present):
            assert (column["min"], column["max"]) == (present.min(), present.max())
            assert math.isclose(column["mean"], present.mean(), rel_tol=1e-9, abs_tol=1e-6)
            if len(present) > 1:
                assert math.isclose(column["std"], present.std(), rel_tol=1e-6, abs_tol=1e-6)
            for share, value in column["quantiles"].items():
                assert math.isclose(value, present.quantile(float(share)), rel_tol=1e-9, abs_tol=1e-6)
            counts, edges = column["histogram"]["counts"], column["histogram"]["edges"]
            assert sum(counts) == len(present)
            assert (edges[0], edges[-1], len(edges)) == (present.min(), present.max(), len(counts) + 1)
            if present.nunique() <= summary.LEVELS:
                levels = {level["value"]: level["count"] for level in column["levels"]}
                assert levels == present.value_counts().to_dict()
        if column["kind"] == "date" and len(present):
            assert pd.Timestamp(column["min"]).tz_localize(None) == present.min()
            assert pd.Timestamp(column["max"]).tz_localize(None) == present.max()
            assert sum(column["histogram"]["counts"]) == len(present)
        if column["kind"] == "category":
            assert {one["value"]: one["count"] for one in column["top"]} == present.value_counts().to_dict()
            assert column["top_exact"]
            assert [one["count"] for one in column["top"]] == sorted(present.value_counts().tolist(), reverse=True)


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(ROW, min_size=1, max_size=30), step=st.integers(1, 30))
def test_frames_do_not_matter(rows, step):
    frame = frame_of(rows)
    one, other = profile(frame), profile(frame, step=step)
    for column in (*one["columns"].values(), *other["columns"].values()):
        for figure in ("mean", "std"):  # sums in another order
            if column.get(figure) is not None:
                column[figure] = round(column[figure], 4)
    assert one == other


def test_no_rows():
    found = profile(frame_of([]))
    assert found["rows"] == 0
    assert found["columns"]["n"]["histogram"] is None
    assert found["columns"]["c"]["top"] == []
    assert found["columns"]["d"]["min"] is None


def test_numbers_at_the_edge_of_floats_stay_json():
    frame = pd.DataFrame({"n": [1.7e308, -1.7e308, 1.7e308, 5e-324]})
    found = profile(frame, Schema.of({"n": Kind.NUMBER}), None)["columns"]["n"]
    assert (found["min"], found["max"]) == (-1.7e308, 1.7e308)
    assert sum(found["histogram"]["counts"]) == 4
    same = profile(pd.DataFrame({"n": [3.0] * 5}), Schema.of({"n": Kind.NUMBER}), None)["columns"]["n"]
    assert same["histogram"] == {"edges": [3.0, 3.0], "counts": [5]}


def test_beyond_the_sample_shapes_are_estimated_and_bounds_stay_exact(monkeypatch):
    monkeypatch.setattr(profiles, "SAMPLE", 2_000)
    random = np.random.default_rng(0)
    values = random.normal(size=20_000)
    values[17] = 100.0
    found = profile(pd.DataFrame({"n": values}), Schema.of({"n": Kind.NUMBER}), None, step=700)["columns"]["n"]
    assert found["sampled"] == 2_000
    assert found["max"] == found["quantiles"]["1"] == 100.0
    assert math.isclose(found["mean"], values.mean(), rel_tol=1e-9)
    assert abs(found["quantiles"]["0.5"] - np.median(values)) < 0.15
    assert sum(found["histogram"]["counts"]) == 2_000


def test_rare_categories_are_forgotten_and_frequent_ones_are_not(monkeypatch):
    monkeypatch.setattr(summary, "CATEGORIES", 100)
    words = [f"rare{number}" for number in range(3_000)]
    for at in range(0, 3_000, 3):
        words[at] = "often"
    found = profile(pd.DataFrame({"c": pd.Series(words, dtype="str")}), Schema.of({"c": Kind.CATEGORY}), None, step=90)
    column = found["columns"]["c"]
    assert column["top"][0] == {"value": "often", "count": 1_000}
    assert not column["top_exact"]
    assert column["distinct"] == 2_001


@pytest.mark.parametrize("count", [0, 1, EXACT, EXACT + 1, 200_000])
def test_distinct_is_exact_to_a_bound_and_near_beyond(count):
    distinct = Distinct()
    hashes = np.random.default_rng(count).integers(0, 2**64, count, dtype=np.uint64)
    for at in range(0, count, 7_000):
        distinct.add(np.repeat(hashes[at : at + 7_000], 2))
        distinct.add(hashes[: at // 2])
    assert distinct.exact == (count <= EXACT)
    assert abs(distinct.count() - count) <= (0 if count <= EXACT else 0.035 * count)  # five standard errors
