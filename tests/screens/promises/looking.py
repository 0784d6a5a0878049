"""Looking closer: descriptions, logs, marks, orders, columns, files, the clipboard, the screen itself."""

from __future__ import annotations

import json

from screens.keys import AUDIT, SCREENS
from tests.screens.promises.stage import Stage, promise


@promise("describe")
async def _describe(on: Stage) -> None:
    listing, row = on.driver.screen.listing, on.driver.screen.row()
    assert listing is not None
    wanted = [line.plain for line in listing.describe(on.world.workspace, row)]
    await on.press()
    assert (await on.text()).split("\n") == wanted


@promise("raw")
async def _raw(on: Stage) -> None:
    await on.press()
    assert isinstance(json.loads(await on.text()), dict | list)


@promise("log")
async def _log(on: Stage) -> None:
    await on.press()
    assert "a line of the log" in await on.text()


@promise("mark")
async def _mark(on: Stage) -> None:
    for marked in (1, 0):
        on.driver.screen.table.move_to(0)
        await on.press()
        await on.until(lambda marked=marked: len(on.driver.screen.place.marks) == marked)  # type: ignore[misc]


@promise("mark_range")
async def _mark_range(on: Stage) -> None:
    await on.press()
    await on.driver.keys("down")
    await on.press()
    await on.until(lambda: len(on.driver.screen.place.marks) == 2)


@promise("mark_all")
async def _mark_all(on: Stage) -> None:
    await on.press()
    rows = on.driver.screen.table.rows
    numbered = [row for row in rows if on.screen != AUDIT or row.id is not None]  # lines of the log have no number
    await on.until(lambda: len(on.driver.screen.place.marks) == len(numbered))


@promise("sort")
async def _sort(on: Stage) -> None:
    columns = on.driver.screen._sortable()
    await on.press()
    if not columns:
        await on.says("this list has one order")
        return
    letter, column = next(iter(columns.items()))
    await on.driver.press(letter)
    await on.until(lambda: on.driver.screen.place.order.removeprefix("-") == column.order)


@promise("reverse")
async def _reverse(on: Stage) -> None:
    columns = on.driver.screen._sortable()
    if not columns:
        await on.press()
        await on.says("this list has one order")
        return
    await on.driver.press("o", next(iter(columns)))
    before = list(map(on.number, on.driver.screen.table.rows))
    await on.press()
    await on.driver.ready()
    await on.until(lambda: list(map(on.number, on.driver.screen.table.rows)) == before[::-1])


@promise("columns")
async def _columns(on: Stage) -> None:
    await on.press()
    await on.until(lambda: "Columns " in on.driver.text() and on.driver.modal)


@promise("export")
async def _export(on: Stage) -> None:
    screen, file = on.driver.screen, on.folder / f"{on.screen}.csv"
    await on.press()
    await on.until(lambda: screen.bar.purpose == "export")
    screen.bar.put(str(file))
    await on.driver.keys("enter")
    await on.until(file.exists)
    assert len(file.read_text("utf-8").splitlines()) >= 1 + len(screen.table.rows)


@promise("copy_id")
async def _copy_id(on: Stage) -> None:
    listing, row = on.driver.screen.listing, on.driver.screen.row()
    assert listing is not None
    await on.press()
    await on.until(lambda: on.driver.app.clipboard == listing.row_id(row))


@promise("copy_command")
async def _copy_command(on: Stage) -> None:
    if on.screen not in SCREENS:  # a question
        await on.press()
        await on.until(lambda: on.driver.app.clipboard.startswith("footplate models hold"))
        return
    listing, row = on.driver.screen.listing, on.driver.screen.row()
    assert listing is not None
    await on.press()
    await on.until(lambda: on.driver.app.clipboard == listing.row_command(row) != "")


@promise("wide")
async def _wide(on: Stage) -> None:
    before = on.driver.lines()
    await on.press()
    await on.until(lambda: on.driver.lines() != before)
    if on.screen in SCREENS:
        assert on.driver.screen.is_wide
    await on.press()
    await on.until(lambda: not on.driver.screen.is_wide)


@promise("full")
async def _full(on: Stage) -> None:
    assert on.driver.lines()[1].strip().startswith(on.driver.screen.NAME.capitalize())
    await on.press()
    await on.until(lambda: not on.driver.lines()[1].strip().startswith(on.driver.screen.NAME.capitalize()))
    await on.press()
    await on.until(lambda: on.driver.lines()[1].strip().startswith(on.driver.screen.NAME.capitalize()))


@promise("read_only")
async def _read_only(on: Stage) -> None:
    await on.press()
    await on.says("read-only for now")
    await on.driver.keys("z")
    await on.until(lambda: "only" in on.driver.said and not on.driver.modal)
    await on.press()
    await on.says("changes can be made again")


@promise("shell")
async def _shell(on: Stage) -> None:
    await on.press()
    await on.says("back from the shell")
    assert (on.folder / "shell").read_text() == str(on.world.workspace.root)


@promise("refresh")
async def _refresh(on: Stage) -> None:
    await on.press()
    await on.says("read again")
    await on.driver.ready()


@promise("pause_view")
async def _pause(on: Stage) -> None:
    await on.press()
    await on.until(lambda: "view paused" in on.driver.lines()[1])
    await on.press()
    await on.until(lambda: "view paused" not in on.driver.lines()[1])


@promise("help")
async def _help(on: Stage) -> None:
    await on.press()
    assert "quit; the daemon lives on" in await on.text()


@promise("quit")
async def _quit(on: Stage) -> None:
    await on.press()
    await on.until(lambda: not on.driver.app.is_running)
