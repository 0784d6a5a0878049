"""The console as a program in a real terminal of 80 x 24: what each key costs on the wire, and what an idle one does.

The bytes that come are made into a screen, and every escape sequence among them is one that the console may send.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.vocabulary import RunState
from tests.screens.terminal import QUIET, at_runs, cells, checked, sent, under
from tests.screens.world import World

ROWS = 60
DOWN, PAGE, TYPING, MINUTE, ARRIVAL, SWITCH = 1_500, 9_000, 3_000, 300, 2_000, 12_000  # bytes, at most
LETTER = 500  # bytes that a letter in the command bar costs, with the help under it
HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\u202eevil"
HURRIED = """
import sys
from datetime import timedelta
from pathlib import Path
from time import monotonic
import console.app as app
from console.starting import run
from core.clock import SystemClock
from core.workspace import Workspace

class Hurried(SystemClock):
    begun = monotonic()
    def now(self):
        return super().now() + timedelta(minutes=(monotonic() - self.begun) / 2)

app.MINUTE = 2.0
sys.exit(run(Workspace.open(Path(sys.argv[1]), clock=Hurried())))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Runs of the last hour, one of which died with words that a terminal would obey."""
    world = World(tmp_path_factory.mktemp("terminal") / "house", datetime.now(UTC))
    world.recipe()
    for number in range(ROWS):
        world.run(score=0.6 + number / 1000, minutes=58 - number / 2, verdict=None)
    world.run(score=None, verdict=None, minutes=1, error=HOSTILE, state=RunState.FAILED)
    yield world
    world.close()


def test_what_a_key_costs(house: World) -> None:
    with at_runs(house) as terminal:
        newest = under(terminal)
        assert "␛[2J" in terminal.text(), "the row whose words a terminal would obey is seen"
        for step in range(1, 4):
            assert sent(terminal, "j", lambda _, step=step: under(terminal) == newest - step) <= DOWN
        page = terminal.screen.lines - 4
        assert sent(terminal, "\x1b[6~", lambda _: under(terminal) == newest - 3 - page) <= PAGE
        assert sent(terminal, "\x1b[6~", lambda _: under(terminal) == newest - 3 - 2 * page) <= PAGE
        assert sent(terminal, ":", lambda text: "\n :" in text) <= TYPING
        for typed in ("r", "ru", "run", "runs"):
            assert sent(terminal, typed[-1], lambda text, typed=typed: f"\n :{typed} " in text) <= LETTER
        assert sent(terminal, "\x1b", lambda text: "\n :" not in text) <= TYPING
        assert sent(terminal, ";", lambda text: "\n ; " in text) <= TYPING
        assert sent(terminal, "p", lambda text: "\n ;p " in text) <= TYPING
        assert sent(terminal, "\x1b", lambda text: "\n ;" not in text) <= PAGE  # the rows below come back
        assert sent(terminal, "/", lambda text: "\n /" in text) <= TYPING
        assert sent(terminal, "\x1b", lambda text: "\n /" not in text) <= TYPING
        assert sent(terminal, "2", lambda text: "Data" in text and "Experiments" not in text) <= SWITCH


def test_what_is_on_the_screen_is_what_a_whole_repaint_shows(house: World) -> None:
    """After all that was sent in pieces, `R` sends the picture as a whole: not a cell of it may differ."""
    with at_runs(house) as terminal:
        ways = ("j", "\x1b[6~", "G", "k", "g", "l", "h", " ", "j", "*", "om", "O", "d", "\x1b", "2", "\r", "7", "3")
        for key in ways:
            terminal.send(key)
            terminal.settle(0.15)
        terminal.settle(QUIET)
        before, terminal_before = cells(terminal), terminal.text()
        terminal.take()
        terminal.send("R")
        terminal.until(lambda text: "read again" in text)
        terminal.settle(QUIET)
        assert checked(terminal.take()) > 2_000, "everything was sent"
        assert cells(terminal)[:-1] == before[:-1], terminal_before


def test_a_row_that_arrives_costs_little_and_the_cursor_stays_on_its_row(house: World) -> None:
    with at_runs(house) as terminal:
        terminal.send("jj")
        terminal.settle(QUIET)
        terminal.take()
        stood = under(terminal)
        new = house.run(score=0.7, minutes=0, verdict=None)
        terminal.until(lambda text: f" {new} " in text)
        terminal.settle(QUIET)
        assert checked(terminal.take()) <= ARRIVAL
        assert under(terminal) == stood


def test_an_idle_console_sends_one_small_repaint_a_minute(house: World) -> None:
    """A console whose minutes take two seconds: all rows that are seen are of the last hour, so that all change."""
    with at_runs(house, "-c", HURRIED) as terminal:
        for _ in range(3):
            before = terminal.text()
            terminal.until(lambda text, before=before: text != before, 10)
            terminal.settle(QUIET)
            assert 0 < checked(terminal.take()) <= MINUTE
        assert not terminal.settle(0.8, 0.8), "between two minutes nothing is sent"
