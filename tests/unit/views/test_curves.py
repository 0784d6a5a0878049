"""The numbers behind the pictures, as one table: nothing of a stored picture is lost in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import NotFound
from core.registry import runs
from core.views.curves import COLUMNS, curves
from tests.unit.views.past import Past

PICTURES: dict[str, Any] = {
    "roc": [{"class": "yes", "x": [0.0, 0.25, 1.0], "y": [0.0, 0.75, 1.0]}],
    "pr": [{"class": "yes", "x": [0.5, 1.0], "y": [0.9, 0.4]}],
    "calibration": {"class": "yes", "x": [0.1, 0.9], "y": [0.2, 0.8], "rows": [10, 10]},
    "scores": {"about": "yes", "edges": [0.0, 1.0], "classes": [{"class": "no", "counts": [7, 3, 0, 1]}]},
    "confusion": {"classes": ["no", "yes"], "rows": [[8, 2], [1, 9]]},
    "errors": {"edges": [-2.0, 0.0, 4.0], "counts": [3, 5], "mean": 0.1, "median": 0.2},
    "residuals": {"x": [1.0], "y": [-1.0]}, "fitted": {"x": [2.0], "y": [3.0]},
    "importance": {"metric": "roc_auc", "rows": 9, "of": 9, "left_out": 0, "columns": [
        {"column": "age", "value": 0.1, "spread": 0.02, "repeats": 5},
    ]},
}


@pytest.fixture
def drawn(past: Past) -> Past:
    past.recipe()
    run = past.run([past.version()])
    data = json.dumps(PICTURES).encode()
    hash = past.workspace.store.put_bytes(data)
    with past.write() as tx:
        runs.add_artifact(tx, run, "curves.json", hash, len(data))
        runs.put_points(tx, run, [("train_loss", 1, 0.5), ("train_loss", 2, 0.4)])
    return past


def test_every_point_of_every_picture_is_a_row(drawn: Past) -> None:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in curves(drawn.workspace, [1])]
    found = {(row["picture"], row["series"], row["x"], row["y"]) for row in rows}
    assert found >= {
        ("roc", "yes", 0.25, 0.75), ("pr", "yes", 0.5, 0.9), ("calibration", "yes", 0.9, 0.8),
        ("scores", "no", 0.125, 7), ("scores", "no", 0.875, 1), ("confusion", "yes", "no", 1), ("errors", None, 2.0, 5),
        ("residuals", None, 1.0, -1.0), ("fitted", None, 2.0, 3.0), ("steps", "train_loss", 2, 0.4),
        ("importance", "age", None, 0.1), ("metrics", "roc_auc", None, 0.812),
    }
    [weight] = [row for row in rows if row["picture"] == "importance"]
    assert (weight["lower"], weight["upper"]) == (pytest.approx(0.0752, abs=1e-4), pytest.approx(0.1248, abs=1e-4))
    assert len(rows) == len(found) == 3 + 2 + 2 + 4 + 4 + 2 + 1 + 1 + 2 + 1 + len(drawn_metrics(drawn))


def drawn_metrics(past: Past) -> dict[str, Any]:
    from core.views.runs import get

    return dict(get(past.workspace, 1).intervals)


def test_runs_stand_below_each_other_each_once(drawn: Past) -> None:
    second = drawn.run([1])
    rows = [*curves(drawn.workspace, [second, 1, second])]
    assert list(dict.fromkeys(row[0] for row in rows)) == [second, 1]


def test_a_run_that_is_not_there_is_said_before_the_first_row(drawn: Past) -> None:
    with pytest.raises(NotFound):
        curves(drawn.workspace, [1, 99])
