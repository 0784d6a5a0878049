"""Finding something out that takes its time: in a thread, seen while it is under way, stopped with Esc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual import work
from textual.message import Message
from textual.worker import get_current_worker

from core.errors import FootplateError
from core.query import patience
from screens.desk import Desk
from screens.questions import Asker
from screens.trouble import told
from screens.waiting import Task

Found = TypeVar("Found")


class Finder(Asker):
    """A screen that looks things up before it shows or asks; one at a time, the newest counts."""

    class FoundOut(Message):
        def __init__(self, task: Task, answer: Any, then: Callable[[Any], None]) -> None:
            super().__init__()
            self.task, self.answer, self.then = task, answer, then

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._finding: Task | None = None

    def find_out(self, what: str, find: Callable[[], Found], then: Callable[[Found], None]) -> None:
        """Call `find` in a thread, then `then` with what it gave; an error is said. `what` tells what goes on."""
        self._end_finding()
        self.say(f"{what} …", "quiet")
        self._finding = task = self.begin(what, self._stop_finding)
        self._find(task, find, then)

    @work(thread=True, exclusive=True, exit_on_error=False, group="find")
    def _find(self, task: Task, find: Callable[[], Any], then: Callable[[Any], None]) -> None:
        worker = get_current_worker()
        try:
            with patience.until(lambda: worker.is_cancelled):
                answer = find()
        except Exception as error:
            answer = told(self.desk.workspace, error)
        if not worker.is_cancelled:
            self.post_message(self.FoundOut(task, answer, then))

    def on_finder_found_out(self, message: FoundOut) -> None:
        message.stop()
        if message.task is not self._finding:
            return
        self._end_finding()
        self.say("")
        if isinstance(message.answer, FootplateError):
            self.say(message.answer)
        elif self.is_shown:  # who has gone elsewhere meanwhile does not wait for it
            message.then(message.answer)

    def _stop_finding(self) -> None:
        self.workers.cancel_group(self, "find")
        self._end_finding()
        self.say("stopped")

    def _end_finding(self) -> None:
        if self._finding is not None:
            self.end(self._finding)
            self._finding = None
