"""Whatever changes something asks first: Enter never confirms, No is the default, the command is shown."""

from __future__ import annotations

import pytest

from core.registry import jobs
from core.services import release
from core.views import datasets as dataset_views
from core.views import models as model_views
from core.views import recipes as recipe_views
from core.views import runs as run_views
from core.vocabulary import Cause, JobState, RunState, Verdict
from core.workspace import Workspace
from screens.modals.question import Ask
from tests.screens.driver import Driver, Opened
from tests.screens.world import World


def command(driver: Driver) -> str:
    screen = driver.app.screen
    assert isinstance(screen, Ask)
    return screen.question.command


async def asked(driver: Driver, *keys: str) -> None:
    await driver.press(*keys)
    await driver.until(lambda: driver.modal == "Ask", f"a question after {keys}")


async def answered(driver: Driver, key: str, says: str) -> None:
    await driver.press(key)
    await driver.until(lambda: says in driver.said, says)


async def test_only_y_confirms(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await asked(driver, "4", "enter", "down", "P")
        assert command(driver) == "footplate models promote flights 5 --champion 6"
        assert "v6, roc_auc 0.7100" in driver.text() and "v5, roc_auc 0.7000" in driver.text()
        for key in ("enter", "space", "Y", "q", "P", "tab"):
            await driver.keys(key)
            assert driver.modal == "Ask", key
        await driver.keys("C")
        assert driver.app.clipboard == "footplate models promote flights 5 --champion 6"
        await answered(driver, "n", "nothing was changed")
        await asked(driver, "P")
        await answered(driver, "escape", "nothing was changed")
        assert model_views.show(world.workspace, "flights").champion == 6
        await asked(driver, "P")
        await answered(driver, "y", "flights v5 is the champion")
        assert model_views.show(world.workspace, "flights").champion == 5


async def test_a_stale_promotion_is_refused(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await asked(driver, "4", "enter", "down", "P")
        release.promote(world.workspace, "flights", 3)
        await answered(driver, "y", "the champion of flights is v3 by now, not v6")
        assert model_views.show(world.workspace, "flights").champion == 3


async def test_models_are_rolled_back_held_resumed_and_undone(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await asked(driver, "4", "B")
        assert "v5, roc_auc 0.7000" in driver.text() and command(driver).startswith("footplate models rollback flights")
        await answered(driver, "y", "back at v5 and held")
        await asked(driver, "H")
        assert command(driver) == "footplate models resume flights"
        await answered(driver, "y", "promotes again")
        await asked(driver, "z")
        assert "flights was let promote again" in driver.text()
        await answered(driver, "y", "flights is held again")
        await asked(driver, "u")
        assert "v6 is the champion of flights" in driver.text() and "flights promotes again" in driver.text()
        await answered(driver, "y", "v6 is the champion of flights")
        await asked(driver, "Z")
        await answered(driver, "n", "nothing was changed")
        await asked(driver, "H")
        assert command(driver) == "footplate models hold flights"
        await answered(driver, "y", "is held")
        assert model_views.show(world.workspace, "flights").held
        await driver.press("A")
        await driver.until(lambda: "nothing of flights waits for approval" in driver.said)
        await driver.press("enter", "P")
        await driver.until(lambda: "is the champion already" in driver.said)


async def test_what_waits_is_approved(world: World, console: Opened) -> None:
    run = world.run(verdict=Verdict.NEEDS_APPROVAL, minutes=1)
    async with console(world.workspace) as driver:
        assert "needs approval" in driver.text() and "waits for approval" in driver.text()
        await asked(driver, "4", "A")
        assert command(driver) == f"footplate models approve flights --run {run}"
        await answered(driver, "y", "flights v7 is approved")
        assert model_views.show(world.workspace, "flights").champion == 7


async def test_versions_are_retired_and_restored_and_discarded_by_typing_their_name(
    world: World, console: Opened
) -> None:
    async with console(world.workspace) as driver:
        await asked(driver, "2", "enter", "down", "X")
        assert command(driver) == "footplate data retire flights@6"
        await answered(driver, "y", "flights@6 is retired")
        await asked(driver, "X")
        assert command(driver) == "footplate data restore flights@6"
        await answered(driver, "n", "nothing was changed")
        await driver.press("g", "X")
        await driver.until(lambda: driver.modal == "Choose", "release or discard")
        assert "release it" in driver.text()
        await driver.keys("d")
        await driver.until(lambda: driver.modal == "Ask")
        await driver.keys("y")
        assert driver.modal == "Ask", "y alone does not do what cannot be undone"
        await driver.keys("backspace")
        await driver.type("flights@7")
        await driver.keys("enter")
        assert driver.modal == "Ask", "Enter never confirms"
        await answered(driver, "y", "flights@7 is discarded")
        assert dataset_views.show(world.workspace, "flights@7").discarded
        await driver.press("X")
        assert "was discarded" in driver.said


async def test_runs_are_stopped_tagged_noted_and_compared(world: World, console: Opened) -> None:
    job = world.job(key="train:running")
    run = world.run(state=RunState.RUNNING, score=None, minutes=1)
    with world.write() as tx:
        tx.connection.exec_driver_sql("UPDATE run SET job_id = ? WHERE id = ?", (job, run))
    async with console(world.workspace) as driver:
        await asked(driver, "3", "S")
        assert command(driver) == f"footplate jobs cancel {job}"
        await answered(driver, "y", f"job {job} is cancelled")
        await driver.press("down", "S")
        await driver.until(lambda: "only a running one can be stopped" in driver.said)
        for key, text in (("m", "as we said [b]"), ("number_sign", "odd")):
            await driver.press(key)
            await driver.until(lambda: driver.modal == "Prompt")
            await driver.type(text)
            await driver.keys("enter")
            await driver.until(lambda: driver.modal == "" and "run 7" in driver.said)
        full = run_views.show(world.workspace, 7)
        assert [note.text for note in full.notes] == ["as we said [b]"] and full.run.tags == ("odd",)
        await driver.press("equals_sign")
        assert "mark another run" in driver.said
        await driver.press("space", "equals_sign")
        assert "runs 6 = 7" in driver.lines()[1] and "0.6100" in driver.text() and "0.7100" in driver.text()


async def test_recipes_are_paused_and_jobs_tried_again(world: World, console: Opened) -> None:
    failed = world.job(error="no memory", key="train:failed", cause="drift")
    async with console(world.workspace) as driver:
        await driver.press("6", "r")
        await driver.until(lambda: driver.modal == "Ask")
        assert command(driver) == f"footplate jobs retry {failed}" and "no memory" in driver.text()
        await answered(driver, "y", f"job {failed} is tried again as job")
        await driver.press("g", "r")
        assert "only a failed or cancelled one" in driver.said
        await asked(driver, "S")
        await answered(driver, "y", "is cancelled")
        await asked(driver, "H")
        await answered(driver, "y", "flights paused")
        assert recipe_views.show(world.workspace, "flights").paused
        await driver.press("tab", "S")
        assert "this is no job" in driver.said


async def test_training_by_hand_is_asked_for_as_a_job(world: World, console: Opened) -> None:
    (world.workspace.recipes / "flights.toml").write_text('watch = "inbox"\ntarget = "late"\n', "utf-8")
    async with console(world.workspace) as driver:
        await asked(driver, "3", "t")
        assert command(driver) == "footplate train flights"
        await answered(driver, "y", "will train flights")
        with world.workspace.registry.read() as connection:
            waiting = jobs.live(connection)
        manual = [job for job in waiting if job["cause"] == Cause.MANUAL and ":manual:" in job["key"]]
        assert [job["state"] for job in manual] == [JobState.QUEUED]


async def test_the_daemon_is_started_and_its_trouble_is_told(world: World, console: Opened) -> None:
    started: list[Workspace] = []

    def start(workspace: Workspace) -> str:
        started.append(workspace)
        return "daemon started, pid 1"

    async with console(world.workspace, start_daemon=start) as driver:
        await asked(driver, "S")
        assert command(driver) == "footplate daemon start"
        await answered(driver, "y", "daemon started, pid 1")
    assert started == [world.workspace]
    async with console(world.workspace) as driver:
        await asked(driver, "S")
        await answered(driver, "y", "no daemon in this test: none is needed")


@pytest.mark.parametrize("keys", [("4", "P"), ("2", "enter", "X"), ("3", "t"), ("3", "m"), ("6", "S"), ("1", "H")])
async def test_a_console_that_only_reads_changes_nothing(world: World, console: Opened, keys: tuple[str, ...]) -> None:
    async with console(world.workspace, read_only=True) as driver:
        assert "read-only" in driver.lines()[0]
        await driver.press(*keys)
        assert "only reads" in driver.said and driver.modal == ""


async def test_choices_that_have_no_letter_are_told_of_and_those_out_of_sight_are_reached(
    world: World, console: Opened
) -> None:
    for number in range(40):
        world.recipe(f"r{number:02d}")
    async with console(world.workspace) as driver:
        await driver.press("3", "slash", *"id=0", "enter", "t")
        await driver.until(lambda: driver.modal == "Choose", "which recipe")
        assert "8 more have no letter: go to the recipe's row on automation (6)" in driver.text()
        assert "↑ ↓  the rest" in driver.text() and "r31" not in driver.text()
        for _ in range(3):
            await driver.keys("pagedown")
        await driver.until(lambda: "r31" in driver.text(), "the last one that has a letter")
        await driver.keys("escape")
