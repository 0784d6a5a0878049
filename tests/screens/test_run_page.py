"""The page of a run and that of a comparison: every picture at every size, the sections, a run under way."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from screens.widgets.plot import GLYPHS
from tests.screens.drawn import falling, kinds, leave
from tests.screens.driver import SIZES, Driver, Opened
from tests.screens.world import World

TITLES = {
    "binary": ("ROC of class yes", "Precision and recall of class yes", "Calibration", "Probability said of yes"),
    "multiclass": ("ROC, each class against the rest", "Calibration", "Probability said of the row's own class"),
    "regression": ("Errors", "Error by prediction", "Prediction by truth"),
}
TOGETHER = {
    "binary": ("ROC of class yes", "Precision and recall of class yes", "Calibration", "Confusion, run 5"),
    "multiclass": ("ROC of class class", "Calibration", "Confusion, run 5", "Confusion, run 7"),
    "regression": ("Errors",),
}


async def page_of(driver: Driver, id: int) -> None:
    await driver.press("3")
    await driver.press(*["down"] * (7 - id), "enter")
    await driver.until(lambda: driver.screen.place.level.crumb == f"run {id}" and driver.screen._shown, "the page")


def text(driver: Driver) -> str:
    return "\n".join(line.plain for line in driver.screen.page.lines)


def nothing_is_wrapped(driver: Driver, first: str) -> None:
    """From a heading on, every line fits into the page: a picture that is folded is none."""
    lines = [line.plain for line in driver.screen.page.lines]
    start = next(at for at, line in enumerate(lines) if line.startswith(first))
    end = next((at for at, line in enumerate(lines) if line.startswith(("Parameters", "Data, recipe"))), len(lines))
    wide = [line for line in lines[start:max(end, start)] if cell_len(line) > driver.screen.page.size.width - 1]
    assert not wide


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", TITLES)
async def test_a_run_shows_all_that_it_left(world: World, console: Opened, kind: str, size: tuple[int, int]) -> None:
    leave(world, 7, kinds(kind), falling())
    async with console(world.workspace, size=size) as driver:
        await page_of(driver, 7)
        shown = text(driver)
        for title in (*TITLES[kind], "Metrics, with", "log_loss along the steps", "What the model leans on"):
            assert title in shown
        nothing_is_wrapped(driver, TITLES[kind][0])
        assert "─●─ holdout_log_loss" in shown and "─○─ train_log_loss" in shown, "the legend names the marks"
        assert ("Confusion" in shown) == (kind != "regression")


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", TITLES)
async def test_three_runs_are_one_picture(world: World, console: Opened, kind: str, size: tuple[int, int]) -> None:
    for id in (5, 6, 7):
        leave(world, id, kinds(kind, seed=id - 4), falling(id))
    async with console(world.workspace, size=size) as driver:
        await driver.press("3", "space", "space", "space", "equals_sign")
        await driver.until(lambda: "runs 5 = 6 = 7" in driver.text() and driver.screen._shown, "the comparison")
        shown = text(driver)
        for title in (*TOGETHER[kind], "holdout_log_loss along the steps", "What the models lean on"):
            assert title in shown
        nothing_is_wrapped(driver, TOGETHER[kind][0])
        first = shown[shown.index(TOGETHER[kind][0]):]
        for glyph, id in zip(GLYPHS, (5, 6, 7), strict=False):
            assert f"─{glyph}─ run {id}" in first and first.count(glyph) > 3, "each curve has its mark, the legend too"


async def test_eight_runs_fit_at_eighty_columns(world: World, console: Opened) -> None:
    eighth = world.run(score=0.66, minutes=2)
    for id in range(1, eighth + 1):
        leave(world, id, kinds("binary", seed=id), falling(id))
    async with console(world.workspace) as driver:
        await driver.press("3", "asterisk")
        await driver.until(lambda: "8 marked" in driver.text(), "marked")
        await driver.press("equals_sign")
        await driver.until(lambda: len(driver.screen.stack) == 2 and driver.screen._shown, "the comparison")
        nothing_is_wrapped(driver, "ROC of class yes")
        shown = text(driver)
        assert all(f"─{glyph}─ run {id}" in shown for id, glyph in enumerate(GLYPHS, 1))
        weights = shown[shown.index("What the models lean on"):]
        assert all(f"{glyph} run {id}" in weights for id, glyph in enumerate(GLYPHS, 1)), "none is left out"


async def test_what_shuffling_cannot_tell_from_luck_is_said_so(world: World, console: Opened) -> None:
    leave(world, 7, kinds("binary"))
    async with console(world.workspace) as driver:
        await page_of(driver, 7)
        lines = {line.split(" ")[0]: line for line in text(driver).splitlines()}
        assert "+0.085 to +0.13" in lines["hour"] and "may be 0" not in lines["hour"]
        assert "-0.044 to +0.080" in lines["dest"] and "may be 0" in lines["dest"]
        assert "may be 0" in lines["a"], "one repeat tells nothing of luck"


async def test_keys_walk_the_sections(world: World, console: Opened) -> None:
    leave(world, 7, kinds("binary"), falling())
    async with console(world.workspace) as driver:
        await page_of(driver, 7)
        tops = []
        for _ in range(30):
            await driver.press("tab")
            if "last section" in driver.said:
                break
            tops.append(driver.lines()[2][:60].strip())
        assert tops[:3] == ["Decision", "Metrics, with 95 % intervals", "ROC of class yes"]
        await driver.press("g", "J", "J", "K")
        assert driver.lines()[2].startswith("Decision")
        await driver.press("K", "shift+tab")
        assert "first section" in driver.said


async def test_a_run_without_curves_says_what_to_do(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await page_of(driver, 7)
        assert "run 7 kept no curves" in text(driver) and "Train its recipe again (t" in text(driver)


async def test_pictures_that_are_lost_are_said_so(world: World, console: Opened) -> None:
    leave(world, 7, kinds("binary"))
    for file in (world.workspace.hidden / "store").rglob("*"):
        if file.is_file():
            file.unlink()
    async with console(world.workspace) as driver:
        await page_of(driver, 7)
        assert "the pictures of run 7 cannot be read" in text(driver)
