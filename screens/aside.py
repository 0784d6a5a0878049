"""Finding something out in a thread: the screen goes on meanwhile, and only what was asked for last is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual import work
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from core.query import patience
from screens.desk import Desk
from screens.trouble import told

Result = TypeVar("Result")
Found = TypeVar("Found")


class Aside(Screen[Result]):
    """A screen, or what lies over one, that asks threads."""

    desk: Desk
    _asked = 0  # the number of what was asked for last

    class Answered(Message):
        """A thread has found something out, or a FootplateError: `then` takes it."""

        def __init__(self, number: int, answer: Any, then: Callable[[Any], None]) -> None:
            super().__init__()
            self.number, self.answer, self.then = number, answer, then

    def find(self, find: Callable[[], Found], then: Callable[[Found], None]) -> None:
        """Call `find` in a thread, then `then` with what it gave; an error is what `found` makes of it."""
        self._asked += 1
        self._find(self._asked, find, then)

    def forget(self) -> None:
        """What is being found out is not waited for any more."""
        self._asked += 1
        self.workers.cancel_group(self, "find")

    def found(self, answer: Any, then: Callable[[Any], None]) -> None:
        """What was asked for last is here: what was found, or a FootplateError."""
        raise NotImplementedError

    @work(thread=True, exclusive=True, exit_on_error=False, group="find")
    def _find(self, number: int, find: Callable[[], Any], then: Callable[[Any], None]) -> None:
        worker = get_current_worker()
        try:
            with patience.until(lambda: worker.is_cancelled):
                answer = find()
        except Exception as error:
            answer = told(self.desk.workspace, error)
        if not worker.is_cancelled:
            self.post_message(self.Answered(number, answer, then))

    def on_aside_answered(self, message: Answered) -> None:
        message.stop()
        if message.number == self._asked:
            self.found(message.answer, message.then)
