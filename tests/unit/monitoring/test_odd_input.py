"""Whatever stands in a column, a check ends with a verdict that JSON can hold."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.monitoring.drift import check
from core.monitoring.reference import Reference
from core.vocabulary import Kind, Reading

KINDS = {"a": Kind.NUMBER, "c": Kind.CATEGORY, "b": Kind.BOOLEAN, "d": Kind.DATE, "e": Kind.EMPTY}
ROWS = 300


def usual(rows: int = ROWS, **other: Any) -> pd.DataFrame:
    random = np.random.default_rng(rows)
    return pd.DataFrame({
        "a": random.normal(size=rows), "c": pd.Series(random.choice(list("xyz"), rows), dtype="str"),
        "b": (random.random(rows) < 0.3).astype(float),
        "d": np.datetime64("2020-01-01", "us") + random.integers(0, 100, rows).astype("timedelta64[D]"),
        "e": pd.Series([np.nan] * rows, dtype="str"), **other,
    })


ODD = {
    "infinite": usual(a=np.where(np.arange(ROWS) % 50 == 0, np.inf, 1.0)),
    "all missing": usual(a=np.full(ROWS, np.nan)),
    "constant": usual(a=np.full(ROWS, 5.0)), "largest": usual(a=np.full(ROWS, np.finfo(float).max)),
    "whole": usual(a=np.arange(ROWS)), "new level": usual(c=pd.Series(["q"] * ROWS, dtype="str")),
    "objects": usual(c=pd.Series([one if one % 3 else "x" for one in range(ROWS)], dtype=object)),
    "surrogates": usual(c=pd.Series(["\udcff"] * ROWS, dtype=object)),
    "no dates": usual(d=np.full(ROWS, np.datetime64("NaT", "us"))), "filled": usual(e=pd.Series(["w"] * ROWS)),
    "text": usual(a=pd.Series(["oops"] * ROWS, dtype="str")), "true": usual(b=np.arange(ROWS) % 3 == 0),
    "factors": usual(c=pd.Series(np.random.default_rng(0).choice(list("xyz"), ROWS)).astype("category")),
    "sorted": usual().sort_values("a"), "one row": usual()[:1], "no row": usual()[:0],
}


@pytest.mark.parametrize("name", ODD)
def test_nothing_raises(name: str) -> None:
    for before in (usual(2000), ODD[name]):
        reference = Reference.of(before, KINDS)
        kept = Reference.from_bytes(reference.to_bytes())
        for after in (usual(), ODD[name]):
            found = check(reference, after)
            assert json.loads(json.dumps(found.to_json(), allow_nan=False))["verdict"] in set(Reading)
            assert check(kept, after).to_json() == found.to_json()


@pytest.mark.parametrize(
    "name", ["infinite", "all missing", "constant", "largest", "new level", "no dates", "filled", "text"]
)
def test_what_went_wrong_altogether_is_an_alert(name: str) -> None:
    found = check(Reference.of(usual(2000), KINDS), ODD[name])
    assert found.verdict is Reading.ALERT
    assert sum(one.verdict is Reading.ALERT for one in found.columns) == 1


@pytest.mark.parametrize("name", ["true", "factors", "sorted"])
def test_what_is_only_written_in_another_way_is_none(name: str) -> None:
    assert check(Reference.of(usual(2000), KINDS), ODD[name]).verdict is Reading.OK
