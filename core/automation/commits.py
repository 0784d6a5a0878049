"""Commits that recipes wait for: while there are any, a look at git's own files now and then."""

from __future__ import annotations

from collections.abc import Callable

from core.services import commits, git
from core.workspace import Workspace

SECONDS = 1.0  # between two looks


class Commits:
    """`hint` is called when something may have been committed."""

    def __init__(self, workspace: Workspace, hint: Callable[[], None]) -> None:
        self._workspace, self._hint = workspace, hint
        self._mark: str | None = None  # None: nobody waits
        self._last = float("-inf")

    def before(self) -> str:
        """Recipes are about to be read: what git's files say now."""
        return git.mark_of(self._workspace.recipes)

    def follow(self, mark: str) -> None:
        """Recipes were read, after `mark`: look at whether any of them waits."""
        self._mark = mark if commits.awaited(self._workspace) else None

    def step(self, now: float) -> None:
        """`now`: monotonic seconds."""
        if self._mark is None or now - self._last < SECONDS:
            return
        self._last = now
        mark = git.mark_of(self._workspace.recipes)
        if mark != self._mark:
            self._mark = mark
            self._hint()
