"""Going about: screens, drill-downs, the way back, filters, the command bar, help."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from screens import keys
from tests.screens.driver import SIZES, Opened
from tests.screens.world import World


@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_fits(
    world: World, console: Opened, size: tuple[int, int]
) -> None:
    async with console(world.workspace, size) as driver:
        assert "NEED YOU" in driver.text() and "flights" in driver.text()
        for number, name in enumerate(keys.SCREENS, 1):
            await driver.press(str(number))
            assert name == driver.screen.NAME
            assert name.capitalize() in driver.lines()[1]
            assert "house" in driver.lines()[0] and "no daemon" in driver.lines()[0]
            assert {cell_len(line) for line in driver.lines()} == {size[0]}
        await driver.press("4", "enter", "enter")
        assert "flights v6" in driver.text() and "★ champion" in driver.text()
        assert {cell_len(line) for line in driver.lines()} == {size[0]}


async def test_every_list_leads_deeper_and_back(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "enter")
        assert "flights_2026-06.csv" in driver.text()
        await driver.press("down", "enter")
        assert "profile" in driver.lines()[1] and "carrier" in driver.text()
        await driver.press("enter")
        assert "Quantiles" in driver.text()
        await driver.press("escape", "backspace", "escape")
        assert driver.lines()[1].strip().startswith("Data › datasets")
        await driver.press("3", "enter")
        assert "Decision" in driver.text() and "run 7" in driver.lines()[1]
        await driver.press("5")
        assert "freshness" in driver.text()


async def test_a_preview_stands_beside_the_table_from_120_columns(world: World, console: Opened) -> None:
    async with console(world.workspace, (120, 40)) as driver:
        await driver.press("4", "enter")
        await driver.until(lambda: "flights v6" in driver.text(), "the preview of v6")
        await driver.press("down")
        await driver.until(lambda: "flights v5" in driver.text(), "the preview follows the cursor")
        await driver.press("J")
        assert driver.screen.preview.scroll_y > 0
        await driver.pilot.resize_terminal(80, 24)
        await driver.until(lambda: not driver.screen.preview.display or driver.screen.preview.size.width == 0)
        await driver.press("J")
        assert "120 columns" in driver.said


async def test_coming_back_is_coming_back(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "enter", "down", "down", "down")
        row = driver.screen.row()
        await driver.press("enter", "escape")
        assert driver.screen.row() == row
        await driver.press("3", "2")
        assert driver.screen.row() == row and "Data › flights" in driver.lines()[1]


async def test_escape_clears_marks_then_the_filter_then_goes_back(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "slash")
        await driver.type("state=finished")
        await driver.press("enter")
        await driver.press("space")
        assert "1 marked" in driver.lines()[1] and "/state=finished" in driver.lines()[1]
        await driver.press("escape")
        assert "marked" not in driver.lines()[1] and "/state=finished" in driver.lines()[1]
        await driver.press("escape")
        assert "/state" not in driver.lines()[1]
        await driver.press("escape")
        assert "top of the screen" in driver.said


async def test_a_filter_is_live_can_be_taken_back_and_says_what_it_does_not_understand(
    world: World, console: Opened
) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        assert len(driver.screen.table.rows) == 7
        await driver.press("slash")
        await driver.type("verdict=failed")
        await driver.until(lambda: len(driver.screen.table.rows) == 1, "filtered while typing")
        await driver.press("escape")
        await driver.until(lambda: len(driver.screen.table.rows) == 7, "as before")
        await driver.press("slash")
        await driver.type("verdikt=failed")
        await driver.press("enter")
        assert "did you mean verdict" in driver.text() and driver.screen.place.where == ""
        assert len(driver.screen.table.rows) == 7, "the rows stay"
        await driver.press("escape", "slash")
        await driver.type("nobody")
        await driver.press("enter")
        assert "no row matches nobody" in driver.text()


async def test_the_command_bar_goes_to_screens_with_a_filter_and_quits(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("colon")
        await driver.type("runs roc_auc>0.705")
        await driver.press("enter")
        await driver.until(lambda: driver.screen.NAME == keys.EXPERIMENTS and len(driver.screen.table.rows) == 1)
        await driver.press("colon")
        await driver.type("modles")
        await driver.press("enter")
        assert "did you mean 'models'" in driver.text() and "modles" in driver.text(), "it can be mended"
        await driver.press("escape")
        assert not driver.screen.bar.is_open
        await driver.keys("colon", "q", "enter")
        await driver.settle()
        assert not driver.app.is_running or driver.app._exit


async def test_sorting_by_letter_and_reversing(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "o", "m")
        scores = [row.value for row in driver.screen.table.rows]
        assert scores == sorted(scores, reverse=True) and "score↓" in driver.lines()[2]
        await driver.press("O")
        assert [row.value for row in driver.screen.table.rows] == sorted(scores)
        await driver.press("o", "Z")
        assert "no column has that letter" in driver.said
        await driver.press("1", "2", "enter", "o", "r")
        assert "rows↓" in driver.lines()[2]


async def test_help_lists_every_key_and_search_finds_in_texts(world: World, console: Opened) -> None:
    async with console(world.workspace, (80, 24)) as driver:
        await driver.press("4", "question_mark")
        assert driver.modal == "TextView"
        shown = "\n".join(line.plain for line in driver.app.screen.query_one("#text").lines)
        for key in keys.MAP:
            if keys.MODELS in key.screens or keys.TEXT in key.screens or keys.QUESTION in key.screens:
                assert key.description in shown, key.action
        await driver.keys("slash")
        await driver.type("hold")
        await driver.keys("enter")
        await driver.settle()
        assert "1/" in driver.text()
        await driver.keys("n", "N", "G", "g", "j", "k", "pagedown", "pageup", "escape")
        await driver.until(lambda: driver.modal == "")


async def test_the_queue_decisions_folders_and_triggers_are_one_tab_apart(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("6")
        assert "[queue]" in driver.lines()[1] and "train" in driver.text()
        await driver.press("tab")
        assert "[decisions]" in driver.lines()[1] and "quarantined" in driver.text()
        await driver.press("tab")
        assert "[folders]" in driver.lines()[1] and "inbox" in driver.text()
        await driver.press("tab")
        assert "[triggers]" in driver.lines()[1] and "nothing starts a run by itself" in driver.text()
        await driver.press("tab")
        assert "[pipelines]" in driver.lines()[1] and "no recipe was saved" in driver.text()
        await driver.press("tab")
        assert "[queue]" in driver.lines()[1]


async def test_an_empty_workspace_says_which_command_adds_a_folder(empty: World, console: Opened) -> None:
    async with console(empty.workspace) as driver:
        for number in "12346":
            await driver.press(number)
            assert "footplate recipes new NAME --watch FOLDER --target COL" in driver.text(), number
        await driver.press("1")
        assert "ALL WELL" in driver.text()
