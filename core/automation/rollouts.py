"""The daemon's look at what comes in: soon after servers have said what they answered, else now and then."""

from __future__ import annotations

from core.automation.diary import say
from core.services import rollout
from core.workspace import Workspace

SOON_SECONDS = 1.0  # between two looks while there is news
LATER_SECONDS = 10.0  # else: minutes pass also where nothing is answered


class Rollouts:
    """Keeps only when it last looked."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._last = float("-inf")
        self._news = True

    def step(self, now: float, *, news: bool) -> None:
        """`now`: monotonic seconds; `news`: the registry has changed since the last step."""
        self._news |= news
        if now - self._last < (SOON_SECONDS if self._news else LATER_SECONDS):
            return
        self._last, self._news = now, False
        for line in rollout.step(self._workspace):
            say(self._workspace.clock, line)
