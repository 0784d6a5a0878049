"""What the frame hands to every screen: the workspace, the key map, and the doors that only the frame may open."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic

from core.workspace import Workspace
from screens.history import History
from screens.keys import MAP, Key, of_screen
from screens.memory import Memory

AT_KEYS_SECONDS = 0.15


@dataclass(eq=False)
class Desk:
    """`start_daemon` and `stop_daemon` return the sentence to show, or raise a FootplateError."""

    workspace: Workspace
    start_daemon: Callable[[Workspace], str]
    stop_daemon: Callable[[Workspace], str]
    read_only: bool = False  # since its start, for good
    reading: bool = False  # only reading for now
    keys: tuple[Key, ...] = MAP
    key_problems: tuple[str, ...] = ()  # what is wrong with the keys of footplate.toml
    memory: Memory = field(default_factory=Memory)  # what is kept of this workspace for its user
    given: list[Path] = field(default_factory=list)  # workspaces that the console was started with, or opened
    last_key: float = 0.0  # when one was pressed, by the monotonic clock
    history: History = field(default_factory=History)  # across all screens, and the workspaces of one console

    @property
    def changes(self) -> bool:
        """Whether anything may be changed from here."""
        return not (self.read_only or self.reading)

    def at_keys(self) -> bool:
        """Whether somebody is pressing keys right now."""
        return monotonic() - self.last_key < AT_KEYS_SECONDS

    def command(self, line: str) -> str:
        """A command line as a shell takes it: beside the first workspace of a console, others have to be named."""
        root = self.workspace.root
        if not self.given or self.given[0] == root:
            return line
        named, parts = f"footplate -w {shlex.quote(str(root))} ", [""]
        for part in line.split(" && "):
            whole = _is_whole(" && ".join(parts[1:]))  # else it is in quotes
            parts.append(named + part.removeprefix("footplate ") if whole and part.startswith("footplate ") else part)
        return " && ".join(parts[1:])

    def now(self) -> datetime:
        return self.workspace.clock.now()

    def map(self, screen: str) -> dict[str, Key]:
        """Typed key -> what it does there."""
        return of_screen(self.keys, screen)

    def key(self, action: str) -> str:
        """How the first key of an action is written, for sentences that name it."""
        return next((key.shown().split(" ")[0] for key in self.keys if key.action == action and key.keys), "")


def _is_whole(line: str) -> bool:
    """Whether all quotes of a line are closed."""
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True
