"""First steps: what is missing stands on every screen, and a folder is added with the keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.services import recipes
from core.workspace import Workspace
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


@pytest.fixture
def inbox(empty: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one file, in the workspace, which is the current folder."""
    folder = empty.workspace.root / "inbox" / "churn"
    folder.mkdir(parents=True)
    lines = "".join(f"2026-01-{1 + at % 28:02d},c{at},{at},{at % 2}\n" for at in range(40))
    (folder / "jan [b]\x1b.csv").write_text("day,customer_id,x,churned\n" + lines)
    monkeypatch.chdir(empty.workspace.root)
    return folder


def written(world: World) -> list[str]:
    return sorted(path.name for path in world.workspace.recipes.glob("*"))


async def at(driver: Driver, step: int) -> None:
    await driver.until(lambda: f"Add a folder, {step} of 4" in driver.text(), f"step {step}")


async def to_the_target(driver: Driver) -> None:
    await driver.keys("+")
    await at(driver, 1)
    await driver.type("in")
    await driver.keys("tab")
    await driver.until(lambda: "folder inbox/" in driver.text(), "completed")
    await driver.keys("tab")
    await driver.until(lambda: "folder inbox/churn/" in driver.text(), "completed twice")
    await driver.until(lambda: "1 file: jan [b]␛.csv" in driver.text(), "what is in it")
    await driver.keys("enter")
    await at(driver, 2)
    await driver.until(lambda: "likeliest" in driver.text(), "the columns")


async def to_the_last(driver: Driver) -> None:
    await to_the_target(driver)
    await driver.keys("enter")
    await at(driver, 3)
    await driver.until(lambda: "name churn" in driver.text(), "a name")
    await driver.keys("enter")
    await at(driver, 4)
    await driver.until(lambda: "predicts" in driver.text(), "what was found out")


@pytest.mark.parametrize("screen", ["1", "2", "3", "4", "5", "6"])
async def test_an_empty_workspace_says_on_every_screen_what_is_missing(
    empty: World, console: Opened, screen: str
) -> None:
    async with console(empty.workspace) as driver:
        await driver.press(screen)
        await driver.until(lambda: "+ adds a folder" in driver.text(), "the key")
        assert "none runs: S on 1 Overview starts it" in driver.text()


async def test_a_folder_is_added_by_keys_and_nothing_is_written_before_the_yes(
    empty: World, console: Opened, inbox: Path
) -> None:
    async with console(empty.workspace, (100, 40)) as driver:
        await to_the_last(driver)
        for said in ("churned  classification", "roc_auc", "day  orders rows", "customer_id  tells rows apart",
                     'target = "churned"', "none runs", "1 column (1 number): x"):
            assert said in driver.text(), said
        assert written(empty) == [], "not before the yes"
        await driver.keys("enter")
        assert driver.modal == "Wizard", "Enter never confirms"
        await driver.keys("y")
        await driver.until(lambda: "recipe churn is written; 1 file in its folder" in driver.said)
        await driver.until(lambda: "! S    no daemon runs" in driver.text(), "the next step")
    recipe = recipes.load(empty.workspace, "churn")
    assert (recipe.data.watch, recipe.data.target, recipe.data.time, recipe.data.id) == (
        "inbox/churn", "churned", "day", "customer_id"
    )


async def test_the_daemon_is_started_where_one_wants_it(empty: World, console: Opened, inbox: Path) -> None:
    started: list[Workspace] = []

    def start(workspace: Workspace) -> str:
        started.append(workspace)
        return "daemon started"

    async with console(empty.workspace, (100, 40), start_daemon=start) as driver:
        await to_the_last(driver)
        await driver.keys("S")
        await driver.until(lambda: "daemon started" in driver.said)
    assert written(empty) == ["churn.toml"] and len(started) == 1


async def test_back_is_a_step_back_and_escape_leaves_without_a_trace(
    empty: World, console: Opened, inbox: Path
) -> None:
    async with console(empty.workspace, (100, 40)) as driver:
        await to_the_last(driver)
        await driver.keys("backspace")
        await at(driver, 3)
        await driver.keys("shift+tab")
        await at(driver, 2)
        await driver.until(lambda: "likeliest" in driver.text())
        await driver.type("x")
        await driver.until(lambda: "▌ x " in driver.text(), "narrowed")
        await driver.keys("enter")
        await at(driver, 3)
        await driver.keys("enter")
        await at(driver, 4)
        await driver.until(lambda: "x  regression" in driver.text())
        await driver.keys("escape")
        await driver.until(lambda: driver.said == "nothing was written")
        assert written(empty) == [] and driver.modal == ""


async def test_the_time_is_another_or_none_at_a_key(empty: World, console: Opened, inbox: Path) -> None:
    async with console(empty.workspace, (100, 40)) as driver:
        await to_the_last(driver)
        await driver.keys("t")
        await driver.until(lambda: 'time   = "day"' not in driver.text())
        await driver.keys("i")
        await driver.until(lambda: 'id     = "customer_id"' not in driver.text())
        await driver.keys("y")
        await driver.until(lambda: "recipe churn is written" in driver.said)
    recipe = recipes.load(empty.workspace, "churn")
    assert recipe.data.time is None and recipe.data.id is None


async def test_what_will_not_do_is_said_at_its_step(empty: World, console: Opened, inbox: Path) -> None:
    (inbox.parent / "later").mkdir()
    async with console(empty.workspace) as driver:
        await driver.keys("+")
        await at(driver, 1)
        await driver.keys("enter")
        await driver.until(lambda: "name a folder" in driver.text())
        await driver.type("nowhere")
        await driver.keys("enter")
        await driver.until(lambda: "there is no folder" in driver.text())
        for _ in "nowhere":
            await driver.keys("backspace")
        await driver.type("inbox/later")
        await driver.keys("enter")
        await at(driver, 2)
        await driver.until(lambda: "no file is in it yet" in driver.text(), "a target is typed then")
        await driver.type("y")
        await driver.keys("enter")
        await at(driver, 3)
        await driver.until(lambda: "name later" in driver.text())
        for _ in "later":
            await driver.keys("backspace")
        await driver.type("../x")
        await driver.keys("enter")
        await driver.until(lambda: "cannot be the name of a recipe" in driver.text())
    assert written(empty) == []


async def test_a_console_that_only_reads_adds_no_folder(world: World, console: Opened) -> None:
    async with console(world.workspace, read_only=True) as driver:
        await driver.keys("+")
        assert "only reads" in driver.said and driver.modal == ""


async def test_what_waits_in_a_folder_and_what_starts_runs(empty: World, console: Opened, inbox: Path) -> None:
    recipes.new(empty.workspace, "churn", "inbox/churn", "churned")
    async with console(empty.workspace, (100, 30)) as driver:
        await driver.press("6", "tab", "tab")
        await driver.until(lambda: "1 file waits" in driver.text(), "how many wait")
        await driver.press("enter")
        await driver.until(lambda: "jan [b]␛.csv" in driver.text() and "no daemon runs" in driver.text(), "why")
        await driver.press("escape", "tab")
        await driver.until(lambda: "no cron line" in driver.text() and "✓ on" in driver.text(), "triggers")
