"""Every key of the map, pressed on every screen where it holds: what the help says of it happens."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from core.vocabulary import RunState, Verdict
from core.workspace import Workspace
from screens.keys import MAP, QUESTION, SCREENS, TEXT, Key
from screens.marks import Marks
from tests.screens.driver import Opened
from tests.screens.promises import PROMISES, Stage
from tests.screens.test_rows import stored
from tests.screens.world import RECIPE, World, profile

OWN_WORLD = {  # they change what the next one would find, or leave the console
    "quit", "undo", "redo", "delete", "dispose", "train", "retrain", "trigger", "stop", "promote", "roll_back",
    "approve", "evaluate", "cancel", "yes", "acknowledge", "retry", "follow", "note", "tag", "edit", "shell",
    "preview_down", "preview_up",
}


@pytest.fixture(scope="module")
def busy(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recipes; a run and a job of every kind; logs; a version whose rows can be seen."""
    root = tmp_path_factory.mktemp("busy") / "house"
    shutil.copytree(template, root)
    world = World(root)
    stored(world, ["n", "late"], [["1", "0"], ["2", "1"]])
    world.version(file="new.csv", minutes=0.5)
    world.recipe("churn")
    for number in range(2):
        world.version("churn", file=f"{number}.csv", profile=profile("temp"), minutes=30 - number)
    world.run("churn", score=0.8, data=[10], minutes=9)
    world.run("churn", score=0.81, data=[10], verdict=Verdict.NEEDS_APPROVAL, minutes=2)
    job = world.job("churn", key="train:running")
    run = world.run("churn", state=RunState.RUNNING, score=None, minutes=1)
    world.job("churn", error="no memory", key="train:failed")
    with world.write() as tx:
        tx.connection.exec_driver_sql("UPDATE run SET job_id = ? WHERE id = ?", (job, run))
    for name in ("flights", "churn"):
        (world.workspace.recipes / f"{name}.toml").write_text(RECIPE, "utf-8")
    world.close()
    return root


@pytest.fixture
def place(busy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from open_copy(busy, tmp_path, monkeypatch)


def open_copy(busy: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    root = folder / "house"
    shutil.copytree(busy, root)
    world = World(root)
    line = "a line of the log\n"
    (world.workspace.logs / "daemon.log").write_text(f"2026-03-14T11:59:00+00:00 INFO {line}")
    with world.workspace.registry.read() as connection:
        logs = [row[0] for row in connection.exec_driver_sql("SELECT log FROM run WHERE log IS NOT NULL")]
    for name in logs:
        (world.workspace.hidden / name).parent.mkdir(parents=True, exist_ok=True)
        (world.workspace.hidden / name).write_text(line)
    monkeypatch.setenv("FOOTPLATE_STATE", "/dev/null")
    monkeypatch.setattr(HeadlessDriver, "can_suspend", property(lambda self: True))
    noted = f"pathlib.Path({str(folder / 'shell')!r}).write_text(os.getcwd())"
    monkeypatch.setenv("SHELL", program(folder / "sh", noted))
    monkeypatch.delenv("VISUAL", raising=False)
    schedule = '\n[triggers]\nschedule = "0 3 * * *"\n'
    wait = "time.sleep(1.1)"  # as long as a person's editor would be there
    monkeypatch.setenv("EDITOR", program(folder / "ed", f"open(sys.argv[1], 'a').write({schedule!r}); {wait}"))
    yield world
    world.close()


def program(path: Path, line: str) -> str:
    path.write_text(f"#!{sys.executable}\nimport os, pathlib, sys, time\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def started(workspace: Workspace) -> str:
    return "daemon started, pid 1"


async def kept(world: World, console: Opened, screen: str, keys: list[tuple[Key, str]], folder: Path) -> None:
    """Press keys one after the other on one console, each from the first row of the screen's first list."""
    async with console(world.workspace, (80, 24), start_daemon=started) as driver:
        for key, typed in keys:
            home = screen if screen in SCREENS else "models"
            while driver.modal:
                await driver.keys("escape")
            driver.screen._close_bar()
            await driver.press(str(SCREENS.index(home) + 1))
            await driver.until(lambda home=home: home == driver.screen.NAME, home)
            front = driver.screen
            front.tab, front.place.order, front.place.where = 0, "", ""
            del front.stack[1:]
            front._enter()
            await driver.ready()
            await driver.until(lambda front=front: front.table.rows, f"rows on {home}")
            front._end_range()
            front._set_marks(Marks())
            front.table.move_to(0)
            while front.table._from:
                front.table.move_columns(-1)
            front.say("")
            if screen == TEXT:
                await driver.keys("question_mark")
                await driver.until(lambda: driver.modal == "TextView", "the help")
            elif screen == QUESTION:
                await driver.keys("H")
                await driver.until(lambda: driver.modal == "Ask", "a question")
            await PROMISES[key.action](Stage(driver, world, screen, typed, folder))


def of(screen: str) -> list[tuple[Key, str]]:
    return [(key, typed) for key in MAP if screen in key.screens for typed in key.keys]


def test_every_key_has_a_promise_and_every_promise_a_key() -> None:
    assert {key.action for key in MAP} == set(PROMISES)


@pytest.mark.parametrize("screen", [*SCREENS, TEXT, QUESTION])
async def test_what_the_help_says_happens(place: World, console: Opened, tmp_path: Path, screen: str) -> None:
    await kept(place, console, screen, [one for one in of(screen) if one[0].action not in OWN_WORLD], tmp_path)


ACTING = [
    pytest.param(screen, key, typed, id=f"{screen}-{key.action}-{typed}")
    for screen in (*SCREENS, TEXT, QUESTION) for key, typed in of(screen) if key.action in OWN_WORLD
]


@pytest.mark.parametrize(("screen", "key", "typed"), ACTING)
async def test_what_the_help_says_of_what_acts_happens(
    place: World, console: Opened, tmp_path: Path, screen: str, key: Key, typed: str
) -> None:
    await kept(place, console, screen, [(key, typed)], tmp_path)
