from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import NotFound
from core.services import monitoring
from core.views import alerts, monitors, overview
from core.vocabulary import MonitorKind, Reading
from tests.screens.watched import MONTHS, drifts, read, silence, watched
from tests.screens.world import RECIPE, World, flights


@pytest.fixture
def past(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "place")
    flights(world)
    watched(world)
    (world.workspace.recipes / "flights.toml").write_text(RECIPE, "utf-8")
    yield world
    world.close()


def test_a_monitor_says_since_when_it_is_what_it_is(past: World) -> None:
    one = monitors.show(past.workspace, "flights/drift")
    assert one.since == past.ago(69), "the reading before the last was the first that was an alert"
    assert monitors.show(past.workspace, "flights/performance").since == past.ago(9)


def test_by_verdict_the_worst_comes_first_and_not_the_first_word(past: World) -> None:
    found = [one.verdict for one in monitors.list(past.workspace, where="flights", order="verdict")]
    assert found[:3] == ["alert", "alert", "warning"] and found[-1] == "ok"


def test_a_series_goes_further_back_than_a_monitor_shows(past: World) -> None:
    drifts(past, MONTHS + 1, MONTHS + 30, 0)
    assert len(monitors.show(past.workspace, "flights/drift").readings) == 24
    series = monitors.series(past.workspace, "flights/drift", 100)
    assert [series[0].source, series[-1].source] == ["flights@1", "flights@36"]


def test_an_alert_says_what_since_when_and_what_can_be_done(past: World) -> None:
    page = alerts.list(past.workspace)
    assert [(one.monitor, one.state) for one in page] == [("flights/performance", "open"), ("flights/drift", "open")]
    one = alerts.show(past.workspace, 2)
    assert (one.rows, one.source, one.before["version"]) == (2500, "flights@6", 1)
    assert one.commands["silence"] == "footplate monitors silence flights/performance 8h"
    assert alerts.show(past.workspace, 1).readings == 2
    with pytest.raises(NotFound):
        alerts.show(past.workspace, 9)


def test_those_that_hold_stand_first_where_that_is_asked_for(past: World) -> None:
    with past.write() as tx:
        tx.connection.exec_driver_sql("UPDATE alert SET state = 'resolved' WHERE id = 2")
    assert [one.id for one in alerts.list(past.workspace, order="-rank")] == [1, 2]
    assert alerts.count(past.workspace, "state=resolved") == 1


def needs(world: World) -> list[str]:
    return [need.subject for need in overview.brief(world.workspace).needs if need.kind == "alert"]


def test_an_alert_needs_a_person_until_it_is_known_or_silenced(past: World) -> None:
    assert needs(past) == ["alert 1", "alert 2"]
    silence(past, "flights/drift", 1)
    assert needs(past) == ["alert 2"]
    past.clock.moment += timedelta(hours=2)
    assert needs(past) == ["alert 1", "alert 2"], "the silence is over"
    line = next(one for one in overview.overview(past.workspace).models if one.name == "flights")
    assert line.state == "alert" and line.next.startswith("flights/drift: 1 of 3 columns moved")


def test_a_silence_may_last_until_the_alert_is_resolved(past: World) -> None:
    assert "until its alert is resolved" in monitoring.silence(past.workspace, "flights/drift", "resolved")
    assert "for good" in monitoring.silence(past.workspace, "flights/performance", "forever")
    assert needs(past) == []
    past.clock.moment += timedelta(days=4000)
    assert needs(past) == []


def test_what_a_monitor_goes_by_is_told_with_who_said_so(past: World) -> None:
    assert monitoring.effective(past.workspace, "flights/drift")["effect"] == (0.1, "default")
    monitoring.threshold(past.workspace, "flights/drift", {"effect": "0.3"})
    assert monitoring.effective(past.workspace, "flights/drift")["effect"] == (0.3, "set by people")


def test_the_loop_says_the_worst_verdict_and_what_is_served(past: World) -> None:
    loop = overview.overview(past.workspace).loop
    assert (loop.monitors, loop.served) == ("alert", None)


def test_a_reading_that_alerts_again_adds_to_the_alert(past: World) -> None:
    read(past, MonitorKind.PERFORMANCE, "flights@7", Reading.ALERT, "worse", minutes=1, value=0.6)
    assert (alerts.show(past.workspace, 2).readings, len(alerts.list(past.workspace))) == (2, 2)
