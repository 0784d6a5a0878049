"""What lies over a screen: it is left once, whatever is pressed meanwhile, and may be left before it is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual import events
from textual.keys import _character_to_key

from core.views import runs as run_views
from screens.desk import Desk
from screens.level import Column
from screens.modals.actions import Actions, Offer
from screens.modals.choice import Choose, Option
from screens.modals.columns import ColumnChoice
from screens.modals.overlay import Overlay
from screens.modals.path import AskPath
from screens.modals.prompt import Prompt
from screens.modals.question import Ask, Question
from screens.modals.text_view import TextView
from screens.modals.wizard import Wizard
from tests.screens.driver import CHARACTERS, WAIT_SECONDS, Driver, Opened
from tests.screens.world import World

MADE: dict[str, Callable[[Desk], Overlay[Any]]] = {
    "Actions": lambda desk: Actions("What to do?", [Offer("a", "archive", 1, 1)]),
    "Ask": lambda desk: Ask(desk, Question("Do it?", command="footplate status")),
    "Ask, typed": lambda desk: Ask(desk, Question("Do it?", typed="name")),
    "AskPath": lambda desk: AskPath(desk, "Which?", Path()),
    "Choose": lambda desk: Choose("Which?", [Option("a", "this", "this")]),
    "ColumnChoice": lambda desk: ColumnChoice([Column("a", 5, lambda row, now: Text())], [], ["a"]),
    "Prompt": lambda desk: Prompt("A note"),
    "TextView": lambda desk: TextView(desk, "A text", lambda: [Text("a")]),
    "Wizard": lambda desk: Wizard(desk, Path()),
}
OPENED = [  # screen, key, and what it opens
    ("3", "x", "Actions"), ("4", "H", "Ask"), ("2", "i", "AskPath"), ("3", "M", "Choose"), ("3", "V", "ColumnChoice"),
    ("3", "m", "Prompt"), ("3", "?", "TextView"), ("3", "d", "TextView"), ("2", "+", "Wizard"),
]


def burst(driver: Driver, *keys: str) -> None:
    """Keys that all are there before the first of them is dealt with."""
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 else key
        driver.app.post_message(events.Key(name, key if len(key) == 1 else CHARACTERS.get(key)))


async def at_once(driver: Driver, holds: Callable[[], object]) -> None:
    """Wait until something holds, and go on before anything else can happen."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, driver.text()
        await asyncio.sleep(0)


def subclasses(of: type[Overlay[Any]]) -> set[type]:
    return {*of.__subclasses__(), *(one for kind in of.__subclasses__() for one in subclasses(kind))}


def test_every_overlay_is_tried() -> None:
    whole = {one.__name__ for one in subclasses(Overlay) if "begin" in vars(one)}
    assert whole == {name.split(",")[0] for name in MADE} == {name for *_, name in OPENED}


@pytest.mark.parametrize("kind", MADE)
async def test_one_that_is_left_before_it_is_there(world: World, console: Opened, kind: str) -> None:
    async with console(world.workspace) as driver:
        overlay, given = MADE[kind](driver.app.desk), list[object]()

        def open_and_leave() -> None:
            driver.app.push_screen(overlay, given.append)
            overlay.dismiss(None)
            overlay.dismiss(None)

        driver.app.call_later(open_and_leave)
        await driver.until(lambda: given == [None] and not overlay.is_running, "left, and taken down")
        await driver.press("2")
        assert driver.app.is_running and driver.screen.NAME == "data"


@pytest.mark.parametrize(("screen", "key", "kind"), OPENED, ids=[f"{kind}-{key}" for _, key, kind in OPENED])
async def test_one_that_is_left_by_keys_that_come_at_once(
    world: World, console: Opened, screen: str, key: str, kind: str
) -> None:
    async with console(world.workspace) as driver:
        await driver.press(screen)
        await driver.until(lambda: driver.screen.table.rows, "rows")
        name = driver.screen.NAME
        for escapes in (1, 2, 3):
            burst(driver, key)
            await at_once(driver, lambda: driver.modal == kind)
            burst(driver, *["escape"] * escapes)
            await driver.until(lambda: not driver.modal, "left")
            await driver.ready()
            assert driver.app.is_running and name == driver.screen.NAME and len(driver.screen.stack) == 1


async def test_a_key_that_is_typed_at_once_with_the_one_that_opens_is_meant_for_what_opened(
    world: World, console: Opened
) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        burst(driver, "?", "q", "j")  # closes the help; the console stays, and moves
        await driver.until(lambda: not driver.modal and driver.screen.table.cursor == 1, "back, and one row down")
        burst(driver, "?", "?", "q", "q")  # the help of the help is the same
        await driver.until(lambda: not driver.app.is_running, "the second q quits")


async def test_what_is_typed_before_the_line_of_a_note_is_there_stands_in_it(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("3")
        number = driver.screen.row().id
        burst(driver, "m", *"quite so", "enter")
        await driver.until(lambda: "note" in driver.said, "written")
        assert [note.text for note in run_views.show(world.workspace, number).notes] == ["quite so"]


async def test_nobody_says_yes_to_a_question_that_was_not_there_yet(world: World, console: Opened) -> None:
    async with console(world.workspace) as driver:
        await driver.press("4")
        screen, done = driver.screen, list[str]()
        question = (Question("Do it?"), lambda: str(done.append("done")))

        def ask_and_press() -> None:
            screen.on_asker_ready(screen.Ready(question))
            screen.on_key(events.Key("y", "y"))

        screen.call_later(ask_and_press)
        await driver.until(lambda: driver.modal == "Ask", "asked")
        await driver.keys("n")
        await driver.until(lambda: "nothing was changed" in driver.said, "nothing")
        assert not done
