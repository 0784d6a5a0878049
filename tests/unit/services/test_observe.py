"""Arrivals are read by the champion before anything learns from them; a decline is seen at its first reading."""

from __future__ import annotations

from typing import Any

import pytest

from core.registry import alerts, champions, jobs, monitors
from core.services import monitoring, observe, release
from core.vocabulary import AlertState, EventKind, JobKind, MonitorKind, Reading
from core.workspace import Workspace
from tests.fakes.watched import HEADER, RECIPE, Watched, month


@pytest.fixture
def lab(workspace: Workspace) -> Watched:
    return Watched(workspace, RECIPE)


def test_each_arrival_is_read_once_by_the_champion_that_met_it(lab: Watched) -> None:
    for number in (1, 2, 3):
        lab.arrive(number)
    for kind in (MonitorKind.QUALITY, MonitorKind.DRIFT, MonitorKind.PREDICTION, MonitorKind.PERFORMANCE):
        assert lab.read(kind) == [("churn@2", Reading.OK), ("churn@3", Reading.OK)], kind
    assert lab.read(MonitorKind.ESTIMATE) == [], "labels were there"
    with lab.workspace.registry.read() as connection:
        [third, second] = monitors.recent(connection, "churn/performance", 5)
        assert connection.exec_driver_sql("SELECT count(*) FROM job WHERE kind = 'observe'").scalar() == 0
    assert second["version"] == 1 and third["version"] == 2
    assert second["rows"] == 500 and second["lower"] < second["value"] < second["upper"]
    told = lab.events(EventKind.MONITOR_REPORTED)
    assert len(told) == 8 and told[0]["source"] == "churn@2"


def test_a_drop_is_an_alert_at_its_first_reading_and_the_run_under_way_is_what_is_done(lab: Watched) -> None:
    for number in (1, 2, 3):
        lab.arrive(number)
    lab.arrive(4, turned=True)
    assert lab.read(MonitorKind.PERFORMANCE)[-1] == ("churn@4", Reading.ALERT)
    [raised] = [one for one in lab.events(EventKind.ALERT_RAISED) if one["monitor"] == "churn/performance"]
    assert raised["since"] == {"dataset": "churn", "version": 4}
    [pulled] = lab.events(EventKind.TRIGGER_PULLED)
    assert pulled["action"] == "retrain" and "learns from these rows" in pulled["does"]
    alert = lab.alert(MonitorKind.PERFORMANCE)
    assert alert["evidence"]["since"] == {"dataset": "churn", "version": 4}
    assert alert["evidence"]["before"]["better"] is False, "the version before knows no more of the new rule"
    assert set(alert["evidence"]["commands"]) == {"why", "roll back and hold", "silence"}


def test_an_alert_is_resolved_by_itself_when_it_is_well_again(lab: Watched) -> None:
    for number in (1, 2, 3):
        lab.arrive(number)
    lab.arrive(4, flipped=0.45)
    opened = lab.alert(MonitorKind.PERFORMANCE)
    assert opened["state"] == AlertState.OPEN
    lab.arrive(5)
    assert lab.alert(MonitorKind.PERFORMANCE) is None
    [resolved] = lab.events(EventKind.ALERT_RESOLVED)
    assert resolved["monitor"] == "churn/performance" and "well again" in resolved["why"]


def test_what_was_estimated_is_over_once_it_is_measured(lab: Watched) -> None:
    lab.arrive(1)
    lab.arrive(2)
    lab.arrive(3, labelled=False, moved=3)
    assert lab.alert(MonitorKind.ESTIMATE) is not None
    lab.arrive(4)
    assert lab.read(MonitorKind.PERFORMANCE)[-1] == ("churn@4", Reading.OK)
    assert lab.alert(MonitorKind.ESTIMATE) is None
    [resolved] = [one for one in lab.events(EventKind.ALERT_RESOLVED) if one["monitor"] == "churn/estimate"]
    assert "measured on churn@4" in resolved["why"]


def test_the_alert_of_a_monitor_that_is_switched_off_is_over(lab: Watched) -> None:
    """In the recipe, and by a person: it would hold for ever, and nothing would be promoted as before."""
    for number in (1, 2, 3):
        lab.arrive(number)
    lab.arrive(4, turned=True)
    assert lab.alert(MonitorKind.PERFORMANCE) is not None
    lab.recipe(RECIPE + "\n[monitors.performance]\nenabled = false\n")
    lab.arrive(5, turned=True)
    assert lab.alert(MonitorKind.PERFORMANCE) is None
    with lab.workspace.registry.read() as connection:
        assert alerts.suspects(connection) == [], "nobody has said that its labels are wrong"
    lab.recipe(RECIPE)
    lab.arrive(6)
    assert lab.alert(MonitorKind.PERFORMANCE) is not None
    monitoring.threshold(lab.workspace, "churn/performance", {}, enabled=False)
    assert lab.alert(MonitorKind.PERFORMANCE) is None
    assert [one["why"] for one in lab.events(EventKind.ALERT_RESOLVED) if "performance" in one["monitor"]] == [
        "its monitor is off", "its monitor is off"
    ]


