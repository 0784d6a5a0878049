"""The upkeep of the prediction log: sealed where nobody writes, removed by the settings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import iso
from core.errors import BadSettings
from core.services import logkeeping
from core.serving import history
from core.serving.log import PredictionLog
from core.workspace import Workspace
from tests.unit.serving.test_log import manifest, record


def written(workspace: Workspace, *days: float) -> None:
    """An answer of so many days ago, each in a file of its own."""
    with PredictionLog(workspace.predictions) as log:
        for number, ago in enumerate(days):
            log.write(record(number, at=iso(workspace.clock.now() - timedelta(days=ago))), manifest())


def settings(workspace: Workspace, text: str) -> None:
    (workspace.root / "footplate.toml").write_text(f"[serving]\n{text}\n")
    workspace.__dict__.pop("settings", None)


def test_nothing_to_do_is_nothing_said(workspace: Workspace) -> None:
    assert logkeeping.tend(workspace) == ""
    with PredictionLog(workspace.predictions) as log:
        log.write(record(0, at=iso(workspace.clock.now())), manifest())
        assert logkeeping.tend(workspace) == "" and list(workspace.predictions.rglob("*.jsonl"))


def test_sealed_in_a_process_of_its_own(workspace: Workspace) -> None:
    written(workspace, 1, 0)
    assert logkeeping.tend(workspace) == "2 files of the prediction log sealed: 2 answers"
    assert not list(workspace.predictions.rglob("*.jsonl"))
    assert history.count(workspace.predictions / "churn") == 2


def test_removed_by_age_and_by_size(workspace: Workspace) -> None:
    settings(workspace, "log_days = 30")
    written(workspace, 40, 20, 1)
    assert "1 files of the prediction log removed" in logkeeping.tend(workspace)
    assert history.count(workspace.predictions / "churn") == 2
    settings(workspace, 'log_bytes = "1B"')
    assert "2 files of the prediction log removed" in logkeeping.tend(workspace)
    settings(workspace, 'log_bytes = "much"')
    with pytest.raises(BadSettings, match="log_bytes"):
        logkeeping.tend(workspace)
