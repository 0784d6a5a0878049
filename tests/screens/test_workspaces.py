"""Several workspaces in one console: each with its own desk, screens and news; going back and forth keeps places."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.measuring import environment
from benchmarks.terminal import Terminal
from core.errors import NotFound, UsageError
from core.workspace import Workspace
from screens import state
from screens.command import completions, parse
from screens.desk import Desk
from screens.inquiry import Prepared, Question
from screens.state import Kept
from screens.workspaces import Known, known, meant, words
from tests.screens.driver import Driver, Opened, no_daemon
from tests.screens.world import World


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(state.OVERRIDE, str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def other(bare: Path, tmp_path: Path) -> Iterator[World]:
    """Another workspace, called `shed`, with a dataset of its own."""
    root = tmp_path / "elsewhere" / "shed"
    shutil.copytree(bare, root)
    made = World(root)
    made.recipe("rain")
    made.version("rain", file="a.csv")
    made.version("rain", file="b.csv")
    yield made
    made.close()


async def go(driver: Driver, line: str, name: str) -> None:
    await driver.press("colon")
    await driver.type(line)
    await driver.keys("enter")
    await driver.until(lambda: driver.app.desk.workspace.name == name and driver.screen.desk is driver.app.desk, name)
    await driver.ready()


async def test_back_and_forth_keeps_places_and_each_has_its_own_news(
    world: World, other: World, console: Opened
) -> None:
    async with console(world.workspace, given=[world.workspace.root]) as driver:
        await driver.press("3", "j", "j")
        row = driver.screen.row().id
        await go(driver, f"ws {other.workspace.root}", "shed")
        assert driver.screen.NAME == "overview" and "shed" in driver.lines()[0] and "workspace shed" in driver.said
        await driver.press("2", "enter", "j")
        assert "Data › rain" in driver.lines()[1]
        other.version("rain", file="c.csv")
        await driver.until(lambda: "c.csv" in driver.text(), "its news")
        await go(driver, "ws house", "house")
        assert driver.screen.NAME == "experiments" and driver.screen.row().id == row
        world.run("flights", score=0.99)
        await driver.until(lambda: "0.9900" in driver.text(), "news of the first one again")
        await go(driver, "ws shed", "shed")
        assert "Data › rain" in driver.lines()[1] and "3 of 3" in driver.lines()[1]
        driver.app.exit()
        driver.app.finish()
    assert {one.root for one in state.known()} == {str(other.workspace.root)}  # this desk keeps nothing of the first


async def test_history_leads_across_workspaces(world: World, other: World, console: Opened) -> None:
    async with console(world.workspace, given=[world.workspace.root]) as driver:
        await driver.press("2")
        await go(driver, f"ws {other.workspace.root}", "shed")
        await driver.press("4", "comma", "comma")
        await driver.until(lambda: driver.app.desk.workspace.name == "house" and driver.screen.NAME == "data")
        await driver.until(lambda: "house" in driver.lines()[0], "the header")
        await driver.press("minus")
        await driver.until(lambda: driver.app.desk.workspace.name == "shed")
        driver.app.finish()


async def test_the_list_and_what_is_not_there(world: World, other: World, console: Opened, tmp_path: Path) -> None:
    state.save(other.workspace.root, Kept(str(other.workspace.root), "shed", "2026-01-01"))
    async with console(world.workspace, given=[world.workspace.root]) as driver:
        await driver.press("colon")
        await driver.until(lambda: "ws" in driver.screen._names, "what can be named")
        await driver.type("ws s")
        await driver.keys("tab")
        assert driver.screen.bar.text == "ws shed"
        (tmp_path / "some where" / "deep").mkdir(parents=True)
        await driver.keys("escape", "colon")
        await driver.type(f"ws {tmp_path}/some")
        await driver.keys("tab")
        await driver.until(lambda: driver.screen.bar.text == f"ws {tmp_path}/some where/", "the folder")
        await driver.keys("tab")
        await driver.until(lambda: driver.screen.bar.text.endswith("/some where/deep/"), "the one below")
        await driver.keys("tab")
        await driver.until(lambda: "no folder begins so" in driver.text(), "that there is none below")
        await driver.keys("escape", "colon")
        await driver.type("ws shad")
        await driver.keys("enter")
        await driver.until(lambda: "no workspace is called 'shad'" in driver.said and "'shed'" in driver.said)
        await driver.keys("colon")
        await driver.type(f"ws {tmp_path}")
        await driver.keys("enter")
        await driver.until(lambda: "no workspace at" in driver.said and "footplate init" in driver.said)
        await driver.keys("colon")
        await driver.type("ws")
        await driver.keys("enter")
        await driver.until(lambda: driver.modal == "Choose" and "(here)" in driver.text())
        await driver.keys("2")
        await driver.until(lambda: driver.app.desk.workspace.name == "shed")
        driver.app.finish()


async def test_one_that_cannot_be_opened_is_told_and_the_other_stays(
    world: World, other: World, console: Opened
) -> None:
    other.close()
    (other.workspace.hidden / "registry.db").write_bytes(b"no database at all" * 100)
    async with console(world.workspace, given=[world.workspace.root]) as driver:
        before = driver.said
        await driver.press("colon")
        await driver.type(f"ws {other.workspace.root}")
        await driver.keys("enter")
        await driver.until(lambda: driver.said not in (before, "") and "…" not in driver.said, "what is wrong")
        assert driver.app.desk.workspace.name == "house" and len(driver.app.seats) == 1
        await driver.press("2")
        assert "flights" in driver.text()


async def test_read_only_holds_for_all_of_them(world: World, other: World, console: Opened) -> None:
    async with console(world.workspace, given=[world.workspace.root], read_only=True) as driver:
        await go(driver, f"ws {other.workspace.root}", "shed")
        assert not driver.app.desk.changes
        await driver.until(lambda: "read-only" in driver.lines()[0])
        driver.app.finish()


def test_names_are_found_and_doubles_are_told_apart(workspace: Workspace, tmp_path: Path) -> None:
    twins = [Known(tmp_path / "a" / "house", "house"), Known(tmp_path / "b" / "house", "house"), Known(tmp_path, "x y")]
    assert words(twins) == [str(twins[0].root), str(twins[1].root), "x y"]
    assert meant("x y", twins) == tmp_path
    with pytest.raises(UsageError, match="2 workspaces are called house"):
        meant("house", twins)
    with pytest.raises(NotFound, match="no workspace is called 'nothing'"):
        meant("nothing", twins)
    assert meant(str(workspace.root), []) == workspace.root
    assert meant(os.path.relpath(workspace.root), []).resolve() == workspace.root.resolve()


def test_those_that_are_known_are_there_and_named_as_they_are_by_now(workspace: Workspace, tmp_path: Path) -> None:
    state.save(workspace.root, Kept(str(workspace.root), "old name", "2026-01-01"))
    state.save(tmp_path / "gone", Kept(str(tmp_path / "gone"), "gone", "2026-01-02"))
    (workspace.root / "footplate.toml").write_text('name = "new name"\n', "utf-8")
    assert known([]) == [Known(workspace.root, "new name")]
    assert known([workspace.root]) == [Known(workspace.root, "new name")]


def test_the_words_of_the_command_bar() -> None:
    assert parse("ws").argument == "" and parse('ws "x y"').argument == "x y" and parse("workspace ~/a").verb == "ws"
    names = {"ws": ("house", "/data/shed")}
    assert completions("ws h", names) == ["ws house"] and completions("ws ", names)[1] == 'ws "/data/shed"'


def test_a_console_that_is_started_with_several_lists_them(world: World, other: World) -> None:
    command = [sys.executable, "-m", "console", "-w", str(world.workspace.root), "-w", str(other.workspace.root)]
    with Terminal(command, environment()) as terminal:
        terminal.until(lambda screen: "footplate house" in screen and "flights" in screen)
        terminal.send(":ws\r")
        terminal.until(lambda screen: "Which workspace?" in screen and "shed" in screen)
        terminal.send("2")
        terminal.until(lambda screen: "footplate shed" in screen)
        terminal.send("q")


async def test_commands_name_the_other_workspace_and_reading_only_holds_there_too(
    world: World, other: World, console: Opened
) -> None:
    async with console(world.workspace, given=[world.workspace.root]) as driver:
        await driver.press("2", "C")
        assert driver.said == "sent to the terminal: footplate data versions flights"
        await driver.press("W")
        await go(driver, f"ws {other.workspace.root}", "shed")
        await driver.until(lambda: "read-only" in driver.lines()[0], "the header says so")
        await driver.press("2", "C")
        root = other.workspace.root
        assert driver.app.clipboard == f"footplate -w {root} data versions rain"
        await driver.press("+")
        assert "only reads" in driver.said and not driver.modal
        await driver.press("W")
        await go(driver, "ws house", "house")
        assert driver.app.desk.changes
        driver.app.finish()


def test_only_what_is_a_command_is_given_a_workspace(world: World, tmp_path: Path) -> None:
    desk = Desk(world.workspace, no_daemon, no_daemon, given=[tmp_path])
    named = f"footplate -w {world.workspace.root}"
    assert desk.command("") == ""
    assert desk.command("footplate jobs retry 3 && footplate jobs retry 4") == (
        f"{named} jobs retry 3 && {named} jobs retry 4"
    )
    assert desk.command("footplate runs note 3 'a && footplate b'") == f"{named} runs note 3 'a && footplate b'"


async def test_no_question_about_one_workspace_stands_over_another(
    world: World, other: World, console: Opened
) -> None:
    go_on, done = threading.Event(), list[str]()

    def hold() -> str:
        done.append("held")
        return "held"

    def prepare() -> Prepared:
        go_on.wait(20)
        return Question("Hold flights?"), hold

    async with console(world.workspace, given=[world.workspace.root]) as driver:
        first = driver.screen
        first.ask(prepare)
        first.find_out("looking", lambda: go_on.wait(20), lambda found: done.append("found"))
        await go(driver, f"ws {other.workspace.root}", "shed")
        go_on.set()
        await driver.still()
        assert not driver.modal and not done
        await go(driver, "ws house", "house")
        driver.screen.ask(prepare)
        await driver.until(lambda: driver.modal == "Ask", "asked")
        driver.app.desk.reading = True  # whatever way it came about
        await driver.keys("y")
        await driver.until(lambda: "only reads" in driver.said, "refused")
        assert not done
        driver.app.finish()
