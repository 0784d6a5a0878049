"""Quarantine: the very line and column, judged again by today's recipe, released with what that does."""

from __future__ import annotations

import pytest

from core.views import datasets as views
from screens.modals.question import Ask
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.screens.driver import Driver, Opened
from tests.screens.world import World

CHECKS = RECIPE + "\n[data.checks]\nrange = { x = [-3, 3] }\n"


@pytest.fixture
def lab(empty: World) -> Lab:
    """churn@1 is accepted; @2 lost a column to another name, @3 holds a word among numbers, @4 a short row."""
    made = Lab(empty.workspace)
    rows = learnable(60)
    made.add("a.csv", rows)
    made.add("b.csv", rows, ["X ", "y"])
    made.add("c.csv", [*rows[:20], ["oops [b]\x1b", "no"], *rows[20:]])
    path = empty.workspace.root / "d.csv"
    path.write_text("x,y\n1,no\n2,yes\n3\n4,no\n5,yes\n")
    from core.services import adding

    adding.add(empty.workspace, "churn", [path])
    return made


async def versions(driver: Driver, number: int) -> None:
    await driver.press("2", "enter", "g", *["down"] * (4 - number))


async def test_each_reason_stands_with_its_lines_what_was_expected_and_what_is_there(
    lab: Lab, console: Opened
) -> None:
    async with console(lab.workspace, (100, 40)) as driver:
        await versions(driver, 4)
        await driver.press("d")
        await driver.until(lambda: "2 fields" in driver.text(), "expected")
        assert "▸ 4 3" in driver.text() and "  1 x,y" in driver.text() and "6 5,yes" in driver.text()
        await driver.press("escape", "down", "d")
        await driver.until(lambda: "[oops [b]␛]" in driver.text(), "the cell")
        assert "expected  a number" in driver.text() and "▸ 22" in driver.text() and "\x1b" not in driver.text()
        await driver.press("escape", "down", "d")
        await driver.until(lambda: "no such column; the nearest new one is X" in driver.text(), "the name")
        assert "[x]" in driver.text() and "expected  a column x with a number in each row" in driver.text()


async def test_a_file_that_is_fine_by_todays_recipe_is_offered_for_release(lab: Lab, console: Opened) -> None:
    lab.recipe(RECIPE.replace('target = "y"\n', 'target = "y"\nbad_rows = 0.5\n'))
    async with console(lab.workspace, (100, 40)) as driver:
        await versions(driver, 4)
        await driver.press("r")
        await driver.until(lambda: driver.modal == "Ask", "the offer")
        assert "✓ churn@4 would be accepted today" in driver.text()
        assert "4 rows are accepted, 4 of them with a label" in driver.text()
        assert "1 rows that cannot be read are set aside" in driver.text()
        screen = driver.app.screen
        assert isinstance(screen, Ask) and screen.question.command == "footplate data quarantine release churn@4"
        await driver.keys("y")
        await driver.until(lambda: "churn@4 is accepted" in driver.said, "released")
    assert views.show(lab.workspace, "churn@4").state == "accepted"


async def test_one_that_is_not_says_what_would_be_found_now(lab: Lab, console: Opened) -> None:
    lab.recipe(CHECKS)
    async with console(lab.workspace, (100, 40)) as driver:
        await versions(driver, 4)
        await driver.press("r")
        await driver.until(lambda: "✗ churn@4 would be quarantined today" in driver.text(), "the verdict")
        assert "[4]" in driver.text() and "-3 to 3" in driver.text() and "nothing was changed" in driver.text()
    assert views.show(lab.workspace, "churn@4").state == "quarantined"


async def test_a_release_says_what_it_does(lab: Lab, console: Opened) -> None:
    async with console(lab.workspace, (100, 40)) as driver:
        await versions(driver, 2)
        await driver.press("X")
        await driver.until(lambda: driver.modal == "Choose")
        await driver.keys("r")
        await driver.until(lambda: driver.modal == "Ask", "the question")
        assert "60 rows are accepted" in driver.text() and "missing in every row: x" in driver.text()
        assert "the next run of churn learns from it" in driver.text()


async def test_a_console_that_only_reads_checks_and_offers_nothing(lab: Lab, console: Opened) -> None:
    lab.recipe(RECIPE.replace('target = "y"\n', 'target = "y"\nbad_rows = 0.5\n'))
    async with console(lab.workspace, (100, 40), read_only=True) as driver:
        await driver.press("2", "r")
        assert "choose a version first" in driver.said
        await versions(driver, 4)
        await driver.press("r")
        await driver.until(lambda: driver.modal == "TextView", "the verdict")
        assert "would be accepted today" in driver.text()


async def test_from_the_dataset_the_key_leads_to_what_waits_for_a_word(lab: Lab, console: Opened) -> None:
    async with console(lab.workspace) as driver:
        await driver.press("2")
        await driver.keys("X")
        await driver.until(lambda: driver.screen.place.where == "state=quarantined", "the versions")
        await driver.ready()
        assert all(row.state == "quarantined" for row in driver.screen.table.rows) and driver.screen.table.rows
        assert "X again" in driver.said


async def test_a_profile_is_of_a_version_that_can_be_disposed_of(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "enter", "down", "enter")
        await driver.keys("X")
        await driver.until(lambda: driver.modal == "Ask", "asked")
        assert "Retire flights@6" in driver.text()
