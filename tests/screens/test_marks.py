"""Marks: by identity, across sorting, paging, filters and news; a million of them are a question."""

from __future__ import annotations

from core.vocabulary import EventKind, RunState
from screens.marks import Every, Marks
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


def marked(driver: Driver) -> set[object]:
    return set(driver.screen.table.marks)


def test_rows_of_a_filter_are_unmarked_one_by_one_and_counted() -> None:
    marks = Marks(every=Every("state=failed", "id", 100, 40))
    assert len(marks) == 40 and marks.holds(7, True) and not marks.holds(7, False)
    marks = marks.toggled(7, True)
    assert len(marks) == 39 and not marks.holds(7, True)
    marks = marks.toggled(200)
    assert len(marks) == 40 and marks.holds(200)
    assert marks.plus([7, 8, 300], lambda one: one < 100).every == Every("state=failed", "id", 100, 40)
    assert marks.every is not None and marks.every.query == "state=failed id<=100"


async def test_one_row_and_a_range_and_all(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "space", "space")
        first, second = (driver.screen.table.identity(row) for row in driver.screen.table.rows[:2])
        assert marked(driver) == {first, second} and "2 marked" in driver.lines()[1]
        await driver.press("escape")
        assert marked(driver) == set() and "marked" not in driver.lines()[1]
        await driver.press("g", "v")
        assert "a range begins here" in driver.said
        await driver.press("down", "down")
        assert [line[:1] for line in driver.lines()[3:6]] == ["○", "○", "○"]
        await driver.press("v")
        assert len(marked(driver)) == 3 and "3 marked" in driver.lines()[1]
        await driver.press("asterisk")
        await driver.until(lambda: "7 marked: all rows" in driver.said)
        await driver.press("g", "space")
        assert "6 marked" in driver.lines()[1] and first not in marked(driver)
        await driver.press("asterisk")
        await driver.until(lambda: "7 marked" in driver.said)
        await driver.press("asterisk")
        assert "marks are cleared" in driver.said and not driver.screen.place.marks


async def test_a_range_is_left_with_escape_and_begins_at_the_last_mark(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "v", "down", "escape")
        assert "no range" in driver.said and marked(driver) == set()
        await driver.press("g", "space", "down", "v")
        assert len(marked(driver)) == 3
        await driver.press("tab")
        assert len(driver.screen.stack) == 1


async def test_marks_survive_sorting_filters_and_rows_that_come(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "down", "space")
        one = marked(driver)
        await driver.press("o", "m")
        await driver.until(lambda: marked(driver) == one, "after sorting")
        world.run(score=0.9, minutes=0.5)
        await driver.until(lambda: len(driver.screen.table.rows) == 8, "the new run")
        assert marked(driver) == one
        await driver.press("slash")
        await driver.type("state=failed")
        await driver.press("enter")
        assert "1 marked" in driver.lines()[1]
        await driver.press("escape")
        assert not driver.screen.place.marks and driver.screen.place.where == "state=failed"


async def test_all_that_a_filter_found_stays_marked_without_the_filter_and_later_rows_do_not_join(
    world: World, console: Opened
) -> None:
    world.run(score=None, state=RunState.FAILED, error="no memory", minutes=0.9)
    async with console(world.workspace) as driver:
        await driver.press("3", "slash")
        await driver.type("state=failed")
        await driver.press("enter")
        many = len(driver.screen.table.rows)
        assert many
        await driver.press("asterisk")
        await driver.until(lambda: f"{many} marked: all that the filter finds" in driver.said)
        failed = marked(driver)
        world.run(score=None, state=RunState.FAILED, error="no memory", minutes=0.1)
        await driver.until(lambda: len(driver.screen.table.rows) == many + 1, "the new run")
        assert marked(driver) == failed
        driver.screen.filter("")
        await driver.until(lambda: len(driver.screen.table.rows) == 9, "all runs")
        assert marked(driver) == failed and f"{many} marked" in driver.lines()[1]
        await driver.press("g", "space")
        assert len(driver.screen.place.marks) == many + 1


async def test_listings_without_numbers_are_marked_by_name(world: World, console: Opened) -> None:
    world.recipe("churn")
    async with console(world.workspace) as driver:
        await driver.press("2", "asterisk")
        await driver.until(lambda: "2 marked" in driver.said)
        assert marked(driver) == {"churn", "flights"}
        await driver.press("down", "enter")
        await driver.until(lambda: len(driver.screen.stack) == 2 and driver.screen.row() is not None, "versions")
        await driver.press("space", "escape", "escape")
        assert "2 marked" in driver.lines()[1]


async def test_a_range_beyond_the_rows_that_are_held(world: World, console: Opened) -> None:
    with world.write() as tx:
        for number in range(5_000):
            tx.emit(EventKind.RUN_NOTED, "run 1", text=str(number))
    async with console(world.workspace) as driver:
        await driver.press("7")
        table = driver.screen.table
        newest = table.current_identity()
        assert isinstance(newest, int)
        await driver.press("v")
        while newest - 4_000 < (table.current_identity() or 0):
            table.move(150)
            await driver.ready()
        here = table.current_identity()
        assert isinstance(here, int) and newest not in [table.identity(row) for row in table.rows]
        await driver.press("v")
        await driver.until(lambda: len(driver.screen.place.marks) == newest - here + 1, "the range")
        assert driver.screen.place.marks.holds(newest) and driver.screen.place.marks.holds(here)
