"""`E` and `V`: the view as a file, in its order and columns; and which columns it has."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest

from console.cli import main
from core.registry import runs
from screens.level import Listing, Query
from screens.modals.columns import ColumnChoice
from tests.screens.drawn import kinds, leave
from tests.screens.driver import Driver, Opened
from tests.screens.test_commands import understood
from tests.screens.test_hostile import levels
from tests.screens.world import World


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder is an empty one."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


async def exported(driver: Driver, name: str = "") -> None:
    """Press E, write `name` (or take what is offered), and wait for the file."""
    await driver.press("E")
    if name:
        await driver.keys(*["backspace"] * len(driver.screen.bar.text))
        await driver.type(name)
    await driver.keys("enter")


def titles(driver: Driver) -> list[str]:
    return [column.title for column in driver.screen.table.columns]


def test_every_column_of_every_listing_has_a_value_in_its_table(world: World) -> None:
    for level in levels(world, "flights"):
        if not isinstance(level, Listing) or level.table is None:
            continue
        rows = level.read(world.workspace, Query()).rows
        names = [level.exported(column) for column in level.columns]
        for value in level.table.values(names):
            json.dumps([value(row) for row in rows], allow_nan=False)


async def test_the_view_is_written_in_its_order_and_columns(world: World, console: Opened, here: Path) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "slash")
        await driver.type("state=finished")
        await driver.press("enter", "o", "m")
        await exported(driver)
        await driver.until(lambda: "rows -> " in driver.said, "the file")
        with (here / "runs.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        shown = [str(driver.screen.table.identity(row)) for row in driver.screen.table.rows]
        assert [row["id"] for row in rows] == shown and rows[0]["score"] == "0.71"
        await driver.press("C")
        line = driver.app.clipboard
        understood(line)
        words = shlex.split(line)[1:]
        words[words.index("--out") + 1] = "again.csv"
        assert main(["-w", str(world.workspace.root), *words]) == 0
        assert (here / "again.csv").read_text("utf-8") == (here / "runs.csv").read_text("utf-8")
        await driver.press("j", "C")
        assert driver.app.clipboard.startswith("footplate runs show")


async def test_the_ending_chooses_the_kind_and_a_wrong_one_is_said(world: World, console: Opened, here: Path) -> None:
    async with console(world.workspace) as driver:
        await driver.press("7")
        await exported(driver, "events.xlsx")
        assert driver.screen.bar.is_open and "tables are written as .csv" in driver.text()
        await driver.keys("escape")
        await exported(driver, "nowhere/events.json")
        assert driver.screen.bar.is_open and "there is no folder nowhere" in driver.text()
        await driver.keys("escape")
        for name in ("events.json", "events.jsonl"):
            await exported(driver, name)
            await driver.until((here / name).exists, name)
        whole = json.loads((here / "events.json").read_text("utf-8"))
        lines = [json.loads(line) for line in (here / "events.jsonl").read_text("utf-8").splitlines()]
        assert whole == lines and whole[0]["at"] >= whole[-1]["at"] and "payload" in whole[0]


async def test_nothing_is_overwritten_unasked(world: World, console: Opened, here: Path) -> None:
    (here / "runs.csv").write_text("mine\n", "utf-8")
    async with console(world.workspace) as driver:
        await driver.press("3")
        await exported(driver)
        await driver.until(lambda: driver.modal == "Ask", "the question")
        assert "Overwrite runs.csv?" in driver.text()
        await driver.keys("n")
        assert (here / "runs.csv").read_text("utf-8") == "mine\n" and "nothing was written" in driver.said
        await exported(driver)
        await driver.until(lambda: driver.modal == "Ask")
        await driver.keys("y")
        await driver.until(lambda: "rows -> " in driver.said)
        assert (here / "runs.csv").read_text("utf-8").startswith("id,recipe,")


async def test_columns_are_chosen_moved_and_kept_for_the_place(world: World, console: Opened, here: Path) -> None:
    with world.write() as tx:
        for run in range(1, 8):
            runs.add_params(tx, run, {"中文 [b]": "x"})
    async with console(world.workspace, (120, 40)) as driver:
        await driver.press("3", "V")
        await driver.until(lambda: driver.modal == "ColumnChoice", "the choice")
        choice = driver.app.screen
        assert isinstance(choice, ColumnChoice)
        assert {"brier", "roc_auc", "params.max_iter", "error"} <= set(choice.order)
        await driver.keys("slash")
        await driver.type("max_iter")
        await driver.keys("enter", "space", "escape", "g", "j", "j", "space", "g", "J", "enter")
        await driver.until(lambda: driver.modal == "")
        assert titles(driver)[:3] == ["max_iter", "run", "state"] and "recipe" not in titles(driver)
        assert driver.screen.place.columns
        await driver.press("enter", "escape")
        assert "max_iter" in titles(driver), "it comes back with the place"
        await driver.press("colon")
        await driver.type("columns id,brier,param:max_iter")
        await driver.press("enter")
        assert titles(driver) == ["run", "brier", "max_iter"]
        assert "0.1800" in driver.text() and "100" in driver.text()
        await exported(driver)
        await driver.until(lambda: "rows -> " in driver.said)
        assert (here / "runs.csv").read_text("utf-8").splitlines()[0] == "id,brier,params.max_iter"
        await driver.press("o")
        letters = {column.name: letter for letter, column in driver.screen._sortable().items()}
        await driver.press(letters["brier"])
        await driver.until(lambda: driver.screen.place.order == "-brier", "sorted by a metric")
        await driver.press("colon")
        await driver.type("columns")
        await driver.press("enter")
        assert len(titles(driver)) > 8 and driver.screen.place.columns == ()


async def test_a_column_that_is_not_there_is_said_with_the_nearest(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "colon")
        await driver.type("columns nam")
        await driver.keys("enter")
        await driver.until(lambda: "did you mean name" in driver.text(), "the nearest name")


async def test_a_page_of_runs_writes_the_numbers_behind_it(world: World, console: Opened, here: Path) -> None:
    for id in (6, 7):
        leave(world, id, kinds("binary", seed=id))
    async with console(world.workspace) as driver:
        await driver.press("3", "space", "space", "equals_sign")
        await driver.until(lambda: len(driver.screen.stack) == 2, "the comparison")
        await exported(driver)
        await driver.until(lambda: "rows -> " in driver.said, "the file")
        with (here / "runs-6-7.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert {row["run"] for row in rows} == {"6", "7"} and {"roc", "importance"} <= {row["picture"] for row in rows}
        await driver.press("C")
        words = shlex.split(driver.app.clipboard)[1:]
        assert words[:4] == ["runs", "curves", "6", "7"]
        words[words.index("--out") + 1] = "again.csv"
        assert main(["-w", str(world.workspace.root), *words]) == 0
        assert (here / "again.csv").read_text("utf-8") == (here / "runs-6-7.csv").read_text("utf-8")
