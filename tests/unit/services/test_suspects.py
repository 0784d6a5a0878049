"""Data on which the champion did far worse than before and after: a person is asked, and nothing learns from it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from core.errors import Conflict
from core.registry import alerts, models
from core.services import alerting, undoing, versions
from core.views import overview
from core.vocabulary import MonitorKind
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable

FLIPPED = 4
FLIGHTS = Path(__file__).parents[3] / "sample_data" / "flights"


def flipped(rows: list[list[object]]) -> list[list[object]]:
    random = np.random.default_rng(5)
    return [[x, {"no": "yes", "yes": "no"}[str(y)] if random.random() < 0.3 else y] for x, y in rows]


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    """Six files, the labels of the fourth flipped; each was learned from by itself."""
    made = Lab(workspace, RECIPE)
    for number in range(1, 7):
        rows = learnable(500, number)
        made.add(f"{number}.csv", flipped(rows) if number == FLIPPED else rows)
        made.work()
    return made


def needs(workspace: Workspace) -> list[tuple[str, str]]:
    return [(one.kind, one.subject) for one in overview.overview(workspace).needs if one.kind == "suspect"]


def used(lab: Lab) -> list[int]:
    """Numbers of the versions that the champion learned from."""
    with lab.workspace.registry.read() as connection:
        champion = models.champion(connection, "churn")
    assert champion is not None
    return lab.used(champion["run_id"])


def test_it_is_put_before_a_person_and_not_learned_from(lab: Lab) -> None:
    assert used(lab) == [1, 2, 3, 5, 6]
    assert needs(lab.workspace) == [("suspect", f"churn@{FLIPPED}")]


def test_labels_that_are_right_after_all_are_learned_from(lab: Lab) -> None:
    with lab.workspace.registry.read() as connection:
        [doubted] = alerts.suspects(connection)
    alerting.acknowledge(lab.workspace, doubted["alert"])
    assert needs(lab.workspace) == []
    with pytest.raises(Conflict):
        alerting.acknowledge(lab.workspace, doubted["alert"])
    undoing.undo(lab.workspace)
    assert needs(lab.workspace) == [("suspect", f"churn@{FLIPPED}")]
    alerting.acknowledge(lab.workspace, doubted["alert"])
    lab.add("7.csv", learnable(500, 7))
    [run] = lab.work()
    assert lab.used(run["id"]) == [1, 2, 3, 4, 5, 6, 7]


def test_what_is_retired_needs_nobody(lab: Lab) -> None:
    versions.retire(lab.workspace, f"churn@{FLIPPED}")
    assert needs(lab.workspace) == []


def test_wrong_labels_show_in_the_brier_score_where_the_ranking_is_weak(workspace: Workspace) -> None:
    """Months of flights, whose ranking varies from month to month as much as flipped labels change it."""
    lab = Lab(workspace, 'watch = "inbox"\ntarget = "delayed"\ntime = "date"\ndrop = ["flight"]\n')
    for number in range(1, 6):
        text = (FLIGHTS / f"flights_2013-{number:02}.csv").read_text("utf-8")
        header, *rows = list(csv.reader(text.splitlines()))
        target, random = header.index("delayed"), np.random.default_rng(1)
        if number == FLIPPED:
            rows = [[*row[:target], str(1 - int(row[target])), *row[target + 1 :]] if random.random() < 0.3 else row
                    for row in rows]
        lab.add(f"{number}.csv", rows, header)
        lab.work()
        with workspace.registry.read() as connection:
            alert = alerts.open_for(connection, "churn", MonitorKind.PERFORMANCE)
        assert (alert is not None) is (number == FLIPPED)
        if alert is not None:
            assert "Brier score" in alert["evidence"]["what"]
    assert used(lab) == [1, 2, 3, 5]
