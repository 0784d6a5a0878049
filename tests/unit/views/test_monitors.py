from __future__ import annotations

import pytest

from core.errors import UsageError
from core.views import monitors
from core.workspace import Workspace


def test_nothing_is_monitored_and_that_is_said(workspace: Workspace) -> None:
    assert len(monitors.list(workspace, where="verdict=alert", order="-at")) == 0
    assert "Nothing is monitored yet" in monitors.STATEMENT


def test_a_filter_that_cannot_be_read_is_an_error_here_too(workspace: Workspace) -> None:
    with pytest.raises(UsageError):
        monitors.list(workspace, where="verdict=")
