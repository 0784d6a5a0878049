"""Something that asks at the bottom of the screen: a title, a few lines, and a line in which one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical

from core.errors import FootplateError
from screens.aside import Aside
from screens.desk import Desk
from screens.modals.overlay import Overlay
from screens.widgets.bar import Bar
from screens.widgets.one_line import OneLine
from screens.widgets.text_pane import TextPane, folded

Result = TypeVar("Result")
TALLEST = 10  # lines


class Docked(Overlay[Result], Aside[Result]):
    """What lies above stays as it is, and is seen."""

    DEFAULT_CSS = """
    Docked { align: left bottom; background: transparent; }
    Docked > Vertical { width: 100%; height: auto; background: $surface; border-top: solid $primary; }
    Docked TextPane { height: 0; }
    Docked Bar { dock: none; layer: default; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

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

    def found(self, answer: Any, then: Callable[[Any], None]) -> None:
        """An error is complained of."""
        if not self.is_there:
            return  # it was left meanwhile
        if isinstance(answer, FootplateError):
            self.complain(answer)
        else:
            then(answer)
