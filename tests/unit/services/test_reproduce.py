"""A run again, on the same footing."""

from __future__ import annotations

import pytest

from core.errors import Conflict, Corrupted, NotFound
from core.services.reproduce import reproduce
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.lab import Lab, learnable


def test_a_reproduction_can_be_reproduced(workspace: Workspace) -> None:
    lab = Lab(workspace)
    lab.add("a.csv", learnable(100, 1))
    lab.add("b.csv", learnable(60, 2))
    lab.work()
    lab.add("c.csv", learnable(80, 3))
    [run] = lab.work()
    assert (run["basis"]["kind"], run["rows_holdout"]) == ("unseen", 40)
    once = reproduce(workspace, run["id"])
    again = reproduce(workspace, once.again)
    assert once.equal
    assert again.equal, again.line
    assert once.metrics == again.metrics != {}


def test_a_changed_byte_is_found_before_anything_is_fitted(workspace: Workspace) -> None:
    lab = Lab(workspace)
    lab.add("a.csv", learnable(100, 1))
    [run] = lab.work()
    [path] = [one for one in map(workspace.store.path, workspace.store.hashes()) if one.read_bytes()[:3] == b"x,y"]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"yes", b"no ", 1))
    with pytest.raises(Corrupted, match=r"churn@1 \(a.csv\)"):
        reproduce(workspace, run["id"])


def test_only_a_finished_run(workspace: Workspace) -> None:
    failed = rows.run(workspace, rows.recipe(workspace), state="failed")
    with pytest.raises(Conflict, match="failed: only a finished run"):
        reproduce(workspace, failed)
    with pytest.raises(NotFound):
        reproduce(workspace, 99)
