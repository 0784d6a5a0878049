"""Cron lines: what comes due asks for a run, and what was missed is known at the next start."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.errors import NotFound
from core.registry import jobs
from core.services import recipes, scheduling
from core.vocabulary import Cause
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.clock import START, FakeClock

NEXT = START + timedelta(hours=1)


@pytest.fixture
def house(workspace: Workspace) -> Workspace:
    for name in ("churn", "other"):
        (workspace.recipes / f"{name}.toml").write_text('watch = "inbox"\ntarget = "y"\nschedule = "0 * * * *"\n')
    recipes.sync(workspace)
    return workspace


def schedules(workspace: Workspace) -> dict[str, tuple[Any, ...]]:
    with workspace.registry.read() as connection:
        found = connection.execute(scheduling.SCHEDULE.select().order_by(scheduling.SCHEDULE.c.recipe)).fetchall()
    return {row.recipe: (row.cron, row.last_at, row.next_at) for row in found}


def live(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.registry.read() as connection:
        return [(job["lane"], job["cause"]) for job in jobs.live(connection)]


def follow(workspace: Workspace, *names: str, at: datetime = NEXT) -> None:
    scheduling.remember(workspace, dict.fromkeys(names, ("0 * * * *", at)))


def test_the_next_time_is_kept_for_those_that_are_followed(house: Workspace) -> None:
    follow(house, "churn", "other")
    follow(house, "churn", at=NEXT + timedelta(hours=1))
    assert schedules(house) == {
        "churn": ("0 * * * *", None, NEXT + timedelta(hours=1)), "other": ("0 * * * *", None, None),
    }
    follow(house)
    assert {next_at for _, _, next_at in schedules(house).values()} == {None}


def test_what_was_missed_is_known(house: Workspace, clock: FakeClock) -> None:
    follow(house, "churn", "other")
    assert scheduling.missed(house) == set()
    clock.go_on(3600)
    assert scheduling.missed(house) == {"churn", "other"}
    follow(house, "other", at=clock.now() + timedelta(hours=1))
    assert scheduling.missed(house) == set()


def test_a_tick_asks_for_a_run(house: Workspace, clock: FakeClock) -> None:
    rows.version(house)
    follow(house, "churn")
    clock.go_on(3600)
    assert scheduling.fire(house, "churn", NEXT + timedelta(hours=1)) is not None
    assert live(house) == [("train:churn", Cause.SCHEDULE)]
    assert schedules(house)["churn"] == ("0 * * * *", NEXT, NEXT + timedelta(hours=1))
    scheduling.fire(house, "churn", None)
    assert len(live(house)) == 1


def test_without_data_or_while_paused_a_tick_asks_for_nothing(house: Workspace) -> None:
    follow(house, "churn")
    assert scheduling.fire(house, "churn", NEXT) is None
    rows.version(house)
    recipes.pause(house, "churn")
    assert scheduling.fire(house, "churn", NEXT) is None
    assert live(house) == []
    assert schedules(house)["churn"][1] == START


def test_a_recipe_that_is_broken_just_now_runs_as_it_was(house: Workspace) -> None:
    rows.version(house)
    (house.recipes / "churn.toml").write_text("watch = ")
    assert scheduling.fire(house, "churn", NEXT) is not None


def test_a_recipe_that_is_gone(house: Workspace) -> None:
    (house.recipes / "churn.toml").unlink()
    with pytest.raises(NotFound):
        scheduling.fire(house, "churn", NEXT)
