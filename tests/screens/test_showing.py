"""Wide, full screen, read-only for now, and the shell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from console.app import Console
from screens import shell
from screens.widgets.columns import in_full
from tests.screens.driver import Opened
from tests.screens.world import World

LONG = "a-name-that-no-narrow-column-holds-in-full-however-hard-it-tries.csv"


async def test_wide_cuts_no_cell_and_back_again(world: World, console: Opened) -> None:
    world.version("flights", file=LONG)
    async with console(world.workspace) as driver:
        await driver.press("2", "enter")
        assert LONG not in driver.text() and "…" in driver.lines()[3]
        await driver.press("w")
        assert "no cell is cut" in driver.said and "↔ wide" in driver.lines()[1]
        await driver.press("l", "l")
        assert LONG in driver.text()
        for _ in range(9):
            await driver.press("l")
        assert "further to the right are shown" in driver.said and "labelled" in driver.lines()[2]
        await driver.press("w")
        assert LONG not in driver.text() and "↔" not in driver.lines()[1] and "as before" in driver.said


def test_columns_in_full_go_on_beyond_the_edge() -> None:
    assert in_full([5, 6, 30], 40) == [5, 6, 25]
    assert in_full([5, 6, 24], 40) == [5, 6, 24]
    assert in_full([5, 28, 30], 40) == [5, 28]
    assert in_full([90, 3], 40) == [40] and in_full([], 40) == []


async def test_lines_of_a_text_are_unfolded_and_moved_along(world: World, console: Opened) -> None:
    world.run("flights", error=f"{'why it failed ' * 20}THE END", state="failed")
    async with console(world.workspace) as driver:
        await driver.press("3", "enter")
        await driver.until(lambda: "why it failed" in driver.text())
        await driver.press("l")
        assert "w unfolds them" in driver.said
        await driver.press("w")
        assert "not folded" in driver.said and "THE END" not in driver.text()
        for _ in range(12):
            await driver.press("l")
        assert "THE END" in driver.text() and "end of the longest line" in driver.said
        await driver.press("h", "w")
        assert "lines are folded" in driver.said and "THE END" in driver.text()
        await driver.press("y")
        await driver.until(lambda: driver.modal == "TextView" and "why it failed" in driver.text())
        await driver.keys("l")
        assert "w unfolds them" in driver.lines()[-1]
        await driver.keys("w", "l")
        assert "h and l" not in driver.lines()[-1]


async def test_in_the_audit_wide_puts_the_whole_entry_under_the_table(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("7", "w")
        assert "whole entry" in driver.said
        await driver.until(lambda: driver.screen.preview.lines and driver.screen.preview.size.height >= 6)
        before = driver.screen.preview.lines
        assert driver.screen.preview.region.y > driver.screen.table.region.y
        await driver.press("j")
        await driver.until(lambda: driver.screen.preview.lines != before)
        await driver.press("w")
        await driver.until(lambda: not driver.screen.preview.size.height)


async def test_full_screen_shows_the_table_alone_until_escape(world: World, console: Opened) -> None:
    async with console(world.workspace, (120, 40)) as driver:
        tall = driver.screen.table.size.height
        await driver.press("f")
        await driver.until(lambda: driver.screen.table.region.y == 0 and driver.screen.table.size.height > tall)
        assert "flights" in driver.text() and "footplate" not in driver.text()
        assert driver.screen.table.size.width == 120 and "f or Esc" in driver.said
        await driver.press("escape")
        await driver.until(lambda: driver.screen.table.size.height == tall and "footplate" in driver.lines()[0])


async def test_read_only_for_now_is_lifted_by_the_same_key(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("W")
        assert "read-only for now" in driver.said and "read-only" in driver.lines()[0]
        await driver.press("S")
        assert "only reads (W lifts it)" in driver.said and driver.modal == ""
        await driver.press("2")
        assert "read-only" in driver.lines()[0]
        await driver.press("exclamation_mark")
        assert "opens no shell" in driver.said
        await driver.press("W")
        assert "can be made again" in driver.said and "read-only" not in driver.lines()[0]
        await driver.press("1", "S")
        await driver.until(lambda: driver.modal == "Ask")


async def test_what_was_started_read_only_stays_so(world: World, console: Opened) -> None:
    async with console(world.workspace, read_only=True) as driver:
        await driver.press("W")
        assert "does not lift that" in driver.said and "read-only" in driver.lines()[0]
        await driver.press("S")
        assert "--read-only" in driver.said and driver.modal == ""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def given(self: Console) -> Iterator[None]:
        yield

    monkeypatch.setattr(Console, "suspend", given)


async def test_the_shell_runs_in_the_workspace_and_its_news_are_read(
    world: World, console: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, terminal: None
) -> None:
    script = tmp_path / "sh"
    script.write_text(f'#!/bin/sh\necho "$PWD $FOOTPLATE_WORKSPACE" > {tmp_path}/where\n')
    script.chmod(0o755)
    monkeypatch.setenv("SHELL", str(script))
    async with console(world.workspace) as driver:
        await driver.press("exclamation_mark")
        assert driver.said == "back from the shell"
    root = world.workspace.root
    assert (tmp_path / "where").read_text().split() == [str(root), str(root)]


async def test_where_there_is_no_shell_it_says_why(
    world: World, console: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(world.workspace) as driver:
        await driver.press("exclamation_mark")  # without a terminal there is nothing to give away
        assert "cannot be given to a shell" in driver.said
        monkeypatch.setattr(Console, "is_web", True)
        await driver.press("exclamation_mark")
        assert "no shell on the web" in driver.said


def test_a_shell_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", str(tmp_path / "gone"))
    assert "could not be started" in shell.run(tmp_path) and "set SHELL" in shell.run(tmp_path)
