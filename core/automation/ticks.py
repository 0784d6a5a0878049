"""The cron lines of recipes: followed, and fired by the daemon's own thread when they come due."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from core.automation.diary import say
from core.automation.schedule import Schedule
from core.errors import BadInput, NotFound
from core.recipes.recipe import Recipe
from core.services import scheduling
from core.workspace import Workspace

CRON = "recipe "  # before the names of recipes, among the clock's own ticks


class Ticks:
    """Which lines are followed, and which came due. A tick that passed without a daemon is made up for, once."""

    def __init__(self, workspace: Workspace, schedule: Schedule, wake: Callable[[], None]) -> None:
        self._workspace = workspace
        self._schedule = schedule
        self._wake = wake
        self._guard = threading.Lock()
        self._due: set[str] = set()
        self._lines: dict[str, str] | None = None

    def follow(self, wanted: Sequence[Recipe]) -> None:
        """Follow exactly these recipes' lines; those that stay as they are keep their next time."""
        lines = {recipe.name: recipe.triggers.schedule for recipe in wanted if recipe.triggers.schedule}
        if lines == self._lines:
            return
        if self._lines is None:  # the start
            self._come_due(*(scheduling.missed(self._workspace) & lines.keys()))
        known = self._lines or {}
        for name in known.keys() - lines.keys():
            self._schedule.remove(CRON + name)
            self._due.discard(name)
        for name, line in lines.items():
            if known.get(name) != line:
                self._set(name, line)
        scheduling.remember(
            self._workspace, {name: (line, self._schedule.next_time(CRON + name)) for name, line in lines.items()}
        )
        self._lines = lines

    def step(self) -> None:
        """Ask for the runs of what came due; what cannot be written now is written at the next step."""
        with self._guard:
            due = sorted(self._due)
        for name in due:
            try:
                scheduling.fire(self._workspace, name, self._schedule.next_time(CRON + name))
            except (NotFound, BadInput) as error:
                say(self._workspace.clock, f"recipe {name}: its schedule came due in vain: {error}")
            with self._guard:
                self._due.discard(name)

    def _set(self, name: str, line: str) -> None:
        try:
            self._schedule.cron(line, CRON + name, lambda: self._come_due(name))
        except ValueError as error:
            self._schedule.remove(CRON + name)
            say(self._workspace.clock, f"recipe {name}: triggers.schedule: {error}")

    def _come_due(self, *names: str) -> None:
        if names:
            with self._guard:
                self._due |= set(names)
            self._wake()
