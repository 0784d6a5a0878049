"""Profiles as people look at them: sorted by what matters, a page a column, and two versions side by side."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data.profile import Profiler
from core.data.schema import Schema
from core.vocabulary import Kind
from screens.levels import facts as cells
from screens.levels.feature import Feature, described
from screens.widgets.spread import dot, moments, on_axis, share_beyond, stacked
from tests.screens.driver import Opened
from tests.screens.world import World

KINDS = {"age": Kind.NUMBER, "plan": Kind.CATEGORY, "since": Kind.DATE, "old": Kind.BOOLEAN, "left": Kind.NUMBER}


def profiled(seed: int, shift: float = 0.0, **more: Any) -> dict[str, Any]:
    """A real profile of 2,000 customers; `shift` moves their ages."""
    random = np.random.default_rng(seed)
    age = random.normal(40 + shift, 10, 2000)
    age[:5] = 400.0
    frame = pd.DataFrame({
        "age": np.where(np.arange(2000) % 20 == 0, np.nan, age),
        "plan": pd.Series(random.choice(["basic", "gold [b]", "none"], 2000, p=[0.6, 0.3, 0.1]), dtype="str"),
        "since": pd.Series(pd.date_range("2024-01-01", periods=2000, freq="h")).astype("datetime64[us]"),
        "old": (age > 40).astype(float), "left": (random.random(2000) < age / 100).astype(float),
    })
    frame = frame.assign(**{name: values for name, values in more.items() if values is not None})
    frame = frame.drop(columns=[name for name, values in more.items() if values is None])
    made = Profiler(Schema.of({name: KINDS.get(str(name), Kind.NUMBER) for name in frame}), "left")
    made.add(frame)
    return json.loads(json.dumps(made.result(), allow_nan=False))


@pytest.fixture
def customers(empty: World) -> World:
    """churn@1 and churn@2, whose ages moved, which lost a column and got another."""
    empty.recipe("churn")
    empty.version("churn", file="a.csv", rows=2000, minutes=9, profile=profiled(1))
    empty.version("churn", file="b.csv", rows=2000, minutes=5, profile=profiled(2, 15, old=None, region=1.0))
    return empty


async def test_a_profile_is_sorted_by_what_matters(customers: World, console: Opened) -> None:
    async with console(customers.workspace, (160, 30)) as driver:
        await driver.press("2", "enter", "enter")
        assert "v2 profile" in driver.lines()[1]
        assert [row.name for row in driver.screen.table.rows] == ["age", "plan", "since", "left", "region"]
        await driver.press("o", "v")
        assert [row.name for row in driver.screen.table.rows][:2] == ["region", "age"], "new first, then by PSI"
        assert "+ new" in driver.text()
        await driver.press("o", "m")
        assert driver.screen.table.rows[0].name == "age"
        await driver.press("o", "u")
        assert driver.screen.table.rows[0].name == "age", "most values far out"


async def test_a_column_has_a_page_with_pictures_and_the_target_along_it(customers: World, console: Opened) -> None:
    async with console(customers.workspace, (80, 100)) as driver:
        await driver.press("2", "enter", "enter", "enter")
        text = driver.text()
        assert "v2 profile › age" in driver.lines()[1]
        assert "Histogram" in text and "Quantiles" in text and "left along this column" in text
        assert "0 below" in text and "4 above" in text, "the far out values"
        assert text.count(" rows") >= 10 and "(missing)" in text
        await driver.press("escape", "down", "enter")
        assert "gold [b]" in driver.text() and "Commonest values" in driver.text()


async def test_a_version_is_compared_with_the_one_before_it(customers: World, console: Opened) -> None:
    async with console(customers.workspace, (160, 40)) as driver:
        await driver.press("2", "enter", "equals_sign")
        await driver.until(lambda: "v1 = v2" in driver.lines()[1])
        await driver.ready()
        rows = driver.screen.table.rows
        assert [row.name for row in rows[:3]] == ["old", "region", "age"], "schema first, then what moved most"
        assert rows[2].moved and "– gone" in driver.text() and "+ new" in driver.text()
        await driver.press("down", "down", "enter")
        text = driver.text()
        assert "the mean of column age went from" in text and "v1" in text and "v2" in text and "median" in text
        await driver.press("C")
        assert driver.app.clipboard == "footplate data diff churn@1 churn@2"


async def test_two_marked_versions_are_compared_the_older_one_first(customers: World, console: Opened) -> None:
    customers.version("churn", file="c.csv", rows=1500, minutes=2, profile=profiled(3))
    async with console(customers.workspace) as driver:
        await driver.press("2", "enter", "space", "down", "space", "equals_sign")
        await driver.until(lambda: "v1 = v3" in driver.lines()[1])
        await driver.press("escape", "up", "up", "space", "up", "space", "v", "equals_sign")
        assert "at most 2" in driver.said


async def test_the_first_version_has_nothing_before_it(customers: World, console: Opened) -> None:
    async with console(customers.workspace) as driver:
        await driver.press("2", "enter", "G", "equals_sign")
        await driver.until(lambda: "no version before churn@1 has a profile" in driver.said)
        await driver.press("escape", "equals_sign")
        assert "open a dataset first" in driver.said


def test_an_older_profile_is_shown_with_what_can_be_estimated() -> None:
    found = profiled(1)["columns"]
    counted = cells.outliers(found["age"])
    older = {key: value for key, value in found["age"].items() if key not in ("along", "outliers", "levels")}
    estimated = cells.outliers(older)
    assert counted is not None and estimated is not None
    assert (counted.above, counted.sure, estimated.sure) == (4, True, False)
    assert abs(estimated.above - 4) < 60
    shown = "\n".join(line.plain for line in described(Feature("age", 0, False, older), "left"))
    assert "not kept when this version was profiled" in shown and "about" in shown


def test_no_column_without_values_breaks_a_page() -> None:
    empty = {"kind": "number", "rows": 0, "missing": 0, "distinct": 0, "distinct_exact": True, "min": None,
             "max": None, "mean": None, "std": None, "quantiles": None, "histogram": None}
    shown = "\n".join(line.plain for line in described(Feature("x", 0, False, empty), "y"))
    assert "Histogram" not in shown


def test_counts_are_brought_on_an_axis_and_none_is_lost() -> None:
    assert on_axis([0, 1, 2], [4, 6], 0, 4, 4) == [4, 6, 0, 0]
    assert on_axis([0, 2], [8], 0, 4, 4) == [4, 4, 0, 0]
    assert on_axis([3, 3], [5], 3, 3, 2) == [5, 0]
    assert sum(on_axis([0.1, 0.7, 3.3], [10, 20], -1, 9, 7)) == pytest.approx(30)
    assert share_beyond([0, 10], [100], 1, 8) == (pytest.approx(0.1), pytest.approx(0.2))


def test_dates_are_seconds_and_no_year_breaks_the_picture() -> None:
    assert moments(["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"]) == [0.0, 86400.0]
    assert moments(["20000-01-01T00:00:00Z"]) is None


def test_lines_have_the_width_that_they_say() -> None:
    assert len(dot(5, 0, 10, 11).plain) == len(dot(5, 5, 5, 11).plain) == 11
    assert dot(10, 0, 10, 11).plain.index("●") == 10
    assert stacked([0.5, 0.25, 0.25], 8, ("busy", "good", "warn")).plain == "████▓▓▒▒"
    assert len(stacked([0.9, 0.9], 10, ("busy", "good")).plain) == 10


