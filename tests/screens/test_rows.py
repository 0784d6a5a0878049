"""The rows of a version: pages from a stored file, wide tables by their columns, hostile cells harmless."""

from __future__ import annotations

import csv
import io

import pytest
from rich.cells import cell_len

from core.registry import datasets
from core.vocabulary import Cause, VersionState
from tests.screens.driver import Opened
from tests.screens.world import World

HOSTILE = "\x1b[31mred [bold]x[/] \u202e" + "e\u0301" * 3 + "\U0001f469\u200d\U0001f680"


def stored(world: World, header: list[str], rows: list[list[str]], *, bad: bytes = b"") -> None:
    """flights@8 with these rows."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    data = made.getvalue().encode("utf-8", "surrogatepass") + bad
    hash = world.workspace.store.put_bytes(data)
    with world.write() as tx:
        datasets.add(tx, {
            "dataset": "flights", "hash": hash, "state": VersionState.ACCEPTED, "discarded": False,
            "files": [{"name": "rows.csv", "bytes": len(data), "hash": hash}], "file_name": "rows.csv",
            "rows": len(rows), "columns": len(header), "labelled": 0, "bad_rows": 0, "reasons": [], "warnings": [],
            "schema": [{"name": "n", "kind": "number"}], "cause": Cause.MANUAL, "dialect": {"format": "csv"},
        })


@pytest.fixture
def wide(world: World) -> World:
    stored(
        world, ["n", *(f"column {place}" for place in range(40)), HOSTILE],
        [[str(number), *(f"{number}.{place}" for place in range(40)), HOSTILE] for number in range(5000)],
        bad=b"only one field\n",
    )
    return world


async def test_pages_are_read_from_the_stored_file_and_the_end_is_reached_at_once(
    wide: World, console: Opened
) -> None:
    async with console(wide.workspace) as driver:
        await driver.press("2", "enter")
        await driver.until(lambda: len(driver.screen.stack) == 2 and driver.screen.row() is not None, "versions")
        await driver.press("s")
        await driver.until(lambda: len(driver.screen.stack) == 3 and driver.screen.row() is not None, "rows")
        await driver.until(lambda: "v8 rows" in driver.lines()[1] and driver.screen.table.rows, "rows")
        assert "1 of 200+" in driver.lines()[1] and "0.0" in driver.text()
        await driver.press("pagedown", "G")
        await driver.until(lambda: driver.screen.row() is not None and driver.screen.row().number == 5001, "the end")
        assert "✗ 5,001" in driver.text() and "  5,000" in driver.text() and "5,001 of 5,001" in driver.lines()[1]
        await driver.press("d")
        assert "1 field where the header has 42" in driver.text()
        await driver.press("escape", "g")
        await driver.until(lambda: driver.screen.row().number == 1, "the beginning")


async def test_a_wide_table_scrolls_by_its_columns_and_hostile_cells_take_their_place(
    wide: World, console: Opened
) -> None:
    async with console(wide.workspace) as driver:
        await driver.press("2", "enter")
        await driver.until(lambda: len(driver.screen.stack) == 2 and driver.screen.row() is not None, "versions")
        await driver.press("s")
        await driver.until(lambda: len(driver.screen.stack) == 3 and driver.screen.row() is not None, "rows")
        for _ in range(41):
            await driver.keys("l")
        await driver.until(lambda: "␛[31mred" in driver.text(), "the cell")
        assert "\x1b" not in driver.text()
        assert {cell_len(line) for line in driver.lines()} == {80}
        await driver.press("d")
        assert "row 1" in driver.text() and "column 3" in driver.text()


async def test_rows_are_filtered_and_a_wrong_column_is_named(wide: World, console: Opened) -> None:
    async with console(wide.workspace) as driver:
        await driver.press("2", "enter", "s", "slash")
        await driver.type("n>=4998")
        await driver.press("enter")
        await driver.until(lambda: len(driver.screen.table.rows) == 2, "filtered")
        await driver.press("C")
        assert driver.app.clipboard == "footplate data rows flights@8 --offset 4998 --limit 1"
        await driver.press("escape", "slash")
        await driver.type("m=1")
        await driver.press("enter")
        await driver.until(lambda: "there is no column m" in driver.text(), "the nearest")


async def test_a_version_without_bytes_says_why(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "s")
        assert "choose a version first" in driver.said
        await driver.press("enter", "s")
        await driver.until(lambda: "is not there" in driver.said)
