"""Screen 5: monitors, their readings, and what lies behind one."""

from __future__ import annotations

from core.registry import jobs
from tests.screens.driver import Opened
from tests.screens.world import RECIPE, World


async def test_each_reading_leads_to_what_was_read(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("5")
        assert "flights/performance" in driver.text() and "blind to concept drift" in driver.text()
        await driver.press("slash", *"performance", "enter", "enter")
        assert "run 7" in driver.text() and "champion v1" in driver.text()
        await driver.press("enter")
        assert "run 7" in driver.lines()[1]
        await driver.press("escape", "escape", "escape")
        await driver.press("slash", *"quality", "enter", "enter")
        assert driver.screen.row().source == "flights@6", "the quarantined one tells nothing"
        await driver.press("enter")
        assert "v6 profile" in driver.lines()[1] and "temp" in driver.text(), "its columns"


async def test_describing_one_draws_it(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("5", "slash", *"performance", "enter")
        await driver.keys("d")
        await driver.until(lambda: driver.modal, "described")
        assert "o" in driver.text() and "run 1 to run 7" in driver.text()


async def test_a_model_is_trained_from_its_monitor(world: World, console: Opened) -> None:
    (world.workspace.recipes / "flights.toml").write_text(RECIPE, "utf-8")
    async with console(world.workspace) as driver:
        await driver.press("5")
        await driver.keys("t")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        assert "Train flights now?" in driver.text()
        await driver.keys("y")
        await driver.until(lambda: "will train flights" in driver.said, "said")
        with world.workspace.registry.read() as connection:
            assert any(":manual:" in job["key"] for job in jobs.live(connection))


async def test_an_empty_workspace_says_what_to_do(empty: World, console: Opened) -> None:
    async with console(empty.workspace) as driver:
        await driver.press("5")
        assert "there is nothing to monitor yet" in driver.text()
