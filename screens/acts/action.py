"""One thing that can be done with rows of a kind, and the command that does the same."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.workspace import Workspace

Row = Any


@dataclass(frozen=True)
class Action:
    """`refuses` says why a row does not allow it (empty: it does), and `where` is the filter of those that do.

    `key` is its action in the key map where it has a key of its own; `letter` chooses it among the actions.
    `final`: it cannot be undone, so that a name or number has to be typed. `asks`: a line that is asked for first,
    and given to `does`.
    """

    verb: str
    did: str  # `retired`
    letter: str
    words: str
    then: str  # what the question says of the effect
    does: Callable[[Workspace, Row, str], str]
    refuses: Callable[[Row], str]
    command: str
    where: str = ""
    key: str = ""
    final: bool = False
    undo: str = ""
    asks: str = ""
    one_by_one: bool = False  # its command takes one row

    def line(self, names: Sequence[str], where: str | None, text: str = "") -> str:
        """The command for some rows by name, or for all that a filter finds (then `where` is not None)."""
        if self.one_by_one:
            return " && ".join(f"{self.command} {shlex.quote(name)}" for name in names)
        words = [self.command]
        words += [f"--where {shlex.quote(where)}"] if where is not None else [shlex.quote(name) for name in names]
        if text:
            words.append(f"{self.asks} {shlex.quote(text)}" if self.asks.startswith("--") else shlex.quote(text))
        return " ".join(words)


def unless(allowed: Callable[[Row], bool], why: Callable[[Row], str]) -> Callable[[Row], str]:
    """Why a row does not allow an action."""
    return lambda row: "" if allowed(row) else why(row)
