"""What acts on runs."""

from __future__ import annotations

from core.views import activity
from core.views import runs as run_views
from core.vocabulary import RunState
from tests.screens.promises.stage import Stage, promise, row_of


@promise("train", "retrain", "trigger")
async def _train(on: Stage) -> None:
    before = activity.jobs(on.world.workspace).rows[0].id
    await on.press()
    await on.until(lambda: on.driver.modal in ("Ask", "Choose"))
    if on.driver.modal == "Choose":
        await on.driver.keys("1")
    await on.asks("Train ")
    await on.driver.keys("y")
    await on.until(lambda: any(
        job.id > before and job.kind == "train" and job.cause == "manual" for job in activity.jobs(on.world.workspace)
    ))


@promise("stop")
async def _stop(on: Stage) -> None:
    on.driver.screen.table.move_to(row_of(on, lambda row: row.state == RunState.RUNNING))
    job = on.driver.screen.row().job
    await on.does(f"Stop job {job}?", lambda: activity.job(on.world.workspace, job).state == "cancelled")


@promise("compare")
async def _compare(on: Stage) -> None:
    await on.driver.press("space", "down")
    await on.press()
    await on.until(lambda: on.place.name == "comparison")


@promise("baseline")
async def _baseline(on: Stage) -> None:
    on.driver.screen.table.move_to(row_of(on, lambda row: row.id == 2))
    for pinned in (True, False):
        await on.press()
        await on.until(lambda pinned=pinned: run_views.get(on.world.workspace, 2).is_baseline == pinned)


@promise("metric")
async def _metric(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "Choose")
    await on.driver.press("1")
    await on.until(lambda: on.driver.screen.listing.metric == "roc_auc" and "roc_au" in on.driver.lines()[2])
    assert on.driver.screen.place.order == "-score"


@promise("note", "tag")
async def _write(on: Stage) -> None:
    on.driver.screen.table.move_to(row_of(on, lambda row: row.id == 2))
    await on.press()
    await on.until(lambda: on.driver.modal == "Prompt")
    await on.driver.type("odd")
    await on.driver.keys("enter")

    def written() -> bool:
        run = run_views.get(on.world.workspace, 2)
        return run.tags == ("odd",) if on.key == "#" else run.note is not None and run.note.text == "odd"

    await on.until(written)
