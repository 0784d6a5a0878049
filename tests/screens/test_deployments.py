"""Screen 4's deployments and screen 6's pipelines: listed live, opened, and what is done about them."""

from __future__ import annotations

import pytest

from core.registry import deployments as rows
from core.registry import pipelines as pipeline_rows
from core.views import deployments as views
from core.vocabulary import StageState
from tests.screens.driver import Driver, Opened
from tests.screens.watched import gone_back, serving
from tests.screens.world import RECIPE, World


async def deployments(driver: Driver) -> None:
    await driver.press("4", "tab")
    await driver.until(lambda: "[deployments]" in driver.lines()[1] and driver.screen.row() is not None, "them")


async def test_both_sides_of_a_canary_are_seen_live(world: World, console: Opened) -> None:
    serving(world)
    async with console(world.workspace, (118, 40)) as driver:
        await deployments(driver)
        line = driver.lines()[3]
        for words in ("flights", "production", "v6 95% · v4 5%", "◐ rolling", "ms", "0 %"):
            assert words in line, (words, line)
        before = line
        world.clock.moment = world.clock.moment.replace(minute=1)
        with world.write() as tx:
            rows.add_traffic(tx, {
                "model": "flights", "environment": "production", "version": 6, "role": "stable",
                "minute": world.clock.moment,
            }, {"requests": 90_000, "errors": 0, "rows": 90_000, "seconds": 1.0, "latency": [90_000], "compared": 0,
                "agreed": 0})
        await driver.until(lambda: driver.lines()[3] != before, "new requests are seen without a key")


async def test_a_deployment_has_its_last_hour_and_its_reasons(world: World, console: Opened) -> None:
    serving(world)
    gone_back(world)
    async with console(world.workspace, (100, 50)) as driver:
        await deployments(driver)
        await driver.press("enter")
        text = driver.text()
        for words in ("The last hour", "requests a minute", "─●─ v6 stable", "How it came here", "↩ it erred", "1 up"):
            assert words in text, words


async def test_a_canary_is_taken_back_and_the_champion_stays(world: World, console: Opened) -> None:
    serving(world)
    async with console(world.workspace) as driver:
        await deployments(driver)
        await driver.keys("B")
        await driver.until(lambda: driver.modal == "Ask", driver.said)
        assert "Roll flights back to v6 in production?" in driver.text()
        await driver.keys("y")
        await driver.until(lambda: "flights v6 serves in production" in driver.said, driver.said)
        assert views.show(world.workspace, "flights").deployment.candidate is None


async def test_what_was_rolled_back_leads_from_the_overview_to_its_page(world: World, console: Opened) -> None:
    gone_back(world)
    async with console(world.workspace, (100, 30)) as driver:
        await driver.press("tab", "slash", *"kind=deployment", "enter")
        await driver.keys("enter")
        await driver.until(lambda: "flights/production" in driver.lines()[1], "its page")
        await driver.keys("a")
        await driver.until(lambda: driver.modal == "Ask", driver.said)
        await driver.keys("y")
        await driver.until(lambda: "is acknowledged" in driver.said, driver.said)


async def test_nothing_deployed_says_how(empty: World, console: Opened) -> None:
    async with console(empty.workspace) as driver:
        await driver.press("4", "tab")
        assert "nothing is deployed yet" in driver.text()


@pytest.fixture
def saved(world: World) -> World:
    (world.workspace.recipes / "flights.toml").write_text(RECIPE, "utf-8")
    stages = [
        {"name": name, "state": state, "at": "2026-03-14T11:00:00+00:00", "ended_at": "2026-03-14T11:00:04+00:00",
         "message": message, "job": 1}
        for name, state, message in (
            ("check", StageState.PASSED, "types and names"), ("tests", StageState.FAILED, "exit 1: 1 failed"),
            ("run", StageState.SKIPPED, ""),
        )
    ]
    with world.write() as tx:
        id = pipeline_rows.add(tx, "flights", "5b3c50620a", stages)
        pipeline_rows.change(tx, id, state=StageState.FAILED, job_id=1)
    log = world.workspace.logs / "jobs" / "1.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("E   assert 1 == 2\n", "utf-8")
    return world


async def test_a_pipeline_shows_each_stage_and_its_log(saved: World, console: Opened) -> None:
    async with console(saved.workspace, (100, 30)) as driver:
        await driver.keys("colon")
        await driver.type("pipelines")
        await driver.keys("enter")
        await driver.until(lambda: "[pipelines]" in driver.lines()[1] and driver.screen.row() is not None, "them")
        line = driver.lines()[3]
        assert "✓✗–" in line and "✗ failed" in line and "exit 1: 1 failed" in line
        await driver.press("enter")
        text = driver.text()
        assert "✗ failed    tests" in text and "assert 1 == 2" in text and "4 s" in text
        await driver.keys("L")
        await driver.until(lambda: driver.modal == "TextView", "the log")