def test_what_comes_while_the_monitors_read_is_read_before_it_is_learned_from(
    lab: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.arrive(1)
    assert lab.add("02.csv", month(2), HEADER).accepted
    reads, late = observe.arrivals, [3]

    def slowly(*asked: Any) -> Any:
        found = reads(*asked)
        for number in late:
            late.clear()
            assert lab.add(f"{number:02d}.csv", month(number), HEADER).accepted
        return found

    monkeypatch.setattr(observe, "arrivals", slowly)
    second, third = lab.work()
    assert lab.used(second["id"]) == [1, 2] and lab.used(third["id"]) == [1, 2, 3]
    assert [source for source, _ in lab.read(MonitorKind.PERFORMANCE)] == ["churn@2", "churn@3"]


def test_rows_without_labels_are_read_by_a_job_of_their_own(lab: Watched) -> None:
    lab.arrive(1)
    lab.arrive(2, labelled=False)
    assert lab.read(MonitorKind.ESTIMATE) == [("churn@2", Reading.OK)]
    assert lab.read(MonitorKind.DRIFT) == [("churn@2", Reading.OK)]
    assert lab.read(MonitorKind.PERFORMANCE) == []
    assert lab.observe() == 0, "nothing is left to read"


def test_drift_without_labels_only_tells_that_retraining_cannot_help(lab: Watched) -> None:
    lab.arrive(1)
    lab.arrive(2)
    lab.arrive(3, labelled=False, moved=1.5)
    assert lab.read(MonitorKind.DRIFT)[-1] == ("churn@3", Reading.ALERT)
    alert = lab.alert(MonitorKind.DRIFT)
    assert alert["evidence"]["columns"] == ["x"]
    assert "retraining cannot help" in alert["evidence"]["does"]
    held = [one for one in lab.events(EventKind.TRIGGER_HELD_BACK) if one["monitor"] == "churn/drift"]
    assert [one["rule"] for one in held] == ["no new labels"]
    with lab.workspace.registry.read() as connection:
        assert not [job for job in jobs.live(connection) if job["kind"] == JobKind.TRAIN]


def test_training_that_is_off_is_asked_for_by_a_decline(lab: Watched) -> None:
    lab.arrive(1)
    lab.arrive(2)
    lab.recipe(RECIPE + '\n[triggers]\nnew_data = false\ncooldown = "0s"\n')
    lab.add("03.csv", month(3, turned=True), HEADER)
    assert lab.work() == [] and lab.observe() == 1
    [pulled] = [one for one in lab.events(EventKind.TRIGGER_PULLED) if one["monitor"] == "churn/performance"]
    with lab.workspace.registry.read() as connection:
        [job] = [job for job in jobs.live(connection) if job["kind"] == JobKind.TRAIN]
    assert pulled["job"] == job["id"] and job["cause"] == "performance"
    assert job["payload"]["since"] == {"dataset": "churn", "version": 3}
    [run] = lab.work()
    assert run["cause"] == "performance"


def test_it_goes_back_where_the_version_before_does_better_on_the_same_rows(lab: Watched) -> None:
    """A bad month was learned from; the next true one shows that the version before knew better."""
    newest = RECIPE.replace('time = "day"', 'time = "day"\ntrain_on = "last:1"')
    lab.recipe(newest + "\n[monitors.performance]\nenabled = false\n")
    lab.arrive(1)
    lab.arrive(2, turned=True)
    assert lab.champion() == 2 and lab.read(MonitorKind.PERFORMANCE) == []
    lab.recipe(newest)
    lab.arrive(3)
    assert lab.read(MonitorKind.PERFORMANCE) == [("churn@3", Reading.ALERT)]
    [pulled] = lab.events(EventKind.TRIGGER_PULLED)
    assert pulled["action"] == "rollback" and pulled["version"] == 1 and "went back to v1" in pulled["does"]
    back = [one for one in lab.events(EventKind.ALIAS_MOVED) if one["why"] == champions.BREACHED]
    assert [(one["version"], one["before"]) for one in back] == [(1, 2)]
    with lab.workspace.registry.read() as connection:
        run = connection.exec_driver_sql("SELECT basis FROM run ORDER BY id DESC LIMIT 1").scalar_one()
    assert '"champion":1' in run.replace(" ", ""), "the run that follows is judged against the version that is back"


def test_a_held_model_does_not_go_back_by_itself(lab: Watched) -> None:
    newest = RECIPE.replace('time = "day"', 'time = "day"\ntrain_on = "last:1"')
    lab.recipe(newest + "\n[monitors.performance]\nenabled = false\n")
    lab.arrive(1)
    lab.arrive(2, turned=True)
    lab.recipe(newest)
    release.hold(lab.workspace, "churn", "an audit")
    lab.arrive(3)
    assert lab.champion() == 2
    assert [one["rule"] for one in lab.events(EventKind.TRIGGER_HELD_BACK)] == ["held"]


def test_what_the_monitors_cannot_read_never_stops_a_run(lab: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.services import reading

    lab.arrive(1)

    def broken(*_: object) -> None:
        raise RuntimeError("somebody's estimator")

    monkeypatch.setattr(reading.Reader, "arrival", broken)
    lab.arrive(2)
    assert lab.champion() == 2
    assert lab.read(MonitorKind.DRIFT) == []
