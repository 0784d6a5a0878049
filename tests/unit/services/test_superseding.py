"""Which older versions a new one stands for."""

from __future__ import annotations

import numpy as np
import pytest

from core.services.superseding import holds_again
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable

HEADER = ("t", "x", "y")


def states(workspace: Workspace) -> list[str]:
    with workspace.registry.read() as connection:
        return list(connection.exec_driver_sql("SELECT state FROM datasetversion ORDER BY version").scalars())


def dump(days: int) -> list[list[object]]:
    return [[f"2024-01-{1 + place // 20:02d}", *row] for place, row in enumerate(learnable(400, 1)[: 20 * days])]


@pytest.mark.parametrize("arrival", ["auto", "snapshot"])
def test_a_dump_supersedes_its_predecessor_and_an_older_one_that_comes_late_does_not(
    workspace: Workspace, arrival: str
) -> None:
    lab = Lab(workspace, f'arrival = "{arrival}"\ntime = "t"\n' + RECIPE)
    lab.add("2.csv", dump(10), HEADER)
    lab.add("3.csv", dump(11), HEADER)
    assert states(workspace) == ["superseded", "accepted"]
    lab.add("1.csv", dump(9)[1:], HEADER)
    assert states(workspace) == ["superseded", "accepted", "accepted"]


def test_what_holds_rows_again() -> None:
    rows = np.arange(100, dtype=np.uint64)
    assert holds_again(rows, rows[:90])
    assert holds_again(np.concatenate([rows[20:], rows[:1]]), rows)
    assert not holds_again(rows[:79], rows)
    assert not holds_again(rows, rows[:0])
    few = np.repeat(rows[:10], 10)
    assert not holds_again(few, few)
