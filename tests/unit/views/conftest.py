from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.unit.views.past import Past


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lines show the machine's time where the workspace names no zone."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def past(workspace: Workspace) -> Past:
    return Past(_unsynced(workspace))


@pytest.fixture(scope="module")
def settled(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """A past that the tests of a module share, since they only look at it."""
    root = tmp_path_factory.mktemp("settled") / "workspace"
    shutil.copytree(_made, root)
    workspace = Workspace.open(root, actor="tester", clock=FakeClock())
    yield Past(_unsynced(workspace))
    workspace.close()


def _unsynced(workspace: Workspace) -> Workspace:
    """Waiting for the disk after every row proves nothing about views."""
    event.listen(workspace.registry.engine, "connect", lambda raw, record: raw.execute("PRAGMA synchronous = OFF"))
    return workspace
