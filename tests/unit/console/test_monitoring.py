"""`footplate monitors` and `footplate alerts`, over what was really read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.workspace import Workspace
from tests.fakes.watched import RECIPE, Watched

Say = Callable[..., str]
Ask = Callable[..., Any]


@pytest.fixture
def declined(root: Path) -> Watched:
    """Three good months, and one whose rule has turned."""
    lab = Watched(Workspace.open(root), RECIPE)
    for number in (1, 2, 3):
        lab.arrive(number)
    lab.arrive(4, turned=True)
    return lab


def test_a_monitor_report_is_as_the_contract_says(declined: Watched, ask: Ask) -> None:
    rows = {one["monitor"]: one for one in ask("monitors", "list")}
    assert next(iter(rows)) == "churn/performance", "the worst first"
    assert rows["churn/performance"]["verdict"] == "alert" and rows["churn/performance"]["alert"] is not None
    one = ask("monitors", "show", "churn/drift")
    assert {"monitor", "kind", "at", "model", "version", "rows", "verdict", "columns", "summary"} <= set(one)
    assert {"column", "statistic", "value", "threshold", "p_value", "verdict"} <= set(one["columns"][0])
    assert [reading["source"] for reading in one["readings"]] == ["churn@2", "churn@3", "churn@4"]
    report = ask("monitors", "show", "churn/drift", "--reading", str(one["readings"][0]["report"]))
    assert report["source"] == "churn@2" and report["columns"][0]["shares"]["before"]


def test_people_see_bars_of_then_and_now(declined: Watched, say: Say) -> None:
    said = say("monitors", "show", "churn/drift")
    assert "churn@4" in said and "█" in said
    assert "is one of churn/drift" in say("monitors", "show", "churn/quality", "--reading", "2", code=2)


def test_an_alert_needs_somebody_until_it_is_acknowledged_and_undone(declined: Watched, say: Say, ask: Ask) -> None:
    [alert] = ask("alerts", "list", "--where", "state=open monitor=churn/performance")
    number = str(alert["id"])
    assert alert["since"] == {"dataset": "churn", "version": 4}
    needs = [need for need in ask("status", code=1)["needs"] if need["kind"] == "alert"]
    assert f"footplate alerts ack {number}" in [need["command"] for need in needs]
    assert "roll back and hold" in say("alerts", "show", number)
    say("alerts", "ack", number)
    assert ask("alerts", "show", number)["state"] == "acknowledged"
    assert f"alert {number}" not in [need["subject"] for need in ask("status", code=1)["needs"]]
    assert "only an open one" in say("alerts", "ack", number, code=5)
    assert "needs a person again" in say("undo")
    assert ask("alerts", "show", number)["state"] == "open"
    say("redo")
    assert ask("alerts", "show", number)["state"] == "acknowledged"


def test_a_silenced_monitor_needs_nobody_and_reads_on(declined: Watched, say: Say, ask: Ask) -> None:
    for one in ask("monitors", "list", "--where", "alert_state=open"):
        say("monitors", "silence", one["monitor"], "8h")
    assert not [need for need in ask("status", code=1)["needs"] if need["kind"] == "alert"]
    assert ask("monitors", "show", "churn/performance")["silenced_until"] is not None
    say("undo")
    assert len([need for need in ask("status", code=1)["needs"] if need["kind"] == "alert"]) == 1
    assert "write it like 8h" in say("monitors", "silence", "churn/drift", "soon", code=2)


def test_thresholds_are_set_and_taken_back(declined: Watched, say: Say, ask: Ask) -> None:
    say("monitors", "threshold", "churn/drift", "effect=0.9", "min_rows=50")
    assert ask("monitors", "show", "churn/drift")["settings"] == {"effect": 0.9, "min_rows": 50}
    say("undo")
    assert ask("monitors", "show", "churn/drift")["settings"] == {}
    say("redo")
    declined.arrive(5, turned=True, moved=0.6)
    assert ask("monitors", "show", "churn/drift")["verdict"] != "alert", "0.6 is less than 0.9"
    say("monitors", "threshold", "churn/drift", "--off")
    declined.arrive(6, turned=True)
    assert [one["source"] for one in ask("monitors", "show", "churn/drift")["readings"]][-1] == "churn@5"
    assert "effekt" in say("monitors", "threshold", "churn/drift", "effekt=1", code=2)
    assert "cannot be" in say("monitors", "threshold", "churn/drift", "level=7", code=2)
    assert "did you mean churn/drift" in say("monitors", "threshold", "churn/drif", "--off", code=3)


def test_a_check_says_what_is_left_to_read(declined: Watched, say: Say) -> None:
    assert "was read already" in say("monitors", "check", "churn")
