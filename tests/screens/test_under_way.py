"""A run under way: its page lives from wherever it was opened, its log is followed, it is stopped, it ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from core.registry import jobs, runs
from core.registry.database import Fence
from core.views import runs as views
from core.vocabulary import RunState
from screens.levels.lineage import LineagePart
from screens.levels.run import RunPage
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


class Working:
    """A run of `flights` with a job that a worker has claimed: what the worker would do is done by the test."""

    def __init__(self, world: World) -> None:
        self.world = world
        job = world.job(key="under way")
        with world.write() as tx:
            tx.connection.exec_driver_sql("UPDATE job SET state = 'cancelled' WHERE id != ?", (job,))
            fence = jobs.claim(tx, job, timedelta(minutes=1))
        assert fence is not None
        self.fence: Fence = fence
        self.run = world.run(score=None, state=RunState.RUNNING, verdict=None, minutes=1, data=[1, 2, 3, 4, 5, 6])
        with world.write() as tx:
            runs.change(tx, self.run, job_id=job)
        path = views.show(world.workspace, self.run).log
        assert path is not None
        self.log: Path = path
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.says("the first words")

    def says(self, *lines: str) -> None:
        """In its log alone: no commit tells anybody."""
        with self.log.open("a", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in lines)

    def measures(self, steps: int) -> None:
        with self.world.write() as tx:
            runs.put_points(tx, self.run, [("train_loss", step, 1 / (1 + step)) for step in range(steps)])
            jobs.note(tx, self.fence, progress=f"epoch {steps}")

    def ends(self) -> None:
        with self.world.write() as tx:
            runs.change(tx, self.run, state=RunState.FINISHED, ended_at=tx.now, seconds=60.0)
            jobs.finish(tx, self.fence)


async def opened(driver: Driver, run: int) -> None:
    await driver.press("3", "g", "enter")
    await driver.until(lambda: f"run {run}  flights  ▶ running" in driver.text(), "the page")


async def test_its_page_moves_with_it_and_rests_when_it_is_over(world: World, console: Opened) -> None:
    work = Working(world)
    async with console(world.workspace, size=(120, 50)) as driver:
        await opened(driver, work.run)
        assert "the first words" in driver.text() and "so far" in driver.text()
        work.says("no commit came with this line")
        await driver.until(lambda: "no commit came with this line" in driver.text(), "the pulse")
        work.measures(20)
        await driver.until(lambda: "epoch 20" in driver.text() and "at step 19 so far" in driver.text(), "the curve")
        work.ends()
        await driver.until(lambda: "✓ finished" in driver.text(), "over")
        assert "so far" not in driver.text() and "at step 19" in driver.text()
        await driver.until(lambda: driver.screen._pulse is None, "no pulse")


async def test_it_moves_also_where_the_lineage_led_to_it(world: World, console: Opened) -> None:
    work = Working(world)
    async with console(world.workspace, size=(120, 40)) as driver:
        await driver.press("4", "enter", "enter", "shift+tab")
        await driver.until(lambda: isinstance(driver.screen.place.level, LineagePart), "lineage")
        await driver.press("h", "h", "l", "g", "enter")
        level = driver.screen.place.level
        assert isinstance(level, RunPage) and level.id == work.run
        work.says("said behind the lineage")
        await driver.until(lambda: "said behind the lineage" in driver.text(), "the pulse")


async def test_a_paused_view_stands_still_and_goes_on(world: World, console: Opened) -> None:
    work = Working(world)
    async with console(world.workspace, size=(120, 50)) as driver:
        await opened(driver, work.run)
        await driver.press("p")
        work.says("while it stood still")
        await driver.until(lambda: driver.screen._pulse is not None, "it waits")
        assert "while it stood still" not in driver.text()
        await driver.press("p")
        await driver.until(lambda: "while it stood still" in driver.text(), "on")


async def test_its_log_is_followed_and_searched(world: World, console: Opened) -> None:
    work = Working(world)
    work.says(*(f"epoch {number}" for number in range(100)))
    async with console(world.workspace) as driver:
        await opened(driver, work.run)
        await driver.keys("L")
        await driver.until(lambda: driver.modal == "TextView" and "epoch 99" in driver.text(), "the log at its end")
        await driver.until(lambda: "● following" in driver.text(), "it says so")
        work.says("epoch 100")
        await driver.until(lambda: "epoch 100" in driver.text(), "followed")
        await driver.keys("slash", *"epoch 1", "enter")
        await driver.until(lambda: "1/12" in driver.text(), "the first of the matches")
        await driver.keys("n")
        await driver.until(lambda: "2/12" in driver.text(), "the next")
        await driver.keys("N", "N")
        await driver.until(lambda: "12/12" in driver.text(), "around the end")
        await driver.keys("g")
        await driver.until(lambda: "G follows" in driver.text(), "no longer at the end")
        work.says("epoch 101")
        await driver.keys("G")
        await driver.until(lambda: "epoch 101" in driver.text() and "● following" in driver.text(), "followed again")


async def test_it_is_stopped_after_a_question(world: World, console: Opened) -> None:
    work = Working(world)
    async with console(world.workspace) as driver:
        await opened(driver, work.run)
        await driver.press("S")
        await driver.until(lambda: driver.modal == "Ask", "the question")
        assert f"footplate jobs cancel {work.fence.job}" in driver.text()
        await driver.keys("y")
        await driver.until(lambda: "a person asked for it" in driver.text(), "being stopped")


async def test_one_that_was_stopped_shows_how_long_it_was_and_what_it_said_last(
    world: World, console: Opened
) -> None:
    work = Working(world)
    with world.write() as tx:
        runs.change(tx, work.run, state=RunState.CANCELLED, ended_at=tx.now, error="cancelled")
        jobs.cancelled(tx, work.fence)
    async with console(world.workspace, size=(120, 50)) as driver:
        await driver.press("3", "g", "enter")
        await driver.until(lambda: "The end of its log" in driver.text(), "the page")
        assert "until it ended" in driver.text() and "cancelled: cancelled" not in driver.text()
