"""What takes long is seen and stopped with Esc; what was shown stays. Wide text never shifts a column."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from rich.cells import cell_len

from core.query import patience
from core.views import runs
from screens import waiting
from tests.screens.driver import Opened
from tests.screens.world import World

WIDE = (
    "中文報告.csv", "👩‍👩‍👧‍👦 family.csv", "e\u0301\u0301\u0301.csv", "a\nb\tc.csv",
    "ＦＵＬＬ.csv", "🇩🇪🏳️‍🌈.csv", "\u200bzero\u200d.csv",
)


async def test_a_slow_filter_is_seen_and_stopped_and_the_rows_stay(
    world: World, console: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "SEEN_SECONDS", 0.02)
    real, stopped = runs.list, threading.Event()

    def slow(workspace: Any, *, where: str = "", **wish: Any) -> Any:
        """A read that goes on until nobody waits for it, as SQLite does when it looks through a million rows."""
        if "nobody" in where:
            cancelled = patience.asked()
            assert cancelled is not None
            while not cancelled():
                threading.Event().wait(0.005)
            stopped.set()
        return real(workspace, where=where, **wish)

    async with console(world.workspace) as driver:
        await driver.press("3")
        monkeypatch.setattr(runs, "list", slow)
        await driver.keys("slash")
        await driver.type("nobody")
        await driver.keys("enter")
        await driver.until(lambda: "Esc stops" in driver.lines()[1], "it is seen")
        assert len(driver.screen.table.rows) == 7
        await driver.keys("escape")
        await driver.until(stopped.is_set, "the read ends")
        assert driver.screen.place.where == "" and "stopped: what you see is from before" in driver.said
        assert len(driver.screen.table.rows) == 7 and "Esc stops" not in driver.lines()[1]


async def test_wide_text_never_shifts_a_column(world: World, console: Opened) -> None:
    for name in WIDE:
        world.version(file=name, minutes=1)
    async with console(world.workspace, (120, 40)) as driver:
        await driver.press("2", "enter")
        lines = [line for line in driver.lines()[2:] if "accepted" in line or "version  state" in line]
        assert len(lines) > len(WIDE) and all(cell_len(line) == 120 for line in driver.lines())
        edges = {cell_len(line[: line.index("✓ accepted")]) for line in lines if "✓ accepted" in line}
        assert len(edges) == 1
        ends = {cell_len(line.split(" now ")[0]) for line in lines if " now " in line}
        assert len(ends) <= 1 and "␊" in driver.text() and "中文報告.csv" in driver.text()
