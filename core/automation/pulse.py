"""The daemon's look at what is watched by the clock: now and then."""

from __future__ import annotations

from core.automation.diary import say
from core.services import pulse
from core.workspace import Workspace

SECONDS = 10.0  # between two looks


class Pulse:
    """Keeps only when it last looked."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._last = float("-inf")

    def step(self, now: float) -> None:
        """`now`: monotonic seconds."""
        if now - self._last < SECONDS:
            return
        self._last = now
        for line in pulse.beat(self._workspace):
            say(self._workspace.clock, line)
