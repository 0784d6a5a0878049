"""Cron lines of recipes: followed as they change, fired by the daemon's thread, made up for when missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.automation.schedule import Schedule
from core.automation.ticks import CRON, Ticks
from core.errors import Busy
from core.recipes.recipe import Recipe, parse
from core.registry import jobs
from core.services import recipes, scheduling
from core.vocabulary import Cause
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.clock import FakeClock


@pytest.fixture
def schedule() -> Iterator[Schedule]:
    made = Schedule(UTC)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def house(workspace: Workspace) -> Workspace:
    for name in ("churn", "other"):
        (workspace.recipes / f"{name}.toml").write_text('watch = "inbox"\ntarget = "y"\n')
    recipes.sync(workspace)
    rows.version(workspace)
    return workspace


@pytest.fixture
def woken() -> list[bool]:
    return []


@pytest.fixture
def ticks(house: Workspace, schedule: Schedule, woken: list[bool]) -> Ticks:
    return Ticks(house, schedule, lambda: woken.append(True))


def recipe(name: str = "churn", line: str = "0 12 * * *") -> Recipe:
    return parse(f'watch = "inbox"\ntarget = "y"\nschedule = "{line}"\n', f"{name}.toml", name)


def live(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.registry.read() as connection:
        return [(job["lane"], job["cause"]) for job in jobs.live(connection)]


def next_times(workspace: Workspace) -> dict[str, datetime | None]:
    with workspace.registry.read() as connection:
        found = connection.execute(scheduling.SCHEDULE.select()).fetchall()
    return {row.recipe: row.next_at for row in found}


def test_lines_are_followed_as_they_come_change_and_go(
    ticks: Ticks, schedule: Schedule, house: Workspace
) -> None:
    ticks.follow([recipe(), recipe("other", "")])
    assert schedule.names() == {CRON + "churn"}
    first = schedule.next_time(CRON + "churn")
    assert next_times(house) == {"churn": first}
    ticks.follow([recipe(line="0 13 * * *"), recipe("other")])
    assert schedule.names() == {CRON + "churn", CRON + "other"}
    assert next_times(house) == {"churn": schedule.next_time(CRON + "churn"), "other": first}
    ticks.follow([])
    assert schedule.names() == set()
    assert next_times(house) == {"churn": None, "other": None}


def test_a_line_that_stays_is_left_alone(ticks: Ticks, schedule: Schedule, house: Workspace) -> None:
    """Setting it anew would lose a tick that is just coming due, and write at every rescan."""
    ticks.follow([recipe()])
    before = schedule._scheduler.get_job(CRON + "churn")
    counter = house.registry.change_counter()
    seen = counter.value()
    ticks.follow([recipe()])
    assert schedule._scheduler.get_job(CRON + "churn") is before
    assert counter.value() == seen
    counter.close()


def test_a_tick_asks_for_a_run_in_the_next_step(
    ticks: Ticks, schedule: Schedule, house: Workspace, woken: list[bool]
) -> None:
    ticks.follow([recipe()])
    schedule._scheduler.get_job(CRON + "churn").func()
    assert (woken, live(house)) == ([True], [])
    ticks.step()
    ticks.step()
    assert live(house) == [("train:churn", Cause.SCHEDULE)]


def test_a_tick_that_cannot_be_written_now_is_written_later(
    ticks: Ticks, schedule: Schedule, house: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks.follow([recipe()])
    schedule._scheduler.get_job(CRON + "churn").func()
    real = scheduling.fire

    def locked(*arguments: Any) -> None:
        raise Busy("the registry is locked by another process")

    monkeypatch.setattr(scheduling, "fire", locked)
    with pytest.raises(Busy):
        ticks.step()
    monkeypatch.setattr(scheduling, "fire", real)
    ticks.step()
    assert live(house) == [("train:churn", Cause.SCHEDULE)]


def test_a_tick_of_a_recipe_that_is_gone_is_told_and_dropped(
    ticks: Ticks, schedule: Schedule, house: Workspace, capfd: pytest.CaptureFixture[str]
) -> None:
    ticks.follow([recipe()])
    schedule._scheduler.get_job(CRON + "churn").func()
    (house.recipes / "churn.toml").unlink()
    ticks.step()
    assert "recipe churn: its schedule came due in vain: " in capfd.readouterr().out
    ticks.step()
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(("passed", "asked"), [(timedelta(days=3), 1), (timedelta(hours=-1), 0)])
def test_what_was_missed_without_a_daemon_is_made_up_for_once(
    ticks: Ticks, house: Workspace, clock: FakeClock, passed: timedelta, asked: int
) -> None:
    scheduling.remember(house, {"churn": ("0 12 * * *", clock.now() - passed)})
    ticks.follow([recipe()])
    ticks.step()
    ticks.step()
    assert len(live(house)) == asked
    following = next_times(house)["churn"]
    assert following is not None
    assert following > datetime.now(UTC)


def test_a_pause_is_no_miss(ticks: Ticks, house: Workspace, clock: FakeClock) -> None:
    ticks.follow([recipe()])
    ticks.follow([])
    clock.go_on(10 * 86400)
    ticks.follow([recipe()])
    ticks.step()
    assert live(house) == []


def test_a_line_that_is_none_is_told_and_stops_no_other(
    ticks: Ticks, schedule: Schedule, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = recipe().model_copy(update={"triggers": recipe().triggers.model_copy(update={"schedule": "often"})})
    ticks.follow([broken, recipe("other")])
    assert schedule.names() == {CRON + "other"}
    assert "recipe churn: triggers.schedule: 'often'" in capfd.readouterr().out
