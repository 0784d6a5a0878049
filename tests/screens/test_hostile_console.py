"""The whole console among hostile strings: in its files, in what is typed, and as a program in a real terminal."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from textual import events

from benchmarks.measuring import environment
from benchmarks.terminal import Terminal
from core.services import adding
from core.services.quarantine import places
from core.services.rows import rows_of
from core.views import datasets as views
from screens.level import Level, Listing, Page, Query
from screens.levels.datasets import Datasets, Versions
from screens.levels.places import placed
from screens.levels.profile import Profile
from screens.levels.rows import RowsLevel
from tests.fakes.lab import Lab, learnable
from tests.screens.driver import Driver, opened
from tests.screens.hostile import FRAGMENTS, TEXTS, checked, whole
from tests.screens.test_hostile import inhabit, safe
from tests.screens.world import World

WALK = (
    "1", "d", "escape", "2", "enter", "d", "escape", "y", "escape", "down", "enter", "enter",
    "escape", "escape", "escape", "3",
    "enter", "escape", "L", "escape", "V", "escape", "x", "escape", "4", "enter", "enter", "tab", "tab", "tab", "tab",
    "escape", "escape", "5", "6", "d", "escape", "tab", "tab", "d", "escape", "tab", "7", "d", "escape", "enter",
    "escape",
)

OVERLAY = "dyLVx"  # keys that lay a text or a box over the list


def place(bare: Path, folder: Path, text: str) -> World:
    """A workspace in which every field that somebody else fills says `text`; the logs do, too, in a line of 1 MB."""
    root = folder / "house"
    shutil.copytree(bare, root)
    known = (root / "footplate.toml").read_text("utf-8")
    (root / "footplate.toml").write_text(f"name = {json.dumps(text)}\n{known}", "utf-8")
    world = World(root)
    inhabit(world, text)
    logs = world.workspace.logs
    (logs / "jobs").mkdir(parents=True, exist_ok=True)
    said = text.encode() + b"\xff\xfe\xc3(" + b"z" * 1_000_000 + b"\n\x1b[31mred\x9b\n"
    for name in ("jobs/2.log", "jobs/4.log"):
        (logs / name).write_bytes(said)
    (logs / "daemon.log").write_bytes(b"2026-11-25T00:00:00+00:00 INFO " + said)
    return world


def test_no_text_in_any_field_moves_a_cell(bare: Path, tmp_path: Path) -> None:
    """Every screen with its drill-downs, describe views, logs and lists, by any text that Hypothesis finds."""
    count = 0

    @settings(max_examples=3, suppress_health_check=[*HealthCheck])
    @example("".join(FRAGMENTS))
    @given(TEXTS)
    def look(text: str) -> None:
        nonlocal count
        count += 1
        folder = tmp_path / str(count)
        folder.mkdir()
        world = place(bare, folder, text)
        try:
            asyncio.run(walk(world))
        finally:
            world.close()
            shutil.rmtree(folder)

    look()


async def walk(world: World) -> None:
    seen = set()
    async with opened(world.workspace, (120, 30)) as driver:
        whole(driver)
        for key in WALK:
            await driver.keys(key)
            await still(driver)
            if key in OVERLAY:
                await driver.until(lambda: driver.modal, f"what {key} lays over the list")
            whole(driver)
            seen.add(driver.modal or driver.screen.place.level.name)
    assert seen >= {
        "dataset", "version", "profile", "column", "run", "model", "monitor", "job", "recipe", "event", "TextView",
        "Actions",
    }, seen


async def still(driver: Driver) -> None:
    """Until what a key asked for was read, whatever lies over the screen."""
    await driver.until(lambda: not driver.screen._busy and driver.screen._shown, "read")


@settings(max_examples=6, suppress_health_check=[*HealthCheck])
@example(names=[f"{one}{at}" for at, one in enumerate(FRAGMENTS)], bad=b"\xff\x00\xc3(", file=b"\xff\xfe\x1b[2J.csv")
@given(
    names=st.lists(TEXTS, min_size=2, max_size=6, unique=True), bad=st.binary(max_size=40),
    file=st.binary(min_size=1, max_size=40).map(lambda name: name.replace(b"/", b"").replace(b"\0", b"") + b".csv"),
)
def test_any_bytes_in_a_file_are_judged_and_shown(
    bare: Path, tmp_path_factory: pytest.TempPathFactory, names: list[str], bad: bytes, file: bytes
) -> None:
    """File name, column names, categories and cells, one of them of 1 MB, and bytes that are no UTF-8."""
    folder = tmp_path_factory.mktemp("bytes")
    shutil.copytree(bare, folder / "house")
    world = World(folder / "house")
    try:
        lab = Lab(world.workspace)
        rows = learnable(30)
        lab.add("good.csv", [[*row, *names] for row in rows], ["x", "y", *names])
        lab.add("long.csv", [*([*row, *names] for row in rows), ["z" * 1_000_000, "no", *names]], ["x", "y", *names])
        path = folder / os.fsdecode(file)
        path.write_bytes("\n".join(["x,y", *names, "1,no"]).encode() + bad + b"\n2,yes\n")
        adding.add(world.workspace, "churn", [path])
        look_at_data(world)
    finally:
        world.close()


def look_at_data(world: World) -> None:
    workspace = world.workspace
    versions = views.versions(workspace, "churn", limit=0).rows
    assert versions
    levels: list[Level] = [Datasets(), Versions("churn")]
    for version in versions:
        if version.has_profile:
            levels.append(Profile(version.name))
        if version.rows is not None:
            levels.append(RowsLevel(rows_of(workspace, version.name)))
        for one in places(workspace, version.name):
            safe(placed(one.to_json()))
    for level in levels:
        assert isinstance(level, Listing)
        for row in level.read(workspace, Query()).rows[:40]:
            safe(column.cell(row, world.clock.now()) for column in level.columns)
            safe(level.describe(workspace, row))
            if isinstance(inner := level.open(row), Page):
                safe(inner.read(workspace, world.clock.now()))


def test_anything_may_be_typed_or_pasted(bare: Path, tmp_path: Path) -> None:
    """Into the command bar, the filter, the palette, a note, a tag and the name of a file: no crash, no wrong cell."""
    root = tmp_path / "house"
    shutil.copytree(bare, root)
    world = World(root)
    world.recipe()
    world.run()

    async def all_of_them() -> None:
        async with opened(world.workspace, (80, 24)) as driver:
            await driver.press("3")

            @settings(max_examples=12, suppress_health_check=[*HealthCheck])
            @example("".join(FRAGMENTS))
            @given(TEXTS)
            def collect(text: str) -> None:
                texts.append(text)

            texts: list[str] = []
            collect()
            for text in texts:
                for key in ("slash", "colon", ";", "m", "#", "E"):
                    await typed(driver, key, text)

    asyncio.run(all_of_them())
    world.close()


async def typed(driver: Driver, key: str, text: str) -> None:
    """Open the line of a key, paste, enter, and go back to the list."""
    await driver.keys(key)
    driver.app.post_message(events.Paste(text))
    await driver.settle()
    whole(driver)
    if key not in (";", "E"):  # the palette would do what it found, and a file would be written
        await driver.keys("enter")
        await still(driver)
        whole(driver)
    for _ in range(4):
        await driver.keys("escape")
        await still(driver)
    assert driver.app.is_running and not driver.modal
    await driver.press("3")
    await driver.until(lambda: driver.screen.NAME == "experiments", "back on the runs")


def test_a_real_terminal_gets_no_order_of_theirs(bare: Path, tmp_path: Path) -> None:
    """The program itself on a pseudo-terminal of 80 x 24: every byte that it sends is looked at."""
    world = place(bare, tmp_path, "".join(FRAGMENTS[:40]))
    keys = [{"escape": "\x1b", "enter": "\r", "tab": "\t"}.get(key, key) for key in WALK]
    command = [sys.executable, "-m", "console", "-w", str(world.workspace.root)]
    with Terminal(command, environment()) as terminal:
        terminal.until(lambda text: "NEED" in text)
        terminal.settle(0.3)
        terminal.take()
        for key in keys:
            terminal.send(key)
            terminal.settle(0.15)
        assert checked(terminal.take()) > 20_000
        terminal.send("1")
        terminal.until(lambda text: "Overview" in text)
        terminal.send("q")
        assert terminal.process.wait(20) == 0
    world.close()
