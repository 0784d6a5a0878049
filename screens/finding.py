"""Finding something out that takes its time: seen while it is under way, stopped with Esc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from core.errors import FootplateError
from screens.aside import Aside
from screens.desk import Desk
from screens.questions import Asker
from screens.waiting import Task

Found = TypeVar("Found")


class Finder(Asker, Aside[None]):
    """A screen that looks things up before it shows or asks; one at a time, the newest counts."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._finding: Task | None = None

    def find_out(self, what: str, find: Callable[[], Found], then: Callable[[Found], None]) -> None:
        """Call `find` in a thread, then `then` with what it gave; an error is said. `what` tells what goes on."""
        self._end_finding()
        self.say(f"{what} …", "quiet")
        self._finding = self.begin(what, self._stop_finding)
        self.find(find, then)

    def found(self, answer: Any, then: Callable[[Any], None]) -> None:
        self._end_finding()
        self.say("")
        if isinstance(answer, FootplateError):
            self.say(answer)
        elif self.is_shown:  # who has gone elsewhere meanwhile does not wait for it
            then(answer)

    def _stop_finding(self) -> None:
        self.forget()
        self._end_finding()
        self.say("stopped")

    def _end_finding(self) -> None:
        if self._finding is not None:
            self.end(self._finding)
            self._finding = None
