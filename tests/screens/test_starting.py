"""From the first paint on: the frame comes before the registry, keys that are pressed meanwhile are kept."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from console import starting
from core.errors import BadSettings
from core.workspace import Workspace
from tests.screens.driver import Driver
from tests.screens.world import World


async def test_keys_that_are_pressed_before_all_is_there_are_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, prepared = threading.Event(), starting.desk_of

    def slowly(workspace: Workspace, **options: Any) -> object:
        assert go_on.wait(20)
        return prepared(workspace, **options)

    monkeypatch.setattr(starting, "desk_of", slowly)
    app = starting.Starting(world.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        driver = Driver(app, pilot)
        await pilot.press("2")
        await driver.until(lambda: app._opening.typed, "the key is kept")
        lines = driver.lines()
        assert lines[0].split() == ["footplate", world.workspace.root.name]
        assert "Overview" in lines[1] and lines[-1].endswith("? help ")
        await driver.until(lambda: "flights" in driver.text(), "its first rows come before what acts on them")
        go_on.set()
        await driver.until(lambda: app.current_mode == "data", "the key led to its screen")
        await driver.ready()
        assert "flights" in driver.text()


async def test_q_quits_before_all_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(starting, "desk_of", lambda workspace, **options: go_on.wait(20))
    app = starting.Starting(world.workspace)
    async with app.run_test() as pilot:
        await pilot.press("q")
        go_on.set()
    assert app.return_code == 0 and app.failed is None


def test_settings_that_cannot_be_used_are_told_as_ever(world: World) -> None:
    root = world.workspace.root
    (root / "footplate.toml").write_text("theme = 7\n", "utf-8")
    app = starting.Starting(Workspace.open(root))
    app.run(headless=True)
    assert isinstance(app.failed, BadSettings)


async def test_ctrl_c_says_how_to_quit_before_all_is_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, prepared = threading.Event(), starting.desk_of

    def slowly(workspace: Workspace, **options: Any) -> object:
        assert go_on.wait(20)
        return prepared(workspace, **options)

    monkeypatch.setattr(starting, "desk_of", slowly)
    app = starting.Starting(world.workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        driver = Driver(app, pilot)
        await pilot.press("ctrl+c")
        assert "q quits the console" in driver.lines()[-1] and not app._opening.typed
        go_on.set()
        await driver.until(lambda: app.current_mode == "overview", "it opens")
        await driver.ready()
