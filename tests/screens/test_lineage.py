"""Lineage as a graph that one walks with the keys: along its edges, among what stands beside, into what a node is."""

from __future__ import annotations

import time

import pytest
from rich.cells import cell_len

from core.registry import recipes
from core.views import graph
from core.views.nodes import Node
from screens.levels.datasets import Versions
from screens.levels.lineage import Fold, LineagePart, folded
from screens.levels.profile import Profile
from screens.levels.run import RunPage
from screens.levels.saved import CodePage, RecipeVersionPage
from screens.levels.version import RecordPart
from screens.widgets.graph import Box, cut, picture
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


async def lineage(driver: Driver, *after: str) -> LineagePart:
    await driver.press("4", "enter", "enter", "shift+tab", *after)
    level = driver.screen.place.level
    assert isinstance(level, LineagePart)
    return level


def here(driver: Driver) -> str:
    """The node under the cursor, as the picture marks it."""
    [line] = [line for line in driver.lines() if "▸" in line]
    return line.split("▸")[1].split("─")[0].strip()


async def test_one_walks_from_the_version_to_a_file_and_back_to_another_version(
    world: World, console: Opened
) -> None:
    async with console(world.workspace) as driver:
        await lineage(driver)
        assert here(driver) == "flights v6" and "★ champion" in driver.text()
        assert driver.text().count("✓ flights@") == 6 and "recipe 5b3c50" in driver.text()
        await driver.press("h")
        assert here(driver) == "★ run 6"
        await driver.press("h")
        assert here(driver) == "✓ flights@6"
        await driver.press("j", "j", "h")
        assert here(driver) == "fligh…_2026-04.csv" and "flights_2026-04.csv  file" in driver.text()
        await driver.press("h")
        assert "nothing is recorded before this" in driver.said
        await driver.press("l", "l")
        assert here(driver) == "★ run 6", "back by the way that one came"
        await driver.press("j", "l", "l")
        assert "nothing came of this" in driver.said and here(driver) == "flights v5"
        await driver.press("k")
        assert "nothing else stands beside this" in driver.said


async def test_enter_opens_what_a_node_is_and_escape_comes_back_to_it(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        level = await lineage(driver)
        for keys, kind, command in (
            ((), RecordPart, "footplate models lineage flights@6"), (("h",), RunPage, "footplate runs show 6"),
            (("h",), Profile, "footplate data show flights@6"), (("h",), Profile, "footplate data versions flights"),
            (("l", "G"), RecipeVersionPage, "footplate recipes show flights"),
        ):
            await driver.press(*keys, "C")
            assert driver.app.clipboard == command
            at = here(driver)
            await driver.press("enter")
            assert isinstance(driver.screen.place.level, kind), at
            await driver.press("escape")
            assert driver.screen.place.level is level and here(driver) == at
        await driver.press("enter")
        assert 'target = "late"' in driver.text() and "8 went by it" not in driver.text()


async def test_the_alias_leads_to_the_model_and_a_file_of_several_versions_to_them(
    world: World, console: Opened
) -> None:
    world.version(file="flights_2026-06.csv", minutes=1)
    async with console(world.workspace) as driver:
        await lineage(driver, "l")
        assert here(driver) == "★ champion"
        await driver.press("enter")
        assert "deployments › flights › v6 linea" in driver.lines()[1]
        await driver.press("escape", "h", "h", "h", "h", "enter")
        assert isinstance(driver.screen.place.level, Versions)


async def test_the_code_of_a_recipe_is_part_of_it(world: World, console: Opened) -> None:
    text = "def transform(frame):\n    return frame\n"
    sha256 = world.workspace.store.put_bytes(text.encode())
    code = [{"name": "features.py", "sha256": sha256}]
    with world.write() as tx:
        recipes.add_version(tx, recipe="flights", hash="aabbcc", text="", code=code, git=None)
        tx.connection.exec_driver_sql("UPDATE run SET recipe_version_id = 2 WHERE id = 6")
    async with console(world.workspace) as driver:
        await lineage(driver, "h", "h", "G", "h")
        assert here(driver) == "features.py"
        await driver.press("enter")
        assert isinstance(driver.screen.place.level, CodePage) and "return frame" in driver.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 14)])
