"""Readings are kept once, alerts are live once, and messages are asked for once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from core.registry import alerts, monitors, notifications
from core.vocabulary import AlertState, MonitorKind, Reading
from core.workspace import Workspace
from tests.fakes import rows

DRIFT = "churn/drift"


def read(workspace: Workspace, source: str, verdict: str, version: int | None = 1) -> int | None:
    with workspace.registry.write("daemon") as tx:
        monitor = monitors.ensure(tx, "churn", MonitorKind.DRIFT)
        return monitors.add_report(tx, monitor, {
            "source": source, "version": version, "rows": 100, "verdict": verdict, "summary": "said",
        })


def test_the_same_source_is_read_once(workspace: Workspace) -> None:
    rows.recipe(workspace)
    assert read(workspace, "churn@1", Reading.OK) is not None
    assert read(workspace, "churn@1", Reading.ALERT) is None
    assert read(workspace, "churn@1", Reading.ALERT, version=2) is not None
    assert read(workspace, "silence", Reading.OK, version=None) is not None
    assert read(workspace, "silence", Reading.ALERT, version=None) is None
    with workspace.registry.read() as connection:
        found = monitors.get(connection, DRIFT)
        assert found is not None and found["last_verdict"] == Reading.OK
        assert [row["source"] for row in monitors.reports(connection, DRIFT, 2)] == ["silence", "churn@1"]
        assert monitors.last_source(connection, DRIFT, "churn@") == "churn@1"
        assert monitors.last_source(connection, DRIFT, "other@") is None


def test_what_could_tell_nothing_does_not_count(workspace: Workspace) -> None:
    rows.recipe(workspace)
    said = (Reading.ALERT, Reading.OK, Reading.ALERT, Reading.INSUFFICIENT_DATA, Reading.INSUFFICIENT_DATA)
    for place, verdict in enumerate(said):
        read(workspace, f"churn@{place}", verdict)
    with workspace.registry.read() as connection:
        assert monitors.alarming(connection, DRIFT, 1) == 1
        assert monitors.alarming(connection, DRIFT, 2) == 1
        assert monitors.alarming(connection, DRIFT, 3) == 2


def test_one_alert_a_monitor_is_live(workspace: Workspace) -> None:
    rows.recipe(workspace)
    report = read(workspace, "churn@1", Reading.ALERT)
    assert report is not None
    since = {"since": {"dataset": "churn", "version": 1}}
    with workspace.registry.write("daemon") as tx:
        monitor = monitors.ensure(tx, "churn", MonitorKind.DRIFT)
        first = alerts.add(tx, monitor, report, since)
    with pytest.raises(IntegrityError), workspace.registry.write("daemon") as tx:
        alerts.add(tx, monitor, report, since)
    with workspace.registry.write("daemon") as tx:
        alerts.change(tx, first, state=AlertState.ACKNOWLEDGED)
        found = alerts.open_for(tx.connection, "churn", MonitorKind.DRIFT)
        assert found is not None and found["evidence"] == since
        alerts.change(tx, first, state=AlertState.RESOLVED)
        assert alerts.open_for(tx.connection, "churn", MonitorKind.DRIFT) is None
        second = alerts.add(tx, monitor, report, since)
        assert [row["id"] for row in alerts.live(tx.connection)] == [second]
        newest = alerts.newest(tx.connection, DRIFT)
        assert newest is not None and newest["id"] == second


def test_a_message_is_asked_for_once_and_can_be_withdrawn(workspace: Workspace) -> None:
    rows.recipe(workspace)
    report = read(workspace, "churn@1", Reading.ALERT)
    assert report is not None
    with workspace.registry.write("daemon") as tx:
        alert = alerts.add(tx, monitors.ensure(tx, "churn", MonitorKind.DRIFT), report, {})
        for _ in range(2):
            notifications.add(tx, alert, "webhook", "raised", {"text": "drift"})
        notifications.add(tx, alert, "webhook", "resolved", {}, tx.now + timedelta(hours=1))
        [due] = notifications.due(tx.connection, tx.now)
        assert due["about"] == "raised"
        assert len(notifications.due(tx.connection, tx.now + timedelta(hours=2))) == 2
        notifications.withdraw(tx, alert, "resolved")
        notifications.change(tx, [due["id"]], state=notifications.SENT, sent_at=tx.now)
        notifications.withdraw(tx, alert, "raised")
        assert [row["state"] for row in notifications.of_alert(tx.connection, alert)] == [notifications.SENT]
        assert notifications.sent_since(tx.connection, "webhook", tx.now - timedelta(hours=1)) == 1
        assert notifications.sent_since(tx.connection, "smtp", tx.now - timedelta(hours=1)) == 0
