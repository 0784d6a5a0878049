"""What a model version leaves for its monitors: there, whole, and enough to read new rows by."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import Corrupted
from core.registry import runs
from core.services import references
from core.vocabulary import Kind
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable

WIDE = """\
watch = "inbox"
target = "y"
time = "day"
id = "key"

[model]
params = { max_iter = 5 }

[gate]
min_rows = 20
min_minority = 5
"""


def wide(rows: int = 400, seed: int = 0, *, numbers: bool = False) -> list[list[object]]:
    random = np.random.default_rng(seed)
    made: list[list[object]] = []
    for place in range(rows):
        x = float(random.normal())
        y: object = round(3 * x + float(random.normal()), 4) if numbers else ("yes" if x > 0 else "no")
        day, colour = f"2026-01-{1 + place * 28 // rows:02d}", ["red", "blue"][int(random.integers(2))]
        made.append([f"k{place}", day, round(x, 6), colour, y])
    return made


HEADER = ("key", "day", "x", "colour", "y")


def test_a_released_version_keeps_what_it_learned_from(workspace: Workspace) -> None:
    lab = Lab(workspace, WIDE)
    lab.add("one.csv", wide(), HEADER)
    [run] = lab.work()
    kept = references.load(workspace, run["id"])
    assert kept is not None
    assert [one.name for one in kept.columns.columns] == ["x", "colour"], "no key, no time, no target"
    assert kept.columns.rows == run["rows_refit"] == 400
    assert kept.columns.column("x").importance == 1.0
    assert kept.answers is not None and kept.answers.rows == run["rows_holdout"]
    assert [one.name for one in kept.answers.columns] == ["probability_yes"]
    assert kept.estimator is not None and kept.estimator.metric == run["primary_metric"]


def test_of_a_regression_the_losses_are_learned(workspace: Workspace) -> None:
    lab = Lab(workspace, WIDE)
    lab.add("one.csv", wide(numbers=True), HEADER)
    [run] = lab.work()
    kept = references.load(workspace, run["id"])
    assert kept is not None and kept.answers is not None and kept.estimator is not None
    assert kept.answers.columns[0].kind == Kind.NUMBER
    assert kept.estimator.metric == "rmse"


def test_without_a_second_fit_it_is_of_the_rows_that_were_learned(workspace: Workspace) -> None:
    lab = Lab(workspace, WIDE + "\n[evaluate]\nrefit = false\n")
    lab.add("one.csv", wide(), HEADER)
    [run] = lab.work()
    kept = references.load(workspace, run["id"])
    assert kept is not None and kept.columns.rows == run["rows_train"] < 400


def test_an_older_version_left_nothing(workspace: Workspace) -> None:
    lab = Lab(workspace, RECIPE)
    lab.add("one.csv", learnable(200))
    [run] = lab.work()
    with workspace.registry.write("daemon") as tx:
        tx.connection.exec_driver_sql("DELETE FROM artifact WHERE name = 'reference.zip'")
    assert references.load(workspace, run["id"]) is None


def test_what_is_no_reference_is_said_to_be_none(workspace: Workspace) -> None:
    lab = Lab(workspace, RECIPE)
    lab.add("one.csv", learnable(200))
    [run] = lab.work()
    hash = workspace.store.put_bytes(b"nothing of the kind")
    with workspace.registry.write("daemon") as tx:
        tx.connection.exec_driver_sql("DELETE FROM artifact WHERE name = 'reference.zip'")
        runs.add_artifact(tx, run["id"], references.REFERENCE_FILE, hash, 19)
    with pytest.raises(Corrupted, match="for its monitors"):
        references.load(workspace, run["id"])
