"""Every key of the map, pressed on every screen where it holds: what the help says of it happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.workspace import Workspace
from screens.keys import MAP, QUESTION, SCREENS, TEXT, Key
from screens.marks import Marks
from tests.screens.driver import Opened
from tests.screens.promises import PROMISES, Stage
from tests.screens.world import World

OWN_WORLD = {  # they change what the next one would find, or leave the console
    "quit", "undo", "redo", "delete", "dispose", "train", "retrain", "trigger", "stop", "promote", "roll_back",
    "approve", "evaluate", "cancel", "yes", "acknowledge", "retry", "follow", "note", "tag", "edit", "shell",
    "preview_down", "preview_up", "silence", "threshold",
}


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
