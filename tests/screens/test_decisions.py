"""Enter on a decision that made no run: its record, and the command that prints the same."""

from __future__ import annotations

from console.cli import main
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.screens.driver import Opened
from tests.screens.world import World


async def test_a_decision_without_a_run_has_its_record(world: World, console: Opened) -> None:
    async with console(world.workspace, (100, 30)) as driver:
        await driver.press("6", "tab", "slash")
        await driver.type("quarantined")
        await driver.press("enter")
        await driver.until(lambda: "1 of 1" in driver.lines()[1], "the quarantine alone")
        await driver.press("enter")
        await driver.until(lambda: "would change it" in driver.text() and "flights@7" in driver.text(), "the record")
        await driver.press("escape", "d")
        await driver.until(lambda: driver.modal == "TextView" and "would change it" in driver.text(), "and as a text")


async def test_a_saved_recipe_that_leads_to_no_run_is_a_decision(empty: World, console: Opened) -> None:
    lab = Lab(empty.workspace)
    lab.add("a.csv", learnable(60))
    lab.recipe(RECIPE + "\n[triggers]\nrecipe_change = false\n")
    lab.recipe(RECIPE.replace("max_iter = 5", "max_iter = 6") + "\n[triggers]\nrecipe_change = false\n")
    async with console(empty.workspace, (120, 30)) as driver:
        await driver.press("6", "tab")
        await driver.until(lambda: "– no run" in driver.text() and "would change it" in driver.text(), "said")
        await driver.press("enter")
        await driver.until(lambda: 'recipe_change is "save"' in driver.text(), "what would have had to be different")
        command = driver.screen.place.level.command()
    assert main(["-w", str(empty.workspace.root), *command.split()[1:]]) == 0
