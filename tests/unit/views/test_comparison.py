"""Runs side by side: what differs, which value is best, and whether they may be held against each other at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import NotFound, UsageError
from core.registry import runs as rows
from core.views.comparison import compare
from core.views.run_rows import judged_on
from core.vocabulary import Cause, Verdict
from core.workspace import Workspace
from tests.unit.views.past import Past


@pytest.fixture(scope="module")
def shared(settled: Past) -> Workspace:
    """A promoted run on two versions, a refused one by hand on three, and one more on the same three."""
    settled.recipe()
    data = [settled.version(), settled.version()]
    settled.run(data, params={"max_iter": 100, "loss": "log"}, metrics={"brier": 0.18, "own": 1.0})
    data.append(settled.version())
    for value in (0.7, 0.72):
        settled.run(
            data, verdict=Verdict.FAILED, value=value, cause=Cause.MANUAL, params={"depth": 3, "max_iter": 50},
            metrics={"brier": 0.21, "own": 2.0},
        )
    with settled.write() as tx:
        packages = [{"numpy": "2.0", "pandas": "3.0"}, {"numpy": "2.1", "pandas": "3.0"}]
        for run, some in zip((1, 2), packages, strict=True):
            rows.change(tx, run, environment={"python": "3.11.7", "packages": some})
        rows.put_points(tx, 1, [("loss", 0, 0.5)])
    return settled.workspace


def lines(workspace: Workspace, *ids: int) -> dict[str, Any]:
    return {line.name: line for line in compare(workspace, ids).lines}


def test_each_line_has_a_value_a_run_in_the_order_asked_for(shared: Workspace) -> None:
    made = compare(shared, [2, 1, 2])
    assert [run.id for run in made.runs] == [2, 1]
    found = lines(shared, 2, 1)
    assert found["max_iter"].values == (50, 100) and found["max_iter"].differs
    assert found["loss"].values == (None, "log")
    assert found["recipe"].values == ("churn", "churn") and not found["recipe"].differs
    assert found["data"].values == ("churn@1-3", "churn@1-2")
    assert found["roc_auc"].section == "metrics"


def test_parameters_that_differ_come_first(shared: Workspace) -> None:
    with shared.registry.write("daemon") as tx:
        rows.change(tx, 3, params={"depth": 3, "max_iter": 60})
    assert [line.name for line in compare(shared, [2, 3]).section("params")] == ["max_iter", "depth"]


def test_the_best_value_is_told_by_the_metrics_direction(shared: Workspace) -> None:
    found = lines(shared, 1, 2, 3)
    assert found["roc_auc"].best == (0,)
    assert found["brier"].best == (0,)  # 0.18 of 0.18, 0.21, 0.21: less is better
    assert found["own"].best == (), "nobody said which way is better"
    assert lines(shared, 2, 3)["brier"].best == (), "all the same"
    assert found["roc_auc"].intervals[1].lower == pytest.approx(0.68)


def test_only_packages_that_differ_are_lines(shared: Workspace) -> None:
    made = compare(shared, [1, 2])
    assert [(line.name, line.values) for line in made.section("packages")] == [("numpy", ("2.0", "2.1"))]


def test_a_run_that_recorded_no_packages_differs_in_none(shared: Workspace) -> None:
    assert compare(shared, [1, 3]).section("packages") == ()


def test_whether_all_were_judged_on_the_same_rows(shared: Workspace, past: Past) -> None:
    assert compare(shared, [2, 3]).same_rows is True
    assert compare(shared, [1, 2]).same_rows is False
    past.recipe()
    past.run([past.version()])
    past.begin([])
    assert compare(past.workspace, [1, 2]).same_rows is None


@pytest.mark.parametrize(("kind", "how", "champion", "seed", "same"), [
    ("recipes", "the newest 600, by time", 9, 1, True), ("unseen", "the newest 600, by time", 9, 0, False),
    ("recipes", "600 of 1,200 rows, drawn by chance", 1, 1, False), ("unseen", "the newest 600, by time", 1, 1, True),
])
def test_the_champion_matters_where_rows_must_be_new_and_the_seed_where_they_are_drawn(
    kind: str, how: str, champion: int, seed: int, same: bool
) -> None:
    one = judged_on((("churn", 1),), 600, {"kind": kind, "how": how, "champion_run": 1}, 0)
    other = judged_on((("churn", 1),), 600, {"kind": kind, "how": how, "champion_run": champion}, seed)
    assert (one == other) is same


def test_json(shared: Workspace) -> None:
    made = compare(shared, [1, 2]).to_json()
    assert [*made] == ["runs", "lines", "same_rows", "pictures", "points"]
    assert {"section": "run", "name": "recipe", "values": ["churn", "churn"], "differs": False} in made["lines"]
    [auc] = [line for line in made["lines"] if line["name"] == "roc_auc"]
    assert auc["best"] == [0] and auc["intervals"][0]["value"] == 0.812
    assert made["points"] == [{"loss": [{"step": 0, "value": 0.5}]}, {}]
    json.dumps(made, allow_nan=False)


@pytest.mark.parametrize("ids", [[], [1], [1, 1], [*range(1, 10)]])
def test_only_two_to_eight_can_be_compared(shared: Workspace, ids: list[int]) -> None:
    with pytest.raises(UsageError, match="cannot be compared"):
        compare(shared, ids)


def test_what_is_not_there(shared: Workspace) -> None:
    with pytest.raises(NotFound, match="there is no run 99"):
        compare(shared, [1, 99])
