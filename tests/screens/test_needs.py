"""What needs a person: a list on Overview whose rows lead to the very place."""

from __future__ import annotations

from core.vocabulary import Verdict
from screens.level import Query
from screens.levels.needs import Needs, line
from tests.screens.driver import Opened
from tests.screens.world import World


async def test_enter_goes_to_the_row_that_is_meant(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("tab")
        assert isinstance(driver.screen.listing, Needs)
        assert "2 X" in driver.text() and "last decisions" not in driver.text()
        await driver.press("G")
        await driver.keys("enter")
        await driver.until(lambda: driver.screen.NAME == "data" and driver.screen.row() is not None, "the data screen")
        await driver.ready()
        assert driver.screen.row().name == "flights@7" and len(driver.screen.table.rows) == 1
        await driver.press("escape", "comma")
        assert isinstance(driver.screen.listing, Needs), "history leads back"


async def test_the_daemon_is_started_on_the_spot(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("tab", "g")
        await driver.keys("enter")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        assert "Start the daemon?" in driver.text()


async def test_a_job_is_acknowledged_from_its_row(world: World, console: Opened) -> None:
    world.job(error="disk full", key="train:flights:x")
    async with console(world.workspace) as driver:
        await driver.press("tab", "slash", *"disk", "enter")
        row = driver.screen.row()
        assert line(row).startswith("jobs /id=")
        await driver.keys("a")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        await driver.keys("y")
        await driver.until(lambda: not driver.screen.table.rows and driver.screen._shown, "answered, and gone")


async def test_every_kind_that_is_answered_elsewhere_has_a_way_there(world: World, console: Opened) -> None:
    world.recipe("wine tasting", problem="no such column")
    world.recipe("churn")
    world.run("churn", verdict=Verdict.NEEDS_APPROVAL, minutes=1)
    async with console(world.workspace) as driver:
        await driver.press("tab")
        ways = [line(row) for row in driver.screen.table.rows]
        assert "footplate recipes check 'wine tasting'" in [row.command for row in driver.screen.table.rows]
        assert ways == [
            "", 'recipes /name="wine tasting"', "model churn /version=1", "versions flights /version=7",
        ]
        for way, screen in zip(ways[1:], ("automation", "models", "data"), strict=True):
            driver.screen.run_command(way)
            await driver.until(lambda screen=screen: screen == driver.screen.NAME, screen)
            await driver.ready()
            assert len(driver.screen.table.rows) == 1, way
            assert not driver.said
            await driver.press("1")


def test_needs_are_filtered_by_their_time(world: World) -> None:
    world.job(error="disk full", key="train:flights:x")
    needs, all_of_them = Needs(), Needs().read(world.workspace, Query()).rows
    assert any(one.at is not None for one in all_of_them)
    older, newer = (needs.read(world.workspace, Query(where)).rows for where in ("at<2000-01-01", "at>=2000-01-01"))
    assert not older and len(newer) == sum(one.at is not None for one in all_of_them)
