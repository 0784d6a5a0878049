"""Asking before something is done: what will change, the command that does the same, `y` or `n`.

No is the default and Enter never confirms. What cannot be undone has its name typed first.
"""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from screens.desk import Desk
from screens.inquiry import Question as Question
from screens.keys import QUESTION
from screens.modals.overlay import Overlay
from screens.plain import plain
from screens.widgets.clipboard import copy
from screens.widgets.line_input import LineInput
from screens.widgets.one_line import OneLine
from screens.widgets.text_pane import TextPane, folded


class Ask(Overlay[bool]):
    """Gives True for `y`, False for everything else."""

    TAKES_WHAT_CAME_BEFORE = False
    DEFAULT_CSS = """
    Ask { align: center middle; background: transparent; }
    Ask > Vertical { width: 100%; max-width: 92; height: auto; max-height: 100%; border: round $warning;
                     background: $surface; padding: 0 1; }
    Ask TextPane { height: auto; }
    Ask LineInput { border: none; height: 1; padding: 0 1; background: $background; }
    """

    def __init__(self, desk: Desk, question: Question) -> None:
        super().__init__()
        self.desk, self.question, self.command = desk, question, desk.command(question.command)
        self._ready = not question.typed
        self._scrolls = False  # more lines than there is room for

    def compose(self) -> ComposeResult:
        with Vertical():
            yield TextPane(ground="raised", id="question")
            if self.question.typed:
                yield LineInput(compact=True)
            yield OneLine(id="answers")

    def begin(self) -> None:
        self._fill()
        self._answers()
        if not self._ready:
            self.set_focus(self.query_one(LineInput))

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        if not self.is_there:
            return
        lines = [Text(plain(self.question.title), "title"), *self.question.lines]
        if self.command:
            lines += [Text(), Text.assemble(("command  ", "quiet"), plain(self.command))]
        pane = self.query_one("#question", TextPane)
        width = max(20, min(92, self.size.width) - 5)
        room = max(3, self.size.height - (4 if self.question.typed else 3))
        wanted = sum(len(folded(one, width)) for one in lines)
        pane.styles.height = min(wanted, room)
        self._scrolls = wanted > room
        pane.show(lines, keep=True)
        self._answers()

    def _answers(self) -> None:
        if not self._ready:
            name = (plain(self.question.typed), "warn")
            said = Text.assemble(("type ", "quiet"), name, (" to go on, Esc: no", "quiet"))
        else:
            said = Text.assemble(("y", "key"), " yes, do it   ", ("n", "key"), " no")
            if self.command:
                said.append_text(Text.assemble("   ", ("C", "key"), " copy the command"))
            if self._scrolls:
                said.append_text(Text.assemble("   ", ("j k", "key"), " see the rest"))
        self.query_one("#answers", OneLine).show(said)

    def on_input_changed(self, event: LineInput.Changed) -> None:
        event.stop()
        if event.value == plain(self.question.typed):
            self._ready = True
            self.set_focus(None)
            event.input.disabled = True
            self._answers()

    def press(self, event: events.Key) -> None:
        key = self.desk.map(QUESTION).get(event.character or event.key) or self.desk.map(QUESTION).get(event.key)
        if not self._ready and event.key != "escape":
            return
        event.stop()
        if key is None:
            return
        pane = self.query_one("#question", TextPane)
        moves = {"down": 1, "up": -1, "page_down": pane.page, "page_up": -pane.page}
        if key.action == "copy_command":
            self.query_one("#answers", OneLine).show(Text(copy(self.app, self.command)))
        elif key.action in moves:
            pane.move(moves[key.action])
        elif key.action in ("first", "last"):
            pane.to_start() if key.action == "first" else pane.to_end()
        else:
            self.dismiss(key.action == "yes")
