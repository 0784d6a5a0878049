"""`x` and `D`: what the marked rows allow, how many, what is left out; one question, and what fails is named."""

from __future__ import annotations

from core.services import undoing, versions
from core.views import activity
from core.views import datasets as dataset_views
from core.views import models as model_views
from core.views import runs as run_views
from core.vocabulary import JobState, RunState
from core.workspace import Workspace
from screens.modals.actions import Actions
from screens.modals.question import Ask
from tests.screens.driver import Driver, Opened
from tests.screens.test_commands import understood
from tests.screens.world import World


def command(driver: Driver) -> str:
    screen = driver.app.screen
    assert isinstance(screen, Ask)
    return screen.question.command


async def offered(driver: Driver, *keys: str) -> list[str]:
    """The lines of the actions that come up."""
    await driver.press(*keys)
    await driver.until(lambda: driver.modal == "Actions", "the actions")
    screen = driver.app.screen
    assert isinstance(screen, Actions)
    return [" ".join(offer.line().plain.split()) for offer in screen.offers]


async def asked(driver: Driver, *keys: str) -> None:
    await driver.press(*keys)
    await driver.until(lambda: driver.modal == "Ask", f"a question after {keys}")


async def answered(driver: Driver, says: str) -> None:
    await driver.press("y")
    await driver.until(lambda: says in driver.said, says)


def states(workspace: Workspace) -> list[str]:
    return [one.state for one in reversed(dataset_views.versions(workspace, "flights").rows)]


async def test_actions_on_marked_versions_with_what_is_left_out_and_one_undo(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        lines = await offered(driver, "2", "enter", "space", "space", "space", "x")
        assert lines[2] == "t retire: no later run learns from them 2 of 3"
        assert lines[0].startswith("r release") and "1 of 3" in lines[0] and "none of them" in lines[3]
        await asked(driver, "t")
        text = driver.text()
        assert "Retire 2 versions?" in text and "flights@6, flights@5" in text
        assert "1 that do not allow it (flights@7: it is quarantined)" in text
        assert command(driver) == "footplate data retire flights@6 flights@5"
        understood(command(driver))
        await driver.keys("C")
        assert driver.app.clipboard == command(driver)
        await answered(driver, "2 versions retired (undo: `footplate undo`)")
        assert states(world.workspace)[4:6] == ["retired", "retired"]
        await asked(driver, "z")
        assert "flights@6 is accepted again" in driver.text() and "flights@5 is accepted again" in driver.text()
        await answered(driver, "is accepted again")
        assert states(world.workspace)[4:6] == ["accepted", "accepted"]


async def test_a_key_that_acts_acts_on_the_marked_rows(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "enter", "down", "space", "space")
        await asked(driver, "X")
        assert "Retire 2 versions?" in driver.text()
        await driver.press("n")
        assert states(world.workspace)[5] == "accepted"


async def test_what_fails_is_counted_and_named_and_the_rest_goes_on(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("2", "enter", "down", "space", "space", "space")
        await offered(driver, "x")
        await asked(driver, "t")
        versions.retire(world.workspace, "flights@5")
        await answered(driver, "2 versions retired; 1 failed: flights@5: flights@5 is retired")
        assert states(world.workspace)[3:6] == ["retired", "retired", "retired"]


async def test_all_of_a_filter_is_acted_on_as_a_question_to_the_registry(world: World, console: Opened) -> None:
    failed = {"score": None, "state": RunState.FAILED, "error": "no memory"}
    ids = [world.run(**failed, minutes=2 - place / 100) for place in range(30)]  # type: ignore[arg-type]
    async with console(world.workspace) as driver:
        await driver.press("3", "slash")
        await driver.type("state=failed")
        await driver.press("enter", "asterisk")
        await driver.until(lambda: "30 marked" in driver.said, "all marked")
        await driver.press("down", "space")
        kept = ids[-2]
        await asked(driver, "D")
        text = driver.text()
        assert "Delete 29 runs?" in text and "29 that the filter finds" in text and "cannot be undone" in text
        line = command(driver)
        assert line.startswith("footplate runs delete --where 'state=failed id<=") and line.endswith("--count 29")
        assert f"id!={kept}" in line
        understood(line)
        await driver.type("y")
        assert driver.modal == "Ask", "the number has to be typed first"
        await driver.keys("backspace")
        await driver.type("29")
        await answered(driver, "29 runs deleted")
        left = [run.id for run in run_views.list(world.workspace, limit=0).rows if run.state == RunState.FAILED]
        assert left == [kept]


async def test_deleting_one_run_wants_its_number_and_says_why_it_cannot(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await asked(driver, "3", "D")
        assert "Delete run 7?" in driver.text() and command(driver) == "footplate runs delete 7"
        await driver.type("7")
        await answered(driver, "run 7 is deleted")
        await driver.press("D")
        await driver.until(lambda: "it made flights v6" in driver.said, "why not")
        await driver.press("4", "D")
        assert "models stay" in driver.said
        await driver.press("7", "D")
        assert "events cannot be deleted" in driver.said
        await driver.press("x")
        assert "nothing can be done with events" in driver.said


async def test_tags_for_many_are_asked_for_first(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3", "space", "space")
        await offered(driver, "x")
        await driver.press("number_sign")
        await driver.until(lambda: driver.modal == "Prompt")
        await driver.type("odd one")
        await asked(driver, "enter")
        assert command(driver) == "footplate runs tag 7 6 'odd one'"
        understood(command(driver))
        await answered(driver, "2 runs tagged")
        assert [run_views.get(world.workspace, id).tags for id in (6, 7)] == [("odd one",)] * 2
        undoing.undo(world.workspace)
        assert run_views.get(world.workspace, 6).tags == ()


async def test_jobs_and_models_and_recipes(world: World, console: Opened) -> None:
    failed = [world.job(error="no memory", key=f"failed{place}") for place in range(3)]
    world.recipe("churn")
    async with console(world.workspace) as driver:
        await driver.press("6", "space", "space", "space", "space")
        lines = await offered(driver, "x")
        assert [line.split()[0] + line[-6:] for line in lines] == ["S1 of 4", "r3 of 4", "a3 of 4"]
        await asked(driver, "a")
        await answered(driver, "3 jobs acknowledged")
        await driver.press("escape", "G")
        lines = await offered(driver, "x")
        await asked(driver, "S")
        await answered(driver, "is cancelled")
        assert activity.job(world.workspace, failed[0]).state == JobState.FAILED
        await driver.press("tab", "tab", "asterisk")
        await driver.until(lambda: "2 marked" in driver.said)
        await asked(driver, "H")
        assert "Pause 2 recipes?" in driver.text() and command(driver) == "footplate pause churn flights"
        understood(command(driver))
        await answered(driver, "2 recipes paused")
        lines = await offered(driver, "4", "x")
        assert any(line.startswith("P promote the version") for line in lines) and lines[0].startswith("H hold")
        await asked(driver, "H")
        await answered(driver, "flights is held")
        assert model_views.show(world.workspace, "flights").held
        await driver.press("x")
        await driver.until(lambda: driver.modal == "Actions")
        await asked(driver, "B")
        assert "Roll flights back" in driver.text()


async def test_a_console_that_only_reads_offers_nothing(world: World, console: Opened) -> None:
    async with console(world.workspace, read_only=True) as driver:
        for keys in (("3", "x"), ("3", "D"), ("4", "z"), ("4", "Z")):
            await driver.press(*keys)
            assert "only reads" in driver.said and driver.modal == ""
