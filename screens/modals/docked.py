"""Something that asks at the bottom of the screen: a title, a few lines, and a line in which one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.worker import get_current_worker

from core.errors import FootplateError
from core.query import patience
from screens.desk import Desk
from screens.trouble import told
from screens.widgets.bar import Bar
from screens.widgets.one_line import OneLine
from screens.widgets.text_pane import TextPane, folded

Result = TypeVar("Result")
TALLEST = 10  # lines


class Docked(ModalScreen[Result]):
    """What lies above stays as it is, and is seen."""

    DEFAULT_CSS = """
    Docked { align: left bottom; background: transparent; }
    Docked > Vertical { width: 100%; height: auto; background: $surface; border-top: solid $primary; }
    Docked TextPane { height: 0; }
    Docked Bar { dock: none; layer: default; }
    """

    class Answered(Message):
        """A thread has found something out: `then` takes it, if that still is what is waited for."""

        def __init__(self, number: int, answer: Any, then: Callable[[Any], None]) -> None:
            super().__init__()
            self.number, self.answer, self.then = number, answer, then

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._number = 0

    def compose(self) -> ComposeResult:
        with Vertical():
            yield OneLine(id="title")
            yield TextPane(ground="raised", id="lines")
            yield Bar(id="typed")

    @property
    def bar(self) -> Bar:
        return self.query_one(Bar)

    @property
    def pane(self) -> TextPane:
        return self.query_one(TextPane)

    def head(self, title: Text, right: Text | None = None) -> None:
        self.query_one("#title", OneLine).show(title, right)

    def list_lines(self, lines: Sequence[Text], tallest: int = TALLEST) -> None:
        """Lines between the title and what is typed; as high as they are, up to `tallest`."""
        width = max(20, self.size.width - 3)
        self.pane.styles.height = min(tallest, sum(len(folded(one, width)) for one in lines))
        self.pane.show(lines)

    def complain(self, error: FootplateError) -> None:
        self.bar.complain(error)

    # -- finding out: only what was asked for last is taken

    def find(self, find: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Call `find` in a thread, then `then` with what it gave; an error is complained of."""
        self._number += 1
        self._work(self._number, find, then)

    def forget(self) -> None:
        """What is being found out is not waited for any more."""
        self._number += 1
        self.workers.cancel_group(self, "find")

    @work(thread=True, exclusive=True, exit_on_error=False, group="find")
    def _work(self, number: int, find: Callable[[], Any], then: Callable[[Any], None]) -> None:
        worker = get_current_worker()
        try:
            with patience.until(lambda: worker.is_cancelled):
                answer = find()
        except Exception as error:
            answer = told(self.desk.workspace, error)
        if not worker.is_cancelled:
            self.post_message(self.Answered(number, answer, then))

    def on_docked_answered(self, message: Answered) -> None:
        message.stop()
        if message.number != self._number:
            return
        if isinstance(message.answer, FootplateError):
            self.complain(message.answer)
        else:
            message.then(message.answer)
