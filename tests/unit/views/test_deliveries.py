"""Files that were scored, labels, and files that cannot be used: told in a line, and who is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.services import deploy
from core.views import activity, overview
from core.views.needs import Need
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.fakes.mailroom import FOLDERS, Mailroom


@pytest.fixture
def room(workspace: Workspace) -> Mailroom:
    lab = Lab(workspace, RECIPE + FOLDERS)
    lab.add("a.csv", learnable(100, 1))
    lab.work()
    return Mailroom(lab)


def needed(workspace: Workspace) -> list[Need]:
    return [need for need in overview.overview(workspace).needs if need.kind in ("file", "unanswered")]


def test_what_cannot_be_used_needs_somebody_until_it_is_mended_or_gone(room: Mailroom) -> None:
    room.drop("scoring/1.csv", ("z",), [[1.0]])
    room.work()
    room.drop("scoring/2.csv", ("z",), [[2.0]])
    room.drop("truth/a b.csv", ("id", "label"), [["p", "perhaps"]])
    room.work()
    labels, score = needed(room.workspace)
    assert labels.text.startswith("truth/a b.csv holds no labels that can be used: a b.csv: line 2, column label")
    assert labels.command == f"footplate label churn '{room.root}/truth/a b.csv'"
    assert score.text.startswith("scoring/2.csv cannot be scored (and 1 more): 2.csv has no column x")
    room.drop("truth/a b.csv", ("id", "label"), [["p", "yes"]])
    for name in ("1", "2"):
        (room.root / f"scoring/{name}.csv").unlink()
    room.work()
    room.look()
    assert needed(room.workspace) == []


def test_files_that_nothing_answers_need_somebody(room: Mailroom) -> None:
    with room.workspace.registry.write("me") as tx:
        deploy.serve(tx, "churn", "production", None, why="switched off")
    room.drop("scoring/1.csv", ("x",), [[1.0]])
    room.work()
    [need] = needed(room.workspace)
    assert need.text == "a file waits to be scored by churn, of which nothing serves in production"
    assert need.command == "footplate deploy churn"
    deploy.deploy(room.workspace, "churn", 1)
    room.work()
    assert needed(room.workspace) == [] and Path(room.root / "scored/1.csv").exists()


def test_each_is_told_in_a_line(room: Mailroom) -> None:
    room.drop("scoring/1.csv", ("x",), [[1.0]])
    room.drop("scoring/2.csv", ("z",), [[1.0]])
    room.drop("truth/a.csv", ("id", "label"), [["p", "yes"], ["p", "no"]])
    room.work()
    told = [one.text for one in activity.decisions(room.workspace).rows]
    assert f"churn v1 scored 1 rows of 1.csv -> {room.root / 'scored' / '1.csv'}" in told
    assert "churn 2.csv: cannot be scored: 2.csv has no column x" in told
    assert "churn 2 labels from a.csv: 1 against what was said before, 1 of unknown ids" in told
