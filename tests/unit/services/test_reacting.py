"""Retrain storms are impossible: whatever a monitor reads, runs stay within cooldown and budget, and people are told
once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.recipes.recipe import Recipe
from core.registry import alerts, jobs
from core.services import readings, recipes
from core.services.readings import Taken
from core.settings import NotifySettings
from core.vocabulary import AlertState, EventKind, MonitorKind, Reading
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.watched import RECIPE, Watched

TELL = NotifySettings(webhook="http://127.0.0.1:9/")
BASE = RECIPE + "\n[triggers]\nnew_data = false\n"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lab(tmp_path: Path, clock: FakeClock) -> Watched:
    """A champion, and labelled rows that it has not learned from."""
    workspace, _ = Workspace.init(tmp_path / "place", clock=clock)
    made = Watched(workspace, RECIPE)
    made.arrive(1)
    return made


def after(lab: Watched, more: str = "") -> Recipe:
    """The recipe with training by new data off, and the rows that came since."""
    lab.recipe(BASE + more)
    lab.arrive(2)
    return recipes.in_force(lab.workspace, "churn").recipe


def read(lab: Watched, recipe: Recipe, place: int, verdict: Reading, kind: MonitorKind) -> None:
    with lab.workspace.registry.write("daemon") as tx:
        taken = Taken(kind, f"production {place:04d}", lab.champion(), 500, verdict, f"reading {place}", value=0.5)
        readings.keep(tx, recipe, taken, tell=TELL)


def hour(lab: Watched, clock: FakeClock, recipe: Recipe, kind: MonitorKind, pattern: str, seconds: float = 30) -> int:
    """An hour of readings by the pattern ("ao": alert, ok); what may run is done. How many runs there were."""
    before, spent, place = count(lab), 0.0, 0
    while spent < 3600:
        verdict = Reading.ALERT if pattern[place % len(pattern)] == "a" else Reading.OK
        read(lab, recipe, place, verdict, kind)
        with lab.workspace.registry.write("daemon") as tx:
            jobs.wake(tx)
        lab.work()
        clock.go_on(seconds)
        spent, place = spent + seconds, place + 1
    return count(lab) - before


def count(lab: Watched) -> int:
    with lab.workspace.registry.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM run").scalar_one())


def told(lab: Watched, about: str) -> int:
    with lab.workspace.registry.read() as connection:
        query = "SELECT count(*) FROM notification WHERE about = ?"
        return int(connection.exec_driver_sql(query, (about,)).scalar_one())


@pytest.mark.parametrize("kind", [MonitorKind.DRIFT, MonitorKind.PERFORMANCE])
@pytest.mark.parametrize("pattern", ["ao", "aaoo", "a"])
def test_an_hour_of_oscillation_stays_within_the_cooldown_and_tells_once(
    lab: Watched, clock: FakeClock, kind: MonitorKind, pattern: str
) -> None:
    recipe = after(lab, 'cooldown = "10m"\n')
    runs = hour(lab, clock, recipe, kind, pattern)
    assert 1 <= runs <= 6, "one in ten minutes"
    assert told(lab, "raised") == 1
    with lab.workspace.registry.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alert").scalar() == 1, "one alert, again and again"


def test_the_daily_budget_holds(lab: Watched, clock: FakeClock) -> None:
    recipe = after(lab, 'cooldown = "0s"\nruns_per_day = 4\nbreaker = 1000\n')
    with lab.workspace.registry.read() as connection:
        earlier = int(connection.exec_driver_sql("SELECT count(*) FROM run").scalar_one())
    assert hour(lab, clock, recipe, MonitorKind.PERFORMANCE, "ao") == 4 - earlier
    held = [one["rule"] for one in lab.events(EventKind.TRIGGER_HELD_BACK)]
    assert "cooldown or budget" in held and told(lab, "raised") == 1


def test_the_breaker_stops_what_does_not_help_and_tells_a_person_once(tmp_path: Path, clock: FakeClock) -> None:
    """No challenger is surely better than the champion, which knows the rule already."""
    strict = '\n[gate]\ncompare = "significantly_better"\nconfidence = 0.999\n'
    workspace, _ = Workspace.init(tmp_path / "strict", clock=clock)
    lab = Watched(workspace, RECIPE + strict)
    lab.arrive(1)
    recipe = after(lab, 'cooldown = "0s"\n' + strict)
    runs = hour(lab, clock, recipe, MonitorKind.PERFORMANCE, "a", seconds=120)
    with lab.workspace.registry.read() as connection:
        outcomes = [row[0] for row in connection.exec_driver_sql("SELECT outcome FROM run ORDER BY id")]
    assert outcomes == ["promoted", "refused", "refused", "refused"] and runs == 3, "three in a row, and no more"
    assert told(lab, "breaker") == 1 and told(lab, "raised") == 1
    assert [one["rule"] for one in lab.events(EventKind.TRIGGER_HELD_BACK)][-1] == "breaker"


def test_persistence_waits_for_readings_that_agree(lab: Watched) -> None:
    recipe = after(lab, 'persistence = "2 of 3"\ncooldown = "0s"\n')
    read(lab, recipe, 1, Reading.ALERT, MonitorKind.PERFORMANCE)
    assert [one["rule"] for one in lab.events(EventKind.TRIGGER_HELD_BACK)] == ["persistence"]
    read(lab, recipe, 2, Reading.OK, MonitorKind.PERFORMANCE)
    assert lab.events(EventKind.TRIGGER_PULLED) == []
    read(lab, recipe, 3, Reading.ALERT, MonitorKind.PERFORMANCE)
    assert [one["action"] for one in lab.events(EventKind.TRIGGER_PULLED)] == ["retrain"]


def test_a_run_that_still_waits_is_called_off_when_all_is_well(lab: Watched) -> None:
    recipe = after(lab, 'cooldown = "1h"\n')
    read(lab, recipe, 1, Reading.ALERT, MonitorKind.PERFORMANCE)
    assert waiting(lab) == ["deferred"]
    read(lab, recipe, 2, Reading.OK, MonitorKind.PERFORMANCE)
    assert waiting(lab) == []


def waiting(lab: Watched) -> list[str]:
    with lab.workspace.registry.read() as connection:
        return [str(job["state"]) for job in jobs.live(connection) if job["cause"] == "performance"]


@pytest.mark.parametrize(("deed", "events"), [('"tell"', ["tell"]), ("false", [])])
def test_a_trigger_can_only_tell_or_be_off(lab: Watched, deed: str, events: list[str]) -> None:
    recipe = after(lab, f"performance = {deed}\n")
    for place in range(3):
        read(lab, recipe, place, Reading.ALERT, MonitorKind.PERFORMANCE)
    assert [one["action"] for one in lab.events(EventKind.TRIGGER_PULLED)] == events
    assert waiting(lab) == [] and told(lab, "raised") == 1


def test_what_is_silenced_tells_nobody_until_it_speaks_again(lab: Watched, clock: FakeClock) -> None:
    from core.services import monitoring

    recipe = after(lab)
    monitoring.silence(lab.workspace, "churn/performance", "1h")
    read(lab, recipe, 1, Reading.ALERT, MonitorKind.PERFORMANCE)
    assert told(lab, "raised") == 0
    clock.go_on(3601)
    read(lab, recipe, 2, Reading.ALERT, MonitorKind.PERFORMANCE)
    assert told(lab, "raised") == 1


def test_an_acknowledged_alert_that_comes_again_soon_stays_acknowledged(lab: Watched, clock: FakeClock) -> None:
    from core.services import alerting

    recipe = after(lab)
    read(lab, recipe, 1, Reading.ALERT, MonitorKind.QUALITY)
    alert = lab.alert(MonitorKind.QUALITY)
    alerting.acknowledge(lab.workspace, alert["id"])
    read(lab, recipe, 2, Reading.OK, MonitorKind.QUALITY)
    clock.go_on(60)
    read(lab, recipe, 3, Reading.ALERT, MonitorKind.QUALITY)
    found: Any = lab.alert(MonitorKind.QUALITY)
    assert found["id"] == alert["id"] and found["state"] == AlertState.ACKNOWLEDGED
    read(lab, recipe, 4, Reading.OK, MonitorKind.QUALITY)
    clock.go_on(2 * 3600)
    read(lab, recipe, 5, Reading.ALERT, MonitorKind.QUALITY)
    with lab.workspace.registry.read() as connection:
        newest = alerts.newest(connection, "churn/quality")
    assert newest is not None and newest["id"] != alert["id"] and newest["state"] == AlertState.OPEN


def test_a_decline_of_another_version_is_another_alert_however_soon(lab: Watched, clock: FakeClock) -> None:
    """A person knew of the decline before: of this one, which the version that mended it shows, nobody knows."""
    from core.services import alerting

    recipe = after(lab)
    champion = lab.champion()
    for version, verdict in ((champion, Reading.ALERT), (champion, Reading.OK), (champion + 1, Reading.ALERT)):
        with lab.workspace.registry.write("daemon") as tx:
            source = f"production {version} {verdict}"
            taken = Taken(MonitorKind.PERFORMANCE, source, version, 500, verdict, "reading", value=0.5)
            readings.keep(tx, recipe, taken, tell=TELL)
        alert: Any = lab.alert(MonitorKind.PERFORMANCE)
        if verdict == Reading.ALERT and version == champion:
            first = alert["id"]
            alerting.acknowledge(lab.workspace, first)
        clock.go_on(60)
    assert alert["id"] != first and alert["state"] == AlertState.OPEN
    assert told(lab, "raised") == 1, "the first was withdrawn when it was acknowledged"


def test_what_arrives_does_not_say_that_what_is_asked_for_is_well_again(lab: Watched) -> None:
    """Nor the other way round: requests and arrivals are different rows."""
    recipe = after(lab)

    def keep(source: str, verdict: Reading) -> None:
        with lab.workspace.registry.write("daemon") as tx:
            taken = Taken(MonitorKind.DRIFT, source, lab.champion(), 500, verdict, f"{source} was read")
            readings.keep(tx, recipe, taken, tell=TELL)

    def live() -> bool:
        with lab.workspace.registry.read() as connection:
            return alerts.open_for(connection, "churn", MonitorKind.DRIFT) is not None

    keep("production 2026-11-30T20:30", Reading.ALERT)
    keep("churn@98", Reading.OK)
    assert live()
    keep("production 2026-11-30T20:45", Reading.OK)
    assert not live()
    keep("churn@99", Reading.ALERT)
    keep("production 2026-11-30T21:00", Reading.OK)
    assert live()
