"""Going about: screens, the bars, the cursor, lists, back and forth."""

from __future__ import annotations

from screens.keys import AUDIT, DATA, MODELS, MONITORS, SCREENS
from tests.screens.promises.stage import Stage, promise

ROWS_BELOW = (DATA, MODELS, MONITORS)  # screens whose rows lead to another list


@promise(*(f"screen_{name}" for name in SCREENS))
async def _screen(on: Stage) -> None:
    await on.press()
    await on.until(lambda: SCREENS.index(on.driver.screen.NAME) + 1 == int(on.key))


@promise("command")
async def _command(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.screen.bar.purpose == "command")
    await on.driver.type("runs churn")
    await on.driver.press("enter")
    await on.until(lambda: on.driver.screen.place.where == "recipe=churn", "the command was obeyed")


@promise("palette")
async def _palette(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.screen.bar.purpose == "palette" and on.driver.screen.drawer.display)
    await on.driver.type("read everything")
    await on.driver.keys("enter")
    await on.says("read again")


@promise("filter")
async def _filter(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.screen.bar.purpose == "filter")
    await on.driver.type("nothingislikethis")
    await on.driver.press("enter")
    await on.until(lambda: not on.driver.screen.table.rows and "no row matches" in on.driver.text())


@promise("down", "page_down", "last")
async def _down(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.screen.table.cursor > 0)


@promise("up", "page_up", "first")
async def _up(on: Stage) -> None:
    on.driver.screen.table.move_to(1)
    await on.press()
    await on.until(lambda: on.driver.screen.table.cursor == 0)


@promise("columns_right")
async def _right(on: Stage) -> None:
    table = on.driver.screen.table
    hidden = len(table.shown_columns()) < len(table.columns)
    await on.press()
    await on.until(lambda: table._from == 1 if hidden else "all columns" in on.driver.said)


@promise("columns_left")
async def _left(on: Stage) -> None:
    on.driver.screen.table.move_columns(1)
    await on.press()
    await on.until(lambda: on.driver.screen.table._from == 0)


@promise("preview_down")
async def _preview_down(on: Stage) -> None:
    await on.driver.pilot.resize_terminal(140, 8)
    preview = on.driver.screen.preview
    await on.until(lambda: preview.max_scroll_y > 0, "a preview that is longer than its place")
    await on.press()
    await on.until(lambda: preview.scroll_y > 0)


@promise("preview_up")
async def _preview_up(on: Stage) -> None:
    await on.driver.pilot.resize_terminal(140, 8)
    preview = on.driver.screen.preview
    await on.until(lambda: preview.max_scroll_y > 0, "a preview that is longer than its place")
    preview.to_end()
    before = preview.scroll_y
    await on.press()
    await on.until(lambda: preview.scroll_y < before)


@promise("next_list", "previous_list")
async def _next_list(on: Stage) -> None:
    if on.screen == MODELS:
        await on.driver.press("enter", "enter")
        await on.until(lambda: len(on.driver.screen.stack) == 3)
    before = (on.driver.screen.tab, type(on.place), on.driver.app.focused)
    await on.press()
    await on.until(lambda: (on.driver.screen.tab, type(on.place), on.driver.app.focused) != before)


@promise("open")
async def _open(on: Stage) -> None:
    await on.press()
    await on.until(lambda: len(on.driver.screen.stack) > 1 or on.driver.modal == "TextView")


@promise("back")
async def _back(on: Stage) -> None:
    await on.driver.press("space")
    await on.press()
    await on.until(lambda: not on.driver.screen.place.marks, "first the marks")
    await on.driver.press("slash", "e", "enter")
    await on.until(lambda: on.driver.screen.place.where == "e")
    await on.press()
    await on.until(lambda: not on.driver.screen.place.where, "then the filter")
    await on.driver.ready()
    await on.until(lambda: on.driver.screen.row() is not None)
    if on.screen in ROWS_BELOW:
        await on.driver.press("enter")
        await on.until(lambda: len(on.driver.screen.stack) == 2)
        await on.press()
        await on.until(lambda: len(on.driver.screen.stack) == 1, "then the place")


async def _elsewhere(on: Stage) -> str:
    other = DATA if on.screen != DATA else AUDIT
    await on.driver.press(str(SCREENS.index(other) + 1))
    await on.until(lambda: other == on.driver.screen.NAME)
    return other


@promise("history_back", "last_view")
async def _history_back(on: Stage) -> None:
    other = await _elsewhere(on)
    await on.press()
    await on.until(lambda: on.driver.screen.NAME == on.screen != other)


@promise("history_forth")
async def _history_forth(on: Stage) -> None:
    other = await _elsewhere(on)
    await on.driver.press("comma")
    await on.until(lambda: on.screen == on.driver.screen.NAME)
    await on.press()
    await on.until(lambda: other == on.driver.screen.NAME)
