"""Rows that arrive while one looks: they come by themselves, and the cursor stays on its row."""

from __future__ import annotations

import time
from dataclasses import replace

from sqlalchemy import TextClause, text

from core.services import release
from core.vocabulary import RunState, Verdict
from core.workspace import Workspace
from screens.level import PAGE, Query, Slice
from screens.levels.runs import Runs
from screens.window import MOST
from tests.screens.driver import Opened
from tests.screens.world import ACTOR, World


async def test_new_rows_come_by_themselves_and_the_cursor_stays_on_its_row(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "down", "down")
        at, top = driver.screen.row().id, driver.screen.table.rows[0].id
        other = Workspace.open(world.workspace.root, actor=ACTOR, clock=world.clock)  # as another process would
        begun = time.monotonic()
        with other.registry.write(ACTOR) as tx:
            tx.execute(insert_after(top))
        await driver.until(lambda: driver.screen.table.rows[0].id == top + 1, "the new run")
        assert time.monotonic() - begun < 5.0
        assert driver.screen.row().id == at and driver.screen.table.cursor == 3
        other.close()


async def test_the_rows_in_sight_stand_still_where_one_has_scrolled(world: World, console: Opened) -> None:
    for minute in range(40):
        world.run(minutes=2 + minute / 100, verdict=Verdict.FAILED)
    async with console(world.workspace, (80, 24)) as driver:
        await driver.press("3", "pagedown", "pagedown")
        before = [line[:78] for line in driver.lines()[3:22]]  # without the scrollbar
        world.run(minutes=1, verdict=Verdict.FAILED)
        await driver.until(lambda: len(driver.screen.table.rows) == 48, "the new run")
        assert [line[:78] for line in driver.lines()[3:22]] == before


async def test_a_paused_view_stands_still_and_catches_up(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "p")
        assert "view paused" in driver.lines()[1]
        world.run(minutes=1)
        await driver.until(lambda: driver.app.seats[0].heading is not None)
        await driver.press("j")
        assert len(driver.screen.table.rows) == 7
        await driver.press("p")
        await driver.until(lambda: len(driver.screen.table.rows) == 8, "caught up")


async def test_the_header_follows_holds_and_needs(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        release.hold(world.workspace, "flights", "a look first")
        await driver.until(lambda: "HELD" in driver.lines()[0], "held")
        await driver.press("5")
        assert "HELD" in driver.lines()[0]
        release.resume(world.workspace, "flights")
        await driver.until(lambda: "HELD" not in driver.lines()[0], "resumed")


async def test_a_running_run_ends_under_the_eyes(world: World, console: Opened) -> None:
    run = world.run(state=RunState.RUNNING, score=None, minutes=2)
    async with console(world.workspace) as driver:
        await driver.press("3")
        assert "▶ running" in driver.text()
        with world.write() as tx:
            tx.connection.exec_driver_sql("UPDATE run SET state = 'failed', error = 'no memory' WHERE id = ?", (run,))
        await driver.until(lambda: "✗ failed      " in driver.text() and "no memory" in driver.text(), "failed")


async def test_a_console_at_rest_paints_nothing(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        painted: list[object] = []
        display = driver.app._display
        driver.app._display = lambda screen, renderable: (painted.append(renderable), display(screen, renderable))  # type: ignore[method-assign,assignment]
        with world.write() as tx:
            tx.connection.exec_driver_sql("UPDATE recipe SET stamp = 'x'")  # news that changes nothing in sight
        read = driver.screen.window
        await driver.until(lambda: driver.screen.window is not read, "read again")
        assert [one for one in painted if one is not None] == []
        world.clock.moment = world.ago(-1)
        driver.app._minute()
        await driver.settle()
        assert len([one for one in painted if one is not None]) == 1, "one repaint a minute"


async def test_a_long_listing_is_paged_both_ways_in_bounded_memory(world: World, console: Opened) -> None:
    """The rows come from a list here: writing them is the slow part, and paging is what is tried."""
    last = 5_000
    known = Runs().read(world.workspace, Query()).rows[0]
    everything = [replace(known, id=last - at) for at in range(last)]

    class Many(Runs):
        def read(self, workspace: Workspace, query: Query) -> Slice:
            start, end = query.after or 0, (query.after or 0) + query.limit
            rows = everything[::-1] if query.order == "id" else everything
            return Slice(rows[start:end], end if end < last else None)

    async with console(world.workspace) as driver:
        await driver.press("3")
        driver.screen.go_to(Many())
        await driver.ready()
        await driver.press("G")
        await driver.until(lambda: driver.screen.row().id == 1, "the last row")
        assert "the last" in driver.lines()[1]
        while driver.screen.window.above:
            held = driver.screen.window
            driver.screen.table.move_to(3)
            row = driver.screen.row()
            await driver.until(lambda held=held: driver.screen.window is not held, "a page further up")
            assert driver.screen.row() == row and len(driver.screen.table.rows) <= MOST + PAGE
            driver.screen.table.move_to(20)
        driver.screen.table.move_to(3)
        await driver.settle()
        assert "4 of 5,000" in driver.lines()[1]
        await driver.press("G", "g")
        await driver.until(lambda: driver.screen.row().id == last, "the first row")


def insert_after(top: int) -> TextClause:
    """A run that began just now, in one statement."""
    return text(
        "INSERT INTO run (id, recipe, recipe_version_id, state, cause, params, seed, actor, deleted)"
        f" SELECT {top + 1}, recipe, recipe_version_id, 'running', 'manual', '{{}}', 0, 'bob', 0"
        f" FROM run WHERE id = {top}"
    )


