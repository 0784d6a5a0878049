"""What acts on models and on work."""

from __future__ import annotations

from core.views import activity, deployments, overview
from core.views import alerts as alert_views
from core.views import models as model_views
from core.views import recipes as recipe_views
from screens.keys import AUTOMATION, MODELS, MONITORS
from tests.screens.promises.stage import Stage, jobs, promise, row_of
from tests.screens.watched import gone_back


async def _model(on: Stage, name: str) -> None:
    on.driver.screen.table.move_to(row_of(on, lambda row: row.name == name))
    await on.driver.settle()


def _champion(on: Stage, name: str) -> int | None:
    return model_views.show(on.world.workspace, name).champion


@promise("next_section", "previous_section")
async def _section(on: Stage) -> None:
    on.driver.screen.table.move_to(row_of(on, lambda row: row.id == 2))
    await on.driver.press("enter")
    await on.until(lambda: on.driver.screen.listing is None and on.driver.screen.page.max_scroll_y > 0)
    page = on.driver.screen.page
    if on.key != "tab":
        page.to_end()
    before = page.scroll_y
    await on.press()
    await on.until(lambda: page.scroll_y > before if on.key == "tab" else page.scroll_y < before)


@promise("add_folder")
async def _add_folder(on: Stage) -> None:
    await on.press()
    await on.until(lambda: on.driver.modal == "Wizard")


@promise("dry_run")
async def _dry_run(on: Stage) -> None:
    before = jobs(on)
    await on.press()
    await on.until(lambda: on.driver.modal == "Choose")
    await on.driver.keys("r")
    assert "footplate dry-run churn" in await on.text()
    assert jobs(on) == before


@promise("promote")
async def _promote(on: Stage) -> None:
    await _model(on, "flights")
    await on.driver.press("enter")
    await on.until(lambda: len(on.driver.screen.stack) == 2 and on.driver.screen.row() is not None)
    on.driver.screen.table.move_to(row_of(on, lambda row: row.version == 4))
    await on.does("Promote flights v4?", lambda: _champion(on, "flights") == 4)


@promise("roll_back")
async def _roll_back(on: Stage) -> None:
    if on.screen == MODELS:
        await _model(on, "flights")
    await on.does("Roll flights back to v5", lambda: _champion(on, "flights") == 5)
    assert model_views.show(on.world.workspace, "flights").held


@promise("approve")
async def _approve(on: Stage) -> None:
    await _model(on, "churn")
    await on.does("Approve churn v2?", lambda: _champion(on, "churn") == 2)


@promise("deploy")
async def _deploy(on: Stage) -> None:
    await _model(on, "flights")
    await on.press()
    await on.until(lambda: on.driver.modal == "Choose")
    await on.driver.keys("1")
    await on.asks("Deploy flights v6 to staging?")
    await on.driver.keys("y")
    await on.until(lambda: [
        one.environment for one in deployments.list(on.world.workspace, model="flights")
    ] == ["production", "staging"])


@promise("evaluate")
async def _evaluate(on: Stage) -> None:
    """What is asked for is a job: there are new rows that nobody has learned from."""
    await _model(on, "flights")
    await on.does("Measure flights v6 again?", lambda: ("evaluate", "flights", "queued") in jobs(on))


@promise("follow")
async def _follow(on: Stage) -> None:
    await on.press()
    await on.until(lambda: "following" in on.driver.lines()[1])
    on.world.run(minutes=0)
    await on.until(lambda: "run 11" in on.driver.text() and on.driver.screen.table.cursor == 0)


@promise("suspend")
async def _suspend(on: Stage) -> None:
    recipe = recipe_views.show
    await on.does("Pause ", lambda: any(recipe(on.world.workspace, name).paused for name in ("flights", "churn")))
    await on.does("Resume ", lambda: not any(recipe(on.world.workspace, name).paused for name in ("flights", "churn")))


@promise("cancel")
async def _cancel(on: Stage) -> None:
    on.driver.screen.table.move_to(row_of(on, lambda row: row.state == "queued"))
    job = on.driver.screen.row().id
    await on.does(f"Stop job {job}?", lambda: activity.job(on.world.workspace, job).state == "cancelled")


@promise("acknowledge")
async def _acknowledge(on: Stage) -> None:
    if on.screen == MODELS:
        gone_back(on.world)
        await on.driver.keys("tab")
        await on.until(lambda: on.driver.screen.tab == 1 and on.driver.screen.row() is not None)
        on.driver.screen.table.move_to(row_of(on, lambda row: row.model == "flights"))
        await on.does("Acknowledge what was rolled back of flights", lambda: not [
            need for need in overview.brief(on.world.workspace).needs if need.kind == "deployment"
        ])
        return
    if on.screen == MONITORS:
        await on.does("Acknowledge alert 1?", lambda: alert_views.show(on.world.workspace, 1).state == "acknowledged")
        return
    failed = next(job for job in activity.jobs(on.world.workspace, limit=0) if job.state == "failed")
    if on.screen == AUTOMATION:
        on.driver.screen.table.move_to(row_of(on, lambda row: row.id == failed.id))

    def seen() -> bool:
        events = activity.events(on.world.workspace, where="kind=JobAcknowledged").rows
        return any(event.subject == f"job {failed.id}" for event in events)

    await on.does(f"Acknowledge that job {failed.id} failed?", seen)


@promise("retry")
async def _retry(on: Stage) -> None:
    on.driver.screen.table.move_to(row_of(on, lambda row: row.state == "failed"))
    before = len(jobs(on))
    await on.does("Try job ", lambda: len(jobs(on)) == before + 1)
