"""`;` offers everything that can be done here, found by a few letters, without painting the screen anew."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from screens import destinations, keys
from screens.command import VERBS
from screens.palette import entries, ranked
from tests.screens.driver import SIZES, Driver, Opened
from tests.screens.world import World


def offered(driver: Driver) -> str:
    return "\n".join(line.plain for line in driver.screen.drawer.lines)


@pytest.mark.parametrize("screen", keys.SCREENS)
def test_every_action_of_the_screen_and_every_command_is_offered(screen: str) -> None:
    known = keys.of_screen(keys.MAP, screen)
    found = entries(known.values())
    assert {one.action for one in found if one.action} == {key.action for key in known.values()} - {"palette"}
    assert {one.key for one in found if one.line} == {
        f":{name}" for name in (*(one.name for one in destinations.ALL), *VERBS)
    }
    for key in known.values():
        assert key.action == "palette" or any(one.key == key.shown() for one in found)


@pytest.mark.parametrize(("typed", "first"), [
    ("promote", "promote"), ("P", "promote"), ("prmt", "promote"), ("roll back", "roll_back"), ("hold", "hold"),
    ("help", "help"), ("quit", "quit"),
])
def test_a_few_letters_find_it(typed: str, first: str) -> None:
    found = ranked(entries(keys.of_screen(keys.MAP, keys.MODELS).values()), typed)
    assert found[0].action == first, [one.action or one.line for one in found[:3]]
    assert ranked(found, "") == found and ranked(found, "qqzzxx") == []


@pytest.mark.parametrize("size", SIZES)
async def test_enter_does_it_and_esc_leaves_everything_as_it_was(
    world: World, console: Opened, size: tuple[int, int]
) -> None:
    async with console(world.workspace, size) as driver:
        await driver.press("4", "enter", "down")
        before = driver.lines()
        await driver.press("semicolon")
        assert "promote the version" in offered(driver) and "▌" in driver.lines()[-11]
        assert {cell_len(line) for line in driver.lines()} == {size[0]}
        assert driver.lines()[1] == before[1], "what is above stays"
        await driver.press("escape")
        assert driver.lines() == before and driver.modal == ""
        await driver.press("semicolon")
        await driver.type("promo")
        await driver.keys("enter")
        await driver.until(lambda: driver.modal == "Ask", "the question")
        await driver.press("n")
        assert "nothing was changed" in driver.said


async def test_arrows_choose_and_control_p_is_the_same(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "ctrl+p", "down", "down", "up")
        assert driver.screen.drawer.cursor == 1
        await driver.press("up", "up")
        assert driver.screen.drawer.cursor == len(driver.screen.drawer.lines) - 1, "round the end"
        assert driver.screen.drawer.lines[-1].plain.split()[0] in driver.lines()[-2]
        await driver.press("down", "pagedown")
        assert driver.screen.drawer.cursor == 10
        await driver.type("qqzzxx")
        assert "nothing has these letters" in driver.text()
        await driver.press("enter")
        assert not driver.screen.drawer.is_open and driver.screen.NAME == keys.EXPERIMENTS


async def test_a_command_runs_and_one_that_needs_a_name_is_gone_on_with(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("semicolon")
        await driver.type(":events")
        await driver.press("enter")
        await driver.until(lambda: driver.screen.NAME == keys.AUDIT)
        await driver.press("semicolon")
        await driver.type("versions of a dataset")
        await driver.press("enter")
        assert driver.screen.bar.text == "versions "
        await driver.until(lambda: "flights" in driver.lines()[-1], "what can be named")
        await driver.press("tab", "enter")
        await driver.until(lambda: "Data › flights" in driver.lines()[1])


async def test_a_low_terminal_has_a_low_palette(world: World, console: Opened) -> None:
    async with console(world.workspace, (40, 9)) as driver:
        await driver.press("semicolon")
        assert driver.screen.drawer.tall == 3
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: driver.screen.drawer.size.height == 11, "it grows with the terminal")
