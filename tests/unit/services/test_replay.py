"""Each policy's model meets each file before it learns from it; nothing is written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import NotFound
from core.services.replay import POLICIES, replay
from core.workspace import Workspace
from tests.fakes.lab import Lab, learnable


def turned(rows: int, seed: int) -> list[list[object]]:
    """What x said is the opposite from now on."""
    return [[-float(str(x)), y] for x, y in learnable(rows, seed)]


def test_where_the_world_turns_never_is_the_worst(workspace: Workspace) -> None:
    lab = Lab(workspace)
    for number in range(6):
        lab.add(f"{number}.csv", (learnable if number < 1 else turned)(120, number))
    before = _state(workspace)
    told: list[str] = []
    found = replay(workspace, "churn", told.append)
    json.dumps(found.to_json(), allow_nan=False)
    assert [step.file for step in found.steps] == [f"{number}.csv" for number in range(6)]
    assert found.steps[0].scores == dict.fromkeys(POLICIES)  # nobody had a model yet
    assert all(step.scores[one] is not None for step in found.steps[1:] for one in POLICIES)
    means = found.means()
    assert means == {one: pytest.approx(np.mean([step.scores[one] for step in found.steps[1:]])) for one in POLICIES}
    assert means["never"] < 0.5 < means["always"]  # type: ignore[operator]
    assert means["never"] < means["gated"]  # type: ignore[operator]
    assert found.fits["never"] == 1 and found.fits["always"] == 6
    assert len(told) == 6
    assert _state(workspace) == before


def test_the_same_files_give_the_same_answer(workspace: Workspace) -> None:
    lab = Lab(workspace)
    for number in range(3):
        lab.add(f"{number}.csv", learnable(60, number))
    first, second = (replay(workspace, "churn") for _ in range(2))
    assert [step.scores for step in first.steps] == [step.scores for step in second.steps]


def test_one_file_is_too_few(workspace: Workspace) -> None:
    lab = Lab(workspace)
    lab.add("a.csv", learnable(60, 1))
    with pytest.raises(NotFound, match="has 1 labelled files: a replay needs two"):
        replay(workspace, "churn")


def _state(workspace: Workspace) -> tuple[int, set[str]]:
    with workspace.registry.read() as connection:
        version = connection.exec_driver_sql("SELECT count(*) + max(id) FROM event").scalar_one()
    return int(version), set(workspace.store.hashes())
