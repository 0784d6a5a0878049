"""A console whose terminal is gone ends, also where no signal says so."""

from __future__ import annotations

import sys

from benchmarks.measuring import environment
from benchmarks.terminal import Terminal
from tests.screens.world import World


def test_a_console_whose_terminal_is_gone_ends_by_itself(world: World) -> None:
    with Terminal([sys.executable, "-m", "console", "-w", str(world.workspace.root)], environment()) as terminal:
        terminal.until(lambda text: "NEED" in text)
        terminal.hang_up()
        assert terminal.process.wait(30) == 129
