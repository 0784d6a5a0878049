"""Drift of frames whose populations are known."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from core.errors import Corrupted
from core.monitoring.drift import check, compare
from core.monitoring.reference import Reference
from core.vocabulary import Kind, Reading

KINDS: Mapping[str, Kind] = {
    "height": Kind.NUMBER, "income": Kind.NUMBER, "visits": Kind.NUMBER, "member": Kind.BOOLEAN,
    "since": Kind.DATE, "plan": Kind.CATEGORY, "town": Kind.CATEGORY, "nothing": Kind.EMPTY,
}


def people(rows: int, seed: int, *, shift: float = 0.0, plans: tuple[float, ...] = (0.6, 0.3, 0.1)) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    days = random.integers(0, 3650, rows)
    return pd.DataFrame({
        "height": np.where(random.random(rows) < 0.1, np.nan, random.normal(170 + 10 * shift, 10, rows)),
        "income": random.standard_cauchy(rows), "visits": random.poisson(2, rows).astype(float),
        "member": (random.random(rows) < 0.3).astype(float),
        "since": np.datetime64("2015-01-01", "us") + days.astype("timedelta64[D]"),
        "plan": pd.Series(random.choice(["basic", "plus", "pro"], rows, p=plans), dtype="str"),
        "town": pd.Series(np.char.add("t", random.zipf(1.5, rows).clip(0, 10**6).astype(str)), dtype="str"),
        "nothing": pd.Series([np.nan] * rows, dtype="str"),
    })


def test_two_samples_of_one_population_have_not_moved() -> None:
    found = compare(people(4000, 1), people(600, 2), KINDS)
    assert found.verdict is Reading.OK
    assert {one.column for one in found.columns} == set(KINDS)
    assert found.summary == "none of 8 columns moved"


def test_what_moved_is_named_with_its_size() -> None:
    found = compare(people(4000, 1), people(600, 2, shift=0.5, plans=(0.3, 0.3, 0.4)), KINDS)
    verdicts = {one.column: one.verdict for one in found.columns}
    assert found.verdict is Reading.ALERT
    assert {name for name, verdict in verdicts.items() if verdict is Reading.ALERT} == {"height", "plan"}
    assert verdicts["nothing"] is Reading.INSUFFICIENT_DATA
    height = next(one for one in found.columns if one.column == "height")
    assert height.value == pytest.approx(0.5, abs=0.12)
    assert height.threshold is not None and height.value is not None and height.value > height.threshold
    assert "height by" in found.summary and "plan by" in found.summary


def test_a_reference_is_kept_in_few_bytes_and_says_the_same() -> None:
    reference = Reference.of(people(4000, 1), KINDS, weights={"height": 0.2, "plan": 0.1})
    kept = reference.to_bytes()
    assert len(kept) < 40_000
    window = people(500, 3, shift=0.4)
    assert check(Reference.from_bytes(kept), window).to_json() == check(reference, window).to_json()


@pytest.mark.parametrize("data", [b"", b"{}", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Corrupted):
        Reference.from_bytes(data)


def test_too_few_rows_say_nothing() -> None:
    found = compare(people(4000, 1), people(10, 2, shift=5), KINDS)
    assert found.verdict is Reading.INSUFFICIENT_DATA
    assert found.summary == "10 rows are too few to tell (30 are needed)"


def test_no_rows_at_all() -> None:
    assert compare(people(4000, 1), people(4000, 1)[:0], KINDS).verdict is Reading.INSUFFICIENT_DATA
    assert compare(people(4000, 1)[:0], people(500, 1), KINDS).verdict is Reading.INSUFFICIENT_DATA


def test_a_column_that_the_model_does_not_use_only_warns() -> None:
    moved = people(2000, 2, plans=(0.2, 0.3, 0.5))
    unused = Reference.of(people(4000, 1), KINDS, weights={"height": 0.2, "plan": -0.001})
    used = Reference.of(people(4000, 1), KINDS, weights={"height": 0.2, "plan": 0.1})
    assert check(unused, moved).verdict is Reading.WARNING
    assert check(used, moved).verdict is Reading.ALERT
    assert check(used, moved.drop(columns="plan")).verdict is Reading.ALERT
    assert check(unused, moved.drop(columns="plan")).verdict is Reading.WARNING


def test_a_column_that_went_missing_altogether() -> None:
    window = people(500, 2)
    window["height"] = np.nan
    found = compare(people(4000, 1), window, KINDS)
    height = next(one for one in found.columns if one.column == "height")
    assert (height.statistic, height.verdict) == ("missing", Reading.ALERT)


def test_the_json_holds_what_the_contract_names() -> None:
    found = json.loads(json.dumps(compare(people(4000, 1), people(600, 2), KINDS).to_json(), allow_nan=False))
    assert {"rows", "verdict", "columns", "summary"} <= found.keys()
    assert {"column", "statistic", "value", "threshold", "p_value", "verdict"} <= found["columns"][0].keys()
