"""The bottom line as an editor of one line: typing, moving, pasting, leaving."""

from __future__ import annotations

from rich.cells import cell_len

from tests.screens.driver import Driver, Opened
from tests.screens.world import World


def line(driver: Driver) -> str:
    return driver.lines()[-1].rstrip()


async def test_one_line_is_edited_without_leaving_the_screen(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "slash")
        await driver.type("pssed")
        await driver.keys("home", "right")
        await driver.type("a")
        assert line(driver) == " /passed"
        await driver.keys("left", "left", "delete", "end", "backspace")
        assert line(driver) == " /asse"
        await driver.keys("backspace", "backspace", "backspace", "backspace")
        assert line(driver) == " /"
        await driver.keys("backspace")
        assert not driver.screen.bar.is_open and "filter" in line(driver)


async def test_long_and_hostile_text_stays_in_its_line(world: World, console: Opened) -> None:
    async with console(world.workspace, (40, 12)) as driver:
        await driver.press("3", "slash")
        driver.screen.bar.insert("x" * 60 + "中文\x1b[31m[b]\nsecond line")
        await driver.settle()
        assert cell_len(driver.lines()[-1]) == 40 and "[31m[b]" in line(driver) and "second" not in line(driver)
        await driver.keys("q", "d", "question_mark")
        assert driver.modal == "" and line(driver).endswith("qd?")
        await driver.press("enter")
        assert "no row matches" in driver.text()


async def test_the_search_of_a_text_marks_and_steps(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "d")
        await driver.until(lambda: driver.modal == "TextView" and "Decision" in driver.text())
        await driver.keys("n")
        assert "nothing to search for yet" in line(driver)
        await driver.keys("slash")
        await driver.type("roc")
        await driver.keys("enter")
        await driver.until(lambda: "roc: 1/" in line(driver), "the first match")
        await driver.keys("n")
        await driver.until(lambda: "roc: 2/" in line(driver), "the second")
        await driver.keys("N", "N")
        await driver.until(lambda: "roc: " in line(driver) and "1/" not in line(driver), "around the beginning")
        await driver.keys("c")
        assert "Decision" in driver.app.clipboard
        await driver.keys("slash", "escape")
        assert driver.modal == "TextView"
        await driver.keys("q")
        await driver.until(lambda: driver.modal == "")
