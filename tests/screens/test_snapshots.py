"""Pictures of the console, each looked at before it was accepted. Times stand still: the clock is held."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from console.app import Console
from core.views import overview
from core.views.overview import Disk
from screens.desk import Desk
from tests.screens.drawn import falling, kinds, leave
from tests.screens.driver import Driver, no_daemon
from tests.screens.world import World

Prepare = Callable[[Pilot[None]], Awaitable[None]]


@pytest.fixture
def house(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same disk everywhere."""
    disk = Disk(2_850_546, 12_031_446, 393_216, 83_000_000_000)
    monkeypatch.setattr(overview, "_disk", lambda connection, workspace: disk)
    return world


def console_of(world: World) -> Console:
    return Console(Desk(world.workspace, no_daemon, no_daemon))


def pressing(app: Console, *keys: str, until: Callable[[Driver], object] = lambda driver: True) -> Prepare:
    """Press keys, each when the one before is done, then wait for what must be seen."""

    async def prepare(pilot: Pilot[None]) -> None:
        driver = Driver(app, pilot)
        await driver.ready()
        await driver.until(lambda: app.seats[0].heading is not None)
        for key in keys:
            await driver.press(key)
        await driver.until(lambda: until(driver), "the picture")
        await driver.still()
        for screen in app.screen_stack:  # what lies under a question is painted from what was painted of it last
            screen.refresh()
            await driver.settle()

    return prepare


def test_overview(house: World, snap_compare: Any) -> None:
    app = console_of(house)
    shown = pressing(app, until=lambda driver: "free" in driver.text())
    assert snap_compare(app, terminal_size=(80, 24), run_before=shown)


def test_profile_with_its_preview(house: World, snap_compare: Any) -> None:
    app = console_of(house)
    shown = pressing(app, "2", "enter", "down", "enter", until=lambda driver: "Quantiles" in driver.text())
    assert snap_compare(app, terminal_size=(120, 40), run_before=shown)


def test_model_versions_with_the_decision_record(house: World, snap_compare: Any) -> None:
    app = console_of(house)
    shown = pressing(app, "4", "enter", until=lambda driver: "Decision" in driver.text())
    assert snap_compare(app, terminal_size=(160, 45), run_before=shown)


def test_question_in_the_light_theme(house: World, snap_compare: Any) -> None:
    (house.workspace.root / "footplate.toml").write_text('theme = "light"\ntime_zone = "UTC"\n', "utf-8")
    app = console_of(house)
    shown = pressing(app, "4", "B", until=lambda driver: driver.modal == "Ask")
    assert snap_compare(app, terminal_size=(80, 24), run_before=shown)


def test_runs_without_colour(house: World, snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = console_of(house)
    assert app.theme == "footplate-mono"
    assert snap_compare(app, terminal_size=(80, 24), run_before=pressing(app, "3", "down", "space"))


def test_decisions_on_a_phone(house: World, snap_compare: Any) -> None:
    app = console_of(house)
    assert snap_compare(app, terminal_size=(48, 20), run_before=pressing(app, "6", "tab"))


def test_curves_of_three_runs_without_colour(house: World, snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    for id in (5, 6, 7):
        leave(house, id, kinds("binary", seed=id - 4), falling(id))
    shown = pressing(
        app := console_of(house), "3", "space", "space", "space", "equals_sign", "J", "J",
        until=lambda driver: "false positive rate" in driver.text(),
    )
    assert snap_compare(app, terminal_size=(80, 24), run_before=shown)


def test_a_run_with_all_that_it_left(house: World, snap_compare: Any) -> None:
    leave(house, 7, kinds("multiclass"), falling())
    shown = pressing(
        app := console_of(house), "3", "enter", "J", "J", until=lambda driver: "Confusion" in driver.text()
    )
    assert snap_compare(app, terminal_size=(160, 45), run_before=shown)
