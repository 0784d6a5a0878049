from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from core.workspace import Workspace
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
    return Past(workspace)
