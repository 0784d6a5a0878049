"""The mouse does what keys do, where it helps: rows, heads, hints, the wheel."""

from __future__ import annotations

from textual import events
from textual.widget import Widget

from tests.screens.driver import Driver, Opened
from tests.screens.world import World


async def turn(driver: Driver, widget: Widget, kind: type[events.MouseEvent], *, shift: bool = False) -> None:
    """The wheel, over the middle of a widget."""
    x, y = widget.region.center
    x, y = int(x), int(y)
    driver.app.post_message(kind(
        None, x, y, 0, 0, 0, shift=shift, meta=False, ctrl=False, screen_x=x, screen_y=y, style=None
    ))
    await driver.settle()


async def test_a_click_moves_the_cursor_and_a_double_click_opens(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        await driver.pilot.click("#table", offset=(10, 3))
        await driver.until(lambda: driver.screen.table.cursor == 2)
        assert len(driver.screen.stack) == 1
        run = driver.screen.row().id
        await driver.pilot.click("#table", offset=(10, 3), times=2)
        await driver.until(lambda: len(driver.screen.stack) == 2 and f"run {run}" in driver.lines()[1])


async def test_a_click_on_a_head_sorts_and_once_more_the_other_way(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        x = driver.lines()[2].index("recipe") + 1
        await driver.pilot.click("#table", offset=(x, 0))
        await driver.until(lambda: driver.screen.place.order == "recipe" and "recipe↑" in driver.lines()[2])
        await driver.ready()
        await driver.pilot.click("#table", offset=(x, 0))
        await driver.until(lambda: driver.screen.place.order == "-recipe")
        x = driver.lines()[2].index("± baseline") + 1
        await driver.pilot.click("#table", offset=(x, 0))
        await driver.until(lambda: "± baseline does not sort" in driver.said)
        assert driver.screen.place.order == "-recipe"


async def test_a_click_on_a_hint_does_it(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        await driver.pilot.click("#hint", offset=(driver.lines()[-1].index("/ filter"), 0))
        await driver.until(lambda: driver.screen.bar.is_open)
        await driver.keys("escape")
        await driver.pilot.click("#hint", offset=(driver.lines()[-1].index("help"), 0))
        await driver.until(lambda: driver.modal == "TextView")
        await driver.until(lambda: "search" in driver.lines()[-1])
        await driver.pilot.click("#hint", offset=(driver.lines()[-1].index("back"), 0))
        await driver.until(lambda: driver.modal == "")
        driver.screen.say("something was said")
        await driver.settle()
        await driver.pilot.click("#hint", offset=(3, 0))
        assert driver.modal == "" and not driver.screen.bar.is_open


async def test_the_wheel_scrolls_rows_and_keeps_the_cursor_in_sight(world: World, console: Opened) -> None:
    for number in range(30):
        world.run("flights", score=0.5 + number / 100)
    async with console(world.workspace) as driver:
        await driver.press("3")
        table = driver.screen.table
        await turn(driver, table, events.MouseScrollDown)
        assert round(table.scroll_y) == 3 and table.cursor == 3
        for _ in range(20):
            await turn(driver, table, events.MouseScrollDown)
        assert table.cursor == len(table.rows) - 1 and round(table.scroll_y) == len(table.rows) - table.page
        for _ in range(20):
            await turn(driver, table, events.MouseScrollUp)
        assert table.cursor == 0 and round(table.scroll_y) == 0
        await turn(driver, table, events.MouseScrollDown, shift=True)
        assert table._from == 1 and table.cursor == 0


async def test_the_wheel_scrolls_texts(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "d")
        await driver.until(lambda: driver.modal == "TextView" and "Decision" in driver.text())
        pane = driver.app.screen.query_one("#text")
        assert pane.max_scroll_y > 0
        await turn(driver, pane, events.MouseScrollDown)
        await driver.until(lambda: pane.scroll_y > 0)
