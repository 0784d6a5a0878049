"""One key map: no clashes, nothing that terminals eat, everything described, every key does what it can."""

from __future__ import annotations

from importlib import import_module

import pytest
from textual.events import Key as Pressed

from screens import keys
from screens.asking import ConsoleScreen
from screens.desk import Desk
from screens.keys import MAP, QUESTION, SCREENS, TEXT
from screens.marks import Marks
from screens.modals.help import help_lines
from screens.modals.text_view import TextView
from tests.screens.driver import Driver, Opened, no_daemon
from tests.screens.world import World

FORBIDDEN = ("ctrl", "alt", "meta", "[", "]")


def screen_class(name: str) -> type[ConsoleScreen]:
    found: type[ConsoleScreen] = getattr(import_module(f"screens.{name}"), f"{name.capitalize()}Screen")
    return found


def test_nothing_means_two_things_on_one_screen() -> None:
    assert keys.clashes(MAP) == []
    assert keys.clashes(keys.resolved({"promote": "B"})) == ["B means promote and roll_back on models"]


def test_no_key_needs_what_terminals_eat() -> None:
    for key in MAP:
        for typed in key.keys:
            assert not any(typed.startswith(bad) or f"{bad}+" in typed for bad in FORBIDDEN), key


def test_keys_are_remapped_by_action() -> None:
    found = keys.of_screen(keys.resolved({"promote": "U", "back": "escape I"}), keys.MODELS)
    assert found["U"].action == "promote" and "P" not in found
    assert found["I"].action == found["escape"].action == "back" and "backspace" not in found


def test_every_key_has_a_description_an_action_and_a_line_in_the_help(world: World) -> None:
    desk = Desk(world.workspace, no_daemon, no_daemon)
    for name in SCREENS:
        shown = "\n".join(line.plain for line in help_lines(desk, name))
        for key in MAP:
            if name not in key.screens:
                continue
            assert key.description in shown and key.shown() in shown
            if not key.action.startswith("screen_"):
                assert callable(getattr(screen_class(name), f"action_{key.action}")), key
    for key in desk.map(TEXT).values():
        assert callable(getattr(TextView, f"action_{key.action}")), key
    scroll = {"down", "up", "first", "last", "page_down", "page_up"}
    assert {key.action for key in desk.map(QUESTION).values()} == {"yes", "no", "copy_command", *scroll}


def state(driver: Driver) -> tuple[object, ...]:
    """All that a key could have changed."""
    screen = driver.screen
    return (
        driver.modal, driver.said, screen.NAME, screen.tab, len(screen.stack), screen.place.order, screen.bar.is_open,
        screen.table.cursor, screen.table._from, len(screen.place.marks), screen.page.scroll_y,
    )


async def back_to_the_list(driver: Driver) -> None:
    """As it was: no modal, no bar, the first list, the cursor on its second row."""
    screen = driver.screen
    while driver.modal:
        driver.app.pop_screen()
        await driver.settle()
    screen._sorting = {}
    if screen.bar.is_open or len(screen.stack) > 1 or screen.tab or screen.place.order or screen.table._from:
        screen._close_bar()
        screen.tab = 0
        del screen.stack[1:]
        screen.place.order = ""
        screen._enter()
        await driver.ready()
    screen._end_range()
    screen._set_marks(Marks())
    screen.table.move_to(1)
    screen.page.to_start()
    screen.say("")


@pytest.mark.parametrize("name", SCREENS)
async def test_every_key_does_something_on_its_screen_or_says_why_not(
    world: World, console: Opened, name: str
) -> None:
    world.recipe("churn")
    world.version("churn", file="a.csv")
    world.run("churn", score=0.8)
    world.job("churn")
    world.job(error="no memory", key="failed")
    async with console(world.workspace) as driver:
        await driver.press(str(SCREENS.index(name) + 1))
        for typed, key in driver.screen.keys.items():
            if key.action == "quit" or key.action.startswith("screen_"):
                continue
            await back_to_the_list(driver)
            before = state(driver)
            driver.screen.on_key(Pressed(typed, typed if len(typed) == 1 else None))
            await driver.until(lambda before=before: state(driver) != before, f"{typed} ({key.action}) on {name}")


async def test_a_key_of_another_screen_says_where_it_works(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("P")
        assert "P does nothing here; on models: promote the version to champion" in driver.said
        await driver.press("&")
        assert "? shows the keys" in driver.said


async def test_remapped_keys_work_and_the_hint_and_help_follow(world: World, console: Opened) -> None:
    async with console(world.workspace, keys=keys.resolved({"promote": "U"})) as driver:
        await driver.press("4", "enter", "down")
        assert "U promote" in driver.lines()[-1]
        await driver.press("U")
        await driver.until(lambda: driver.modal == "Ask")
        await driver.press("n", "P")
        assert "P does nothing" in driver.said


async def test_control_c_says_how_to_quit(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("ctrl+c")
        assert "q quits the console" in driver.said
