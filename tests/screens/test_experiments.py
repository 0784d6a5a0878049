"""The leaderboard: a baseline that all see, any metric to sort by, tags and notes that others see at once."""

from __future__ import annotations

import time

from core.services import baselines, notes
from core.views import runs as views
from core.workspace import Workspace
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


def row(driver: Driver, id: int) -> str:
    """The line of a run in the list."""
    return next(line for line in driver.lines() if line[1:].lstrip().startswith(f"{id} "))


async def test_a_baseline_is_pinned_and_the_others_show_how_far_they_are(world: World, console: Opened) -> None:
    async with console(world.workspace, size=(160, 40)) as driver:
        await driver.press("3")
        assert "★ champion v6" in row(driver, 6) and "baseline" not in row(driver, 6)
        await driver.press("down", "b")
        await driver.until(lambda: "◎ baseline" in row(driver, 6), "pinned")
        assert "run 6 is the baseline of flights (undo: `footplate runs unpin 6`)" in driver.said
        assert "▼ -0.10" in row(driver, 7), "0.61 against 0.71: intervals of 0.02 do not overlap"
        assert "▽ -0.010" in row(driver, 5), "0.70 against 0.71: they do"
        assert views.get(world.workspace, 6).is_baseline
        await driver.press("b")
        await driver.until(lambda: "◎" not in row(driver, 6), "unpinned")
        assert "no longer the baseline" in driver.said


async def test_somebody_elses_baseline_comes_by_itself(world: World, console: Opened) -> None:
    other = Workspace.open(world.workspace.root, actor="bob@elsewhere")
    async with console(world.workspace, size=(160, 40)) as driver:
        await driver.press("3")
        baselines.pin(other, 1)
        await driver.until(lambda: "◎ baseline" in row(driver, 1) and "▲ +0.050" in row(driver, 6))
    other.close()


async def test_any_metric_is_shown_and_sorted_by(world: World, console: Opened) -> None:
    with world.write() as tx:
        tx.connection.exec_driver_sql("UPDATE runmetric SET value = run_id / 10.0 WHERE name = 'brier'")
    async with console(world.workspace, size=(120, 30)) as driver:
        await driver.press("3", "M")
        await driver.until(lambda: driver.modal == "Choose")
        assert "brier  ↓ lower is better" in driver.text() and "roc_auc  ↑ higher is better" in driver.text()
        await driver.press("2")
        await driver.until(lambda: "brier↓" in driver.text())
        await driver.ready()
        shown = [run.id for run in driver.screen.table.rows]
        assert shown == sorted(shown), "the lowest Brier score is the best and comes first"
        assert driver.screen.row().id == 7, "the cursor stays on its run"
        await driver.press("C")
        assert driver.app.clipboard == "footplate runs show 7"
        await driver.press("M")
        await driver.until(lambda: driver.modal == "Choose")
        await driver.press("0")
        assert "score" in driver.text() and driver.screen.table.rows[0].id == 7


async def test_a_tag_is_taken_off_again_by_the_same_key(world: World, console: Opened) -> None:
    async with console(world.workspace, size=(200, 50)) as driver:
        await driver.press("3")
        for text, tags in (("#odd", ("odd",)), ("-odd", ())):
            await driver.press("number_sign")
            await driver.until(lambda: driver.modal == "Prompt")
            assert "-TAG takes one off" in driver.text()
            await driver.type(text)
            await driver.keys("enter")
            await driver.until(lambda tags=tags: views.get(world.workspace, 7).tags == tags)
            await driver.ready()
        assert "is no longer tagged odd" in driver.said


async def test_others_see_tags_and_notes_within_half_a_second(world: World, console: Opened) -> None:
    other = Workspace.open(world.workspace.root, actor="bob@elsewhere", clock=world.clock)
    async with console(world.workspace, size=(200, 50)) as driver:
        await driver.press("3")
        notes.tag(other, 7, "odd")
        began = time.monotonic()
        await driver.until(lambda: "#odd  bob now" in row(driver, 7))
        notes.note(other, 7, "look [b]here[/b]")
        await driver.until(lambda: "bob now:" in row(driver, 7))
        assert time.monotonic() - began < 2 * 5, "twice half a second, on a machine that is ten times as slow"
    other.close()


async def test_the_title_of_a_sorted_column_is_not_cut_for_its_arrow(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        await driver.keys("M")
        await driver.until(lambda: driver.modal == "Choose", "the metrics")
        letter = next(line.split()[1] for line in driver.lines() if "roc_auc" in line and "│" in line)
        await driver.keys(letter)
        await driver.ready()
        assert " roc_auc↓ " in driver.lines()[2]
