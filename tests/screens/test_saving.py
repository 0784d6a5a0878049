"""A text is taken away: copied to the terminal, or saved to a file where it is too long for that."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from screens.widgets.clipboard import LIMIT
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(driver: Driver) -> str:
    return " ".join(driver.app.screen.query_one("#hint").said.split())


async def test_a_short_text_is_sent_and_can_be_saved(world: World, console: Opened, here: Path) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "y")
        await driver.until(lambda: driver.modal == "TextView" and "recipe" in driver.text())
        await driver.keys("c")
        assert "sent to the terminal" in said(driver) and said(driver).endswith("E saves it to a file")
        copied = driver.app.clipboard
        await driver.keys("E")
        assert "save to run-7-as-JSON.txt" in driver.text()
        await driver.keys("enter")
        await driver.until(lambda: "saved: " in said(driver))
        assert (here / "run-7-as-JSON.txt").read_text("utf-8") == f"{copied}\n"
        await driver.keys("E", "enter")
        assert "is there already: name another one" in driver.lines()[-1]
        await driver.keys("escape", "slash")
        await driver.type("recipe")
        await driver.keys("enter")
        assert "recipe: 1/" in said(driver)


async def test_a_text_that_no_terminal_takes_is_offered_as_a_file(
    world: World, console: Opened, here: Path
) -> None:
    log = here / "long.log"
    log.write_text(f"{'x' * 70}\n" * (LIMIT // 70 + 1), "utf-8")
    async with console(world.workspace) as driver:
        driver.screen.open_log(log)
        await driver.until(lambda: driver.modal == "TextView" and "xxx" in driver.text())
        before = driver.app.clipboard
        await driver.keys("c")
        assert "too long for the terminal's clipboard" in driver.lines()[-1] and driver.app.clipboard == before
        await driver.keys("enter")
        await driver.until(lambda: "saved: " in said(driver))
        assert len((here / "log-long.log.txt").read_text("utf-8")) > LIMIT
        await driver.keys("E", *["backspace"] * len("log-long.log.txt"))
        await driver.type("no/such/folder.txt")
        await driver.keys("enter")
        assert "name a file in a folder that is there" in driver.lines()[-1]


async def test_inside_tmux_it_is_sent_both_ways(
    world: World, console: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = io.StringIO()
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    async with console(world.workspace) as driver:
        await driver.press("3")
        monkeypatch.setattr(driver.app._driver, "write", sent.write)
        await driver.press("c")
        monkeypatch.undo()
    assert "\x1b]52;c;Nw==\a" in sent.getvalue() and "\x1bPtmux;\x1b\x1b]52;c;Nw==\a\x1b\\" in sent.getvalue()
