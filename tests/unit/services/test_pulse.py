"""What is watched by the clock: silence, what serves, and monitors that do not read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.monitoring.service import BUCKETS, bucket
from core.registry import alerts, deliveries, deployments, jobs, monitors
from core.registry.sources import Signature
from core.services import pulse, reading
from core.vocabulary import JobKind, JobState, MonitorKind, Reading, Role
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.traffic import answered
from tests.fakes.watched import RECIPE, Watched

DAY = 86_400.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lab(tmp_path: Path, clock: FakeClock) -> Watched:
    """A month's file a day for five days; it has a champion since the first."""
    workspace, _ = Workspace.init(tmp_path / "place", clock=clock)
    made = Watched(workspace, RECIPE)
    for number in range(1, 6):
        made.arrive(number)
        pulse.beat(workspace)
        clock.go_on(DAY)
    return made


def live(lab: Watched) -> list[str]:
    with lab.workspace.registry.read() as connection:
        return [row["monitor"] for row in alerts.live(connection)]


def test_silence_is_an_alert_once_and_an_arrival_ends_it(lab: Watched, clock: FakeClock) -> None:
    assert [verdict for _, verdict in lab.read(MonitorKind.FRESHNESS)] == [Reading.OK] * 3, "two pauses tell a rhythm"
    clock.go_on(0.9 * DAY)
    pulse.beat(lab.workspace)
    assert live(lab) == []
    clock.go_on(0.2 * DAY)
    for _ in range(5):
        pulse.beat(lab.workspace)
        clock.go_on(10)
    assert lab.read(MonitorKind.FRESHNESS)[-1] == ("after churn@5", Reading.ALERT) and live(lab) == ["churn/freshness"]
    assert len(lab.read(MonitorKind.FRESHNESS)) == 4, "a silence is read once"
    lab.arrive(6)
    pulse.beat(lab.workspace)
    assert live(lab) == []


def test_a_paused_recipe_is_not_missed(lab: Watched, clock: FakeClock) -> None:
    from core.services import recipes

    recipes.pause(lab.workspace, "churn")
    clock.go_on(9 * DAY)
    pulse.beat(lab.workspace)
    assert live(lab) == []


def serve(lab: Watched, clock: FakeClock, *, errors: int = 0, seconds: float = 0.004, minutes: int = 5) -> None:
    """Some minutes of 100 requests each; then the servers have told of them."""
    for _ in range(minutes):
        latency = [0] * BUCKETS
        latency[bucket(seconds)] = 100
        key: dict[str, Any] = {
            "model": "churn", "environment": "production", "version": lab.champion(), "role": "stable",
            "minute": clock.now().replace(second=0, microsecond=0),
        }
        with lab.workspace.registry.write("server") as tx:
            deployments.add_traffic(tx, key, {
                "requests": 100, "errors": errors, "rows": 100, "seconds": 100 * seconds, "compared": 0, "agreed": 0,
                "latency": latency,
            })
        clock.go_on(60)
    clock.go_on(60)
    pulse.beat(lab.workspace)


def settled(clock: FakeClock) -> None:
    """To the next full quarter of an hour."""
    clock.go_on(900 - clock.now().timestamp() % 900)


def test_what_serves_is_well_until_it_errs_or_slows_down(lab: Watched, clock: FakeClock) -> None:
    for _ in range(4):
        settled(clock)
        serve(lab, clock)
    assert [verdict for _, verdict in lab.read(MonitorKind.SERVICE)] == [Reading.OK] * 4
    settled(clock)
    serve(lab, clock, errors=5)
    assert live(lab) == ["churn/service"]
    settled(clock)
    serve(lab, clock)
    assert live(lab) == []
    settled(clock)
    serve(lab, clock, seconds=0.5)
    assert live(lab) == ["churn/service"]
    with lab.workspace.registry.read() as connection:
        last = monitors.last(connection, "churn/service")
    assert last is not None and "is usual" in last["summary"] and last["value"] > last["threshold"]


