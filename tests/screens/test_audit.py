"""Screen 7: one stream of events and log; an entry leads to what it is about, and the newest is followed."""

from __future__ import annotations

import pytest

from core import clock
from core.vocabulary import EventKind
from screens.levels.stream import WORDS, Stream, leads_to
from tests.screens.driver import Driver, Opened
from tests.screens.world import ACTOR, World


def say(world: World, text: str, minutes: float = 0) -> None:
    with (world.workspace.logs / "daemon.log").open("a", encoding="utf-8") as file:
        file.write(f"{clock.iso(world.ago(minutes))} {text}\n")


async def chosen(driver: Driver, where: str) -> None:
    """The screen with the cursor on the newest entry that a filter finds."""
    await driver.press("7")
    driver.screen.filter(where)
    await driver.ready()
    await driver.press("g")


async def test_the_log_stands_among_the_events(world: World, console: Opened) -> None:
    say(world, "the daemon goes on after: disk full")
    with (world.workspace.logs / "daemon.log").open("a", encoding="utf-8") as file:
        file.write("Traceback\n  here\n")
    async with console(world.workspace, (240, 40)) as driver:
        await driver.press("7")
        line = next(line for line in driver.lines() if "≡ log" in line)
        assert "the daemon goes on after: disk full  (+2 lines)" in line
        assert "✗ GateFailed" in driver.text() and "· JobQueued" in driver.text()
        await chosen(driver, "kind=log")
        await driver.press("enter")
        await driver.until(lambda: driver.modal == "TextView", "the log from there on")
        assert "Traceback" in driver.text()


@pytest.mark.parametrize(("where", "leads", "shows"), [
    ("subject~run kind=GateFailed", "run 7", "Decision"), ("kind=AliasMoved", "v6 record", "which made flights v6"),
    ("kind=DatasetVersionQuarantined", "flights", "v7"), ("kind=JobQueued", "job 1", "train flights"),
    ("kind=RecipeAdded", "recipe flights", "In force"),
])
async def test_an_entry_leads_to_what_it_is_about(
    world: World, console: Opened, where: str, leads: str, shows: str
) -> None:
    async with console(world.workspace) as driver:
        await chosen(driver, where)
        await driver.keys("enter")
        await driver.until(lambda: f"› {leads}" in driver.lines()[1], leads)
        await driver.ready()
        assert shows in driver.text()
        await driver.press("escape")
        assert where in driver.lines()[1] and driver.screen.row() is not None


async def test_a_version_that_is_about_is_under_the_cursor(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await chosen(driver, 'subject="flights@3"')
        await driver.keys("enter")
        await driver.until(lambda: getattr(driver.screen.row(), "version", None) == 3, "flights@3")


async def test_what_leads_nowhere_is_described(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await chosen(driver, "kind=WorkspaceCreated")
        await driver.keys("enter")
        await driver.until(lambda: driver.modal == "TextView")
        assert "before it" in driver.text()
        await driver.keys("escape")
        with world.write() as tx:
            tx.emit(EventKind.JOB_FAILED, "job 99", error="gone")
        await chosen(driver, 'subject="job 99"')
        await driver.keys("enter")
        await driver.until(lambda: "there is no job 99" in driver.said)


async def test_the_newest_is_followed_until_the_cursor_moves(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("7", "F")
        assert "▶ following" in driver.lines()[1]
        for number in range(3):
            with world.workspace.registry.write(ACTOR) as tx:
                tx.emit(EventKind.MODEL_HELD, "model flights", reason=f"look {number}")
            await driver.until(
                lambda number=number: driver.screen.row().payload.get("reason") == f"look {number}", "the newest"
            )
        say(world, "a word of the daemon")
        await driver.until(lambda: driver.screen.row().lines == ("a word of the daemon",), "the log, without a commit")
        await driver.press("j")
        assert "following" not in driver.lines()[1]
        at = driver.screen.row().key
        with world.workspace.registry.write(ACTOR) as tx:
            tx.emit(EventKind.MODEL_RESUMED, "model flights")
        await driver.until(lambda: driver.screen.table.cursor == 2, "one more above")
        assert driver.screen.row().key == at
        await driver.press("F", "F")
        assert "no longer following" in driver.said


async def test_the_end_of_a_long_past_is_one_key_away(world: World, console: Opened) -> None:
    with world.workspace.registry.write(ACTOR) as tx:
        for number in range(3000):
            tx.emit(EventKind.RUN_NOTED, f"run {number}", text="")
    async with console(world.workspace) as driver:
        await driver.press("7", "G")
        await driver.until(lambda: driver.screen.row().kind == "WorkspaceCreated", "the oldest")
        assert "the last" in driver.lines()[1] and len(driver.screen.table.rows) <= 2200
        await driver.press("k", "g")
        await driver.until(lambda: driver.screen.row().subject == "run 2999", "the newest")


async def test_commands_show_the_same(world: World, console: Opened) -> None:
    say(world, "words")
    async with console(world.workspace) as driver:
        await chosen(driver, "kind=log")
        await driver.press("C")
        assert driver.app.clipboard == "footplate events --log --where kind=log"
        await chosen(driver, "kind=GateFailed")
        await driver.press("C")
        assert driver.app.clipboard.startswith("footplate events --where id=")


def test_every_kind_of_event_has_a_glyph_or_is_plain(world: World) -> None:
    assert set(WORDS) <= set(EventKind)
    assert leads_to(world.workspace, Stream().read(world.workspace, _query("kind=WorkspaceCreated")).rows[0]) is None


def _query(where: str):  # type: ignore[no-untyped-def]
    from screens.level import Query

    return Query(where=where)