async def test_five_hundred_versions_of_data_are_folded_and_unfolded(
    world: World, console: Opened, size: tuple[int, int]
) -> None:
    ids = [world.version(file=f"month_{number:03d}.csv", minutes=1) for number in range(500)]
    world.run(data=ids, minutes=0.5)
    async with console(world.workspace, size) as driver:
        await lineage(driver)
        assert ("older" in driver.text() or size[0] < 80) and all(cell_len(line) <= size[0] for line in driver.lines())
        began = time.monotonic()
        await driver.press("h", "h")
        assert time.monotonic() - began < 3
        await driver.press("G")
        assert "recipe 5b3c50  version of the recipe" in driver.text()
        await driver.press("k")
        assert here(driver).startswith("+ ") and "Enter unfolds them" in driver.text()
        shown = int(here(driver).split()[1])
        await driver.press("h")
        assert f"Enter unfolds these {shown}" in driver.said
        await driver.press("enter")
        assert f"{501 - shown} of 501" in driver.text()
        newest = here(driver)
        await driver.press("pagedown", "pageup", "G", "k")
        assert "500 of 501" in driver.text() and here(driver) != newest
        await driver.press("h", "l")
        assert "500 of 501" in driver.text(), "what was unfolded is so again when one comes back into it"


async def test_keys_faster_than_the_registry_are_all_fulfilled(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await lineage(driver)
        await driver.keys("h", "h", "j", "j", "j", "h")
        await driver.until(lambda: "flights_2026-03.csv  file" in driver.text(), "the file at the end of six keys")


def test_folding_keeps_every_kind_and_never_takes_more_than_the_room() -> None:
    data = [Node("data", f"d@{n}", f"d@{n}") for n in range(100, 0, -1)]
    recipe = Node("recipe", "1", "recipe")
    for room in range(2, 120):
        items = folded([*data, recipe], room)
        assert len(items) <= max(room, 2) and items[-1] == recipe
        told = sum(len(one.nodes) if isinstance(one, Fold) else 1 for one in items)
        assert told == 101
    assert folded(data[:3], 3) == data[:3]
    assert folded(data, 1) == [Fold(tuple(data), True)]


def test_lines_meet_where_they_should() -> None:
    future = [Box("a", 1), Box("b", 1, beyond=(Box("c", 2),))]
    drawn = [line.plain.rstrip() for line in picture([Box("x", 0)], 0, (), future, ("0", "1", "2"), 40, 4)]
    assert drawn == ["0     1     2", "    ╭─ a", "▸x ─┴─ b ─── c", ""]
    three = [Box(name, 0) for name in "pqr"]
    drawn = [line.plain.rstrip() for line in picture([Box("x", 1)], 0, three, (), ("0", "1"), 40, 4)]
    assert drawn == ["0     1", " p ─╮", " q ─┼─▸x", " r ─╯"]


def test_labels_keep_their_end() -> None:
    assert cut("flights_2013-12.csv", 14) == "flig…13-12.csv" and cut("short", 9) == "short"
    assert cell_len(cut("日本語のファイル名.csv", 9)) <= 9


def test_around_knows_both_ways(world: World) -> None:
    found = graph.around(world.workspace, "data", "flights@3")
    assert [branch.node.key for branch in found.parents] == ["flights/flights_2026-03.csv"]
    assert [branch.node.key for branch in found.children] == ["7", "6", "5", "4", "3"]
    made = found.to_json()
    assert made["children"][1]["beyond"][0]["beyond"][0]["label"] == "champion"