def test_a_few_errors_by_chance_are_no_alert(lab: Watched, clock: FakeClock) -> None:
    settled(clock)
    serve(lab, clock, errors=1)
    assert lab.read(MonitorKind.SERVICE) == [(f"production {iso(clock, 6)}", Reading.OK)]


def iso(clock: FakeClock, minutes: int) -> str:
    return (clock.now() - timedelta(minutes=minutes)).isoformat()[:16]


def test_a_monitor_that_does_not_read_is_an_alert(
    lab: Watched, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("somebody's estimator")

    arrival = reading.Reader.arrival
    monkeypatch.setattr(reading.Reader, "arrival", broken)
    lab.recipe(RECIPE + "\n[triggers]\nnew_data = false\n")
    lab.add("06.csv", [["2026-06-01", 0.1 * one, 0.2, "yes"] for one in range(60)], ("day", "x", "z", "y"))
    with lab.workspace.registry.read() as connection:
        [job] = [one for one in jobs.live(connection) if one["kind"] == JobKind.OBSERVE]
    pulse.beat(lab.workspace)
    assert live(lab) == [], "it waits for its job"
    fence, _ = lab.claimed(job["id"])
    with lab.workspace.registry.write("daemon") as tx:
        jobs.fail(tx, fence, "RuntimeError: somebody's estimator")
    clock.go_on(16 * 60)
    pulse.beat(lab.workspace)
    assert live(lab) == ["churn/watch"]
    monkeypatch.setattr(reading.Reader, "arrival", arrival)
    from core.services import monitoring

    monitoring.check(lab.workspace, "churn")
    assert lab.observe() == 1
    pulse.beat(lab.workspace)
    assert "churn/watch" not in live(lab)


def test_what_nobody_was_asked_to_read_is_asked_for_once(lab: Watched) -> None:
    with lab.workspace.registry.write("daemon") as tx:
        tx.connection.exec_driver_sql("DELETE FROM monitorreport WHERE source = 'churn@5'")
        tx.connection.exec_driver_sql("UPDATE alias SET version = 4")
    for _ in range(3):
        pulse.beat(lab.workspace)
    with lab.workspace.registry.read() as connection:
        waiting = [job for job in jobs.live(connection) if job["kind"] == JobKind.OBSERVE]
    assert len(waiting) == 1 and waiting[0]["state"] == JobState.QUEUED
    assert lab.observe() == 1
    pulse.beat(lab.workspace)
    assert lab.observe() == 0


def test_what_is_answered_adds_up_to_a_window_also_where_that_is_little(tmp_path: Path, clock: FakeClock) -> None:
    workspace, _ = Workspace.init(tmp_path / "place", clock=clock)
    lab = Watched(workspace, RECIPE)
    lab.arrive(1)
    begun = clock.now()

    def windows() -> list[Any]:
        clock.go_on(3600)
        pulse.beat(workspace)
        with workspace.registry.read() as connection:
            return [job["payload"]["window"] for job in jobs.live(connection) if "window" in job["payload"]]

    answered(workspace, 1, Role.STABLE, 120)
    answered(workspace, 1, Role.SHADOW, 500)
    assert windows() == []
    answered(workspace, 1, Role.STABLE, 120)
    [window] = windows()
    assert datetime.fromisoformat(window["since"]) < begun < datetime.fromisoformat(window["until"])
    with workspace.registry.write("tester") as tx:
        for job in jobs.live(tx.connection):
            jobs.cancel(tx, job["id"])
    answered(workspace, 1, Role.STABLE, 120)
    assert windows() == [], "what a window held is not counted again"
    with workspace.registry.write("tester") as tx:
        deliveries.by_hand(tx, "churn", JobKind.SCORE, b"/scoring/a.csv", Signature(1, 1, 1, 1), rows=300)
    [window] = windows()
    assert datetime.fromisoformat(window["since"]) > begun, "a folder that is scored is watched, too"
