"""The console as a program in a real terminal of 80 x 24: what each key costs on the wire, and what an idle one does.

The bytes that come are made into a screen, and every escape sequence among them is one that the console may send.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from benchmarks.measuring import environment
from benchmarks.terminal import Terminal
from core.vocabulary import RunState
from tests.screens.world import World

ROWS = 60
DOWN, PAGE, TYPING, MINUTE, ARRIVAL, SWITCH = 1_500, 9_000, 3_000, 300, 2_000, 12_000  # bytes, at most
QUIET = 0.4  # seconds without a byte after which an answer is over
HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\u202eevil"
OURS = re.compile(  # what the console may send: cursor, looks, scrolling, synchronised updates, the pointer; text
    r"\x1b\[\d+;\d+H|\x1b\[[\d;]*m|\x1b\[\d+;\d+r|\x1b\[r|\x1bM|\r?\n|\x1b\[\?2026[hl]|\x1b\]22;default\x07"
    r"|[^\x00-\x1f\x7f-\x9f]+"
)
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


@contextmanager
def at_runs(world: World, *program: str) -> Iterator[Terminal]:
    """The leaderboard of a console that is a process of its own."""
    words = program or ("-m", "console", "-w")
    with Terminal([sys.executable, *words, str(world.workspace.root)], environment()) as terminal:
        terminal.until(lambda text: "ALL WELL" in text or "NEED" in text)
        terminal.send("3")
        terminal.until(lambda text: "› runs" in text and bool(terminal.under_cursor()))
        terminal.settle(QUIET)
        terminal.take()
        yield terminal


def sent(terminal: Terminal, key: str, holds: Callable[[str], bool]) -> int:
    """Bytes that a key brings, until the screen is as it has to be and nothing more comes."""
    terminal.send(key)
    terminal.until(holds)
    terminal.settle(QUIET)
    return checked(terminal.take())


def checked(data: bytes) -> int:
    """How many bytes; fails where one of them is an order that the console does not give."""
    text, at = data.decode(), 0
    while at < len(text):
        found = OURS.match(text, at)
        assert found is not None, f"not ours: {text[at : at + 20]!r}"
        at = found.end()
    return len(data)


def under(terminal: Terminal) -> int:
    found = re.match(r"▌\s*(\d+)", terminal.under_cursor())
    return int(found[1]) if found else 0


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
        assert sent(terminal, "\x1b", lambda text: "\n :" not in text) <= TYPING
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


def cells(terminal: Terminal) -> list[list[tuple[object, ...]]]:
    """Each cell of the screen with its look."""
    screen = terminal.screen
    return [
        [(cell.data, cell.fg, cell.bg, cell.bold, cell.reverse) for cell in (screen.buffer[y][x] for x in range(80))]
        for y in range(screen.lines)
    ]


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
