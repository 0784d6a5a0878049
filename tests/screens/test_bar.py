"""The bottom line as an editor of one line: typing, moving, pasting, leaving."""

from __future__ import annotations

import threading

from rich.cells import cell_len
from rich.text import Text

from screens.modals.text_view import TextView
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


def line(driver: Driver) -> str:
    return driver.lines()[-1].rstrip()


def typed(driver: Driver) -> str:
    """What is being typed stands above its help."""
    return driver.lines()[-2].rstrip()


async def test_one_line_is_edited_without_leaving_the_screen(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "slash")
        await driver.type("pssed")
        await driver.keys("home", "right")
        await driver.type("a")
        assert typed(driver) == " /passed" and "!not" in line(driver)
        await driver.keys("left", "left", "delete", "end", "backspace")
        assert typed(driver) == " /asse"
        await driver.keys("backspace", "backspace", "backspace", "backspace")
        assert typed(driver) == " /"
        await driver.keys("backspace")
        assert not driver.screen.bar.is_open and "filter" in line(driver)


async def test_long_and_hostile_text_stays_in_its_line(world: World, console: Opened) -> None:
    async with console(world.workspace, (40, 12)) as driver:
        await driver.press("3", "slash")
        driver.screen.bar.insert("x" * 60 + "中文\x1b[31m[b]\nsecond line")
        await driver.settle()
        assert cell_len(driver.lines()[-2]) == 40 and "[31m[b]" in typed(driver) and "second" not in typed(driver)
        await driver.keys("q", "d", "question_mark")
        assert driver.modal == "" and typed(driver).endswith("qd?")
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


async def test_a_filter_that_cannot_be_used_is_told_under_the_bar_and_the_rows_stay(
    world: World, console: Opened
) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "slash")
        await driver.type("rows>1 sta=x")
        await driver.until(lambda: "there is no field 'sta' here: did you mean" in line(driver), "the complaint")
        assert typed(driver) == " /rows>1 sta=x" and "1 of 1" in driver.lines()[1] and "flights" in driver.lines()[3]
        await driver.press("enter")
        await driver.until(lambda: driver.screen.bar.is_open and "no field 'sta'" in line(driver), "it comes back")
        assert driver.screen.place.where == ""
        await driver.keys(*["backspace"] * 5)
        await driver.until(lambda: "!not" in line(driver), "nothing is wrong any more")
        await driver.press("enter")
        assert driver.screen.place.where == "rows>1 " and not driver.screen.bar.is_open
        await driver.press("colon")
        await driver.type("runs /score>1")
        await driver.keys("enter")
        await driver.until(lambda: "no field 'score'" in line(driver), "also from the command bar")
        await driver.keys("escape")
        assert driver.screen.NAME == "experiments" and driver.screen.place.where == ""


async def test_a_long_notice_takes_a_second_line_and_keeps_its_end(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        said = f"{'the champion moved ' * 7}(undo: `footplate undo 12`)"
        driver.screen.say(said, "good")
        await driver.settle()
        assert driver.lines()[-2].startswith(" the champion moved")
        assert line(driver).endswith("(undo: `footplate undo 12`)")
        assert " … " in line(driver) and all(cell_len(one) == 80 for one in driver.lines()[-2:])
        await driver.press("j")
        assert "? help" in line(driver) and "footplate" not in driver.lines()[-2]
        driver.screen.say("中" * 50)
        await driver.settle()
        assert typed(driver) == f" {'中' * 39}" and line(driver) == f" {'中' * 11}"


async def test_a_text_that_is_closed_before_it_was_read_ends_nothing(world: World, console: Opened) -> None:
    go_on, read = threading.Event(), threading.Event()

    def slowly() -> list[Text]:
        assert go_on.wait(20)
        read.set()
        return [Text("too late")]

    async with console(world.workspace) as driver:
        driver.app.push_screen(TextView(driver.screen.desk, "slow", slowly))
        await driver.until(lambda: driver.modal == "TextView")
        await driver.keys("escape")
        await driver.until(lambda: driver.modal == "")
        go_on.set()
        await driver.until(read.is_set)
        await driver.press("2")
        assert driver.screen.NAME == "data" and driver.app._exception is None
