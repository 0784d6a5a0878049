"""A console comes back as it was left: sort, filter, columns and cursor of each list, theme, screen, typed lines."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from benchmarks.measuring import environment
from benchmarks.terminal import Terminal
from console.seats import desk_of
from core.workspace import Workspace
from screens import state
from screens.memory import Memory
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(state.OVERRIDE, str(tmp_path / "state"))
    return tmp_path / "state"


def remembered(workspace: Workspace) -> Memory:
    return Memory(workspace.root, state.load(workspace.root))


def setting(driver: Driver) -> tuple[object, ...]:
    screen = driver.screen
    return (
        screen.NAME, screen.place.where, screen.place.order, screen.table.current_identity(),
        [column.name for column in screen.columns()], driver.app.theme,
    )


async def test_lists_theme_screen_and_lines_come_back(world: World, console: Opened) -> None:
    for score in (0.7, 0.8, 0.9):
        world.run("flights", score=score)
    async with console(world.workspace, memory=remembered(world.workspace)) as driver:
        await driver.press("3", "o", "n", "colon")
        await driver.type("columns run,state")
        await driver.keys("enter")
        await driver.until(lambda: len(driver.screen.columns()) == 2)
        await driver.press("slash")
        await driver.type("state=finished")
        await driver.keys("enter")
        await driver.until(lambda: driver.screen._taken[0] == "state=finished" and len(driver.screen.table.rows) > 2)
        await driver.press("j", "colon")
        await driver.type("theme light")
        await driver.keys("enter")
        left = setting(driver)
        assert left[:2] == ("experiments", "state=finished") and left[2] and left[5] == "footplate-light"
        driver.app.exit()
        driver.app.desk.memory.write()
    async with console(world.workspace, memory=remembered(world.workspace)) as driver:
        assert setting(driver) == left
        assert driver.app.desk.memory.lines == ["columns run,state", "theme light"]
        await driver.press("2")
        assert driver.screen.place.where == "" and driver.screen.place.columns == ()


async def test_a_list_deeper_down_keeps_order_and_columns_of_its_kind(world: World, console: Opened) -> None:
    world.version("flights", file="more.csv")
    memory = remembered(world.workspace)
    async with console(world.workspace, memory=memory) as driver:
        await driver.press("2", "enter", "o", "s", "escape")
        driver.app.keep()
        await driver.until(lambda: "data version" in state.load(world.workspace.root).lists)
    again = remembered(world.workspace)
    async with console(world.workspace, memory=again) as driver:
        assert driver.screen.NAME == "data" and len(driver.screen.stack) == 1
        await driver.press("enter")
        assert driver.screen.place.order.endswith("state") and driver.screen.place.where == ""


async def test_what_does_not_fit_any_more_is_left_out(world: World, console: Opened) -> None:
    kept = state.Kept(
        screen="nowhere", theme="neon", lists={
            "overview model": state.ListState("nofield=3", "-nonsense", "gone", ("gone", "columns")),
            "experiments run": state.ListState("", "-nonsense", 10**30, ("gone",)),
        },
    )
    async with console(world.workspace, memory=Memory(None, kept)) as driver:
        assert driver.screen.NAME == "overview" and driver.app.theme == "footplate-dark"
        await driver.keys("escape")
        await driver.until(lambda: driver.screen.table.rows and driver.screen.place.where == "")
        await driver.press("3")
        await driver.until(lambda: driver.screen.table.rows and driver.screen.place.order == "")


async def test_nowhere_to_keep_it_is_no_trouble(
    world: World, console: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    monkeypatch.setenv(state.OVERRIDE, str(tmp_path / "file"))
    desk = desk_of(world.workspace)
    async with console(world.workspace, memory=desk.memory) as driver:
        await driver.press("3", "2")
        driver.app.exit()
        driver.app.desk.memory.write()
    assert state.load(world.workspace.root) == state.Kept()


def test_a_theme_that_the_settings_say_since_wins() -> None:
    memory = Memory()
    assert memory.theme_over("dark") == "dark"
    memory.choose_theme("light", "dark")
    assert memory.theme_over("dark") == "light" and memory.theme_over("mono") == "mono"


def test_a_workspace_that_is_opened_is_known(world: World) -> None:
    memory = desk_of(world.workspace).memory
    assert memory.take_down()
    memory.write()
    assert [(one.root, one.name) for one in state.known()] == [(str(world.workspace.root), "house")]
    assert not memory.take_down()


@pytest.mark.parametrize(("number", "restored"), [(signal.SIGHUP, False), (signal.SIGTERM, True)])
def test_a_line_that_breaks_or_a_kill_loses_nothing(
    world: World, home: Path, number: signal.Signals, restored: bool
) -> None:
    command = [sys.executable, "-m", "console", "-w", str(world.workspace.root)]
    with Terminal(command, environment(FOOTPLATE_STATE=str(home))) as terminal:
        terminal.until(lambda screen: "flights" in screen)
        terminal.send("3")
        terminal.until(lambda screen: "Experiments" in screen and "recipe" in screen)
        terminal.send("jj")
        terminal.until(lambda screen: "3 of 7" in screen)
        terminal.take()
        terminal.process.send_signal(number)
        while terminal.process.poll() is None:
            terminal.read(0.1)
        terminal.settle()
        assert terminal.process.returncode == 128 + number
        assert (b"\x1b[?1049l" in terminal.take()) == restored
    kept = state.load(world.workspace.root)
    assert kept.screen == "experiments" and kept.lists["experiments run"].cursor == 5
