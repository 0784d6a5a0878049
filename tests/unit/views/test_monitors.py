from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import NotFound, UsageError
from core.views import monitors
from core.vocabulary import Verdict, VersionState
from tests.screens.world import World

ODD = {"check": "new_category", "column": "carrier", "message": "carrier has a new value"}


@pytest.fixture
def past(tmp_path: Path) -> Iterator[World]:
    """A file a day, the newest odd; three runs whose gate measured the champion; another dataset without any."""
    world = World(tmp_path / "place")
    world.recipe()
    world.recipe("empty")
    for day in (3, 2, 1):
        world.version(minutes=day * 1440, warnings=[ODD] if day == 1 else [])
        world.run(score=0.7, minutes=day * 1440 - 1, verdict=Verdict.PASSED if day > 1 else Verdict.FAILED)
    yield world
    world.close()


def verdicts(world: World, where: str = "", order: str = "") -> dict[str, str]:
    return {one.name: one.verdict for one in monitors.list(world.workspace, where=where, order=order)}


def test_what_is_odd_stands_first(past: World) -> None:
    found = verdicts(past)
    assert next(iter(found)) == "flights/quality"
    assert found == {
        "flights/quality": "warning", "flights/freshness": "ok", "flights/performance": "ok",
        "empty/freshness": "insufficient_data", "empty/quality": "insufficient_data",
    }


def test_silence_twice_as_long_as_usual_is_late(past: World) -> None:
    one = monitors.show(past.workspace, "flights/freshness")
    assert one.summary == "comes every 24 h, silent for 24 h" and one.value == 86_400
    past.clock.moment += timedelta(days=2)
    late = monitors.show(past.workspace, "flights/freshness")
    assert (late.verdict, late.summary) == ("warning", "comes every 24 h, silent for 3 d")


def test_the_champion_is_read_where_the_gate_measured_it(past: World) -> None:
    one = monitors.show(past.workspace, "flights/performance")
    assert [reading.value for reading in one.readings] == [0.7, 0.7, 0.7]
    assert one.unit == "roc_auc" and "higher is better" in one.summary
    assert [reading.run for reading in monitors.readings(past.workspace, one.name)] == [3, 2, 1]


def test_a_quarantined_version_has_no_quality(past: World) -> None:
    past.version(state=VersionState.QUARANTINED, minutes=1, warnings=[ODD, ODD])
    assert monitors.show(past.workspace, "flights/quality").readings[-1].source == "flights@3"


def test_they_are_filtered_and_ordered_as_every_list(past: World) -> None:
    assert [*verdicts(past, "verdict=ok", "name")] == ["flights/freshness", "flights/performance"]
    assert [*verdicts(past, "quality !empty")] == ["flights/quality"]
    found = monitors.readings(past.workspace, "flights/quality", where="value>0")
    assert [(one.source, one.note) for one in found] == [("flights@3", "carrier has a new value")]
    with pytest.raises(UsageError):
        monitors.list(past.workspace, where="verdct=ok")


def test_a_name_that_is_none_gets_the_nearest(past: World) -> None:
    with pytest.raises(NotFound, match="there is no monitor") as caught:
        monitors.show(past.workspace, "flights/fresh")
    assert "flights/freshness" in (caught.value.hint or "")


def test_what_it_is_not_is_said() -> None:
    assert "blind to concept drift" in monitors.STATEMENT
