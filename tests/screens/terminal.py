"""A console as a process of its own in a terminal: keys in, bytes out, and the screen that they make."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.measuring import environment
from benchmarks.terminal import Terminal
from tests.screens.hostile import checked
from tests.screens.world import World

QUIET = 0.4  # seconds without a byte after which an answer is over


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


def under(terminal: Terminal) -> int:
    found = re.match(r"▌\s*(\d+)", terminal.under_cursor())
    return int(found[1]) if found else 0


def cells(terminal: Terminal) -> list[list[tuple[object, ...]]]:
    """Each cell of the screen with its look."""
    screen = terminal.screen
    return [
        [(cell.data, cell.fg, cell.bg, cell.bold, cell.reverse) for cell in (screen.buffer[y][x] for x in range(80))]
        for y in range(screen.lines)
    ]
