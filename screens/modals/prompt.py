"""One line of text from a person: a note, a tag."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from screens.modals.overlay import Overlay
from screens.widgets.line_input import LineInput
from screens.widgets.one_line import OneLine


class Prompt(Overlay[str | None]):
    """Gives what was typed at Enter; None at Esc or when it is empty."""

    DEFAULT_CSS = """
    Prompt { align: center middle; background: transparent; }
    Prompt > Vertical { width: 100%; max-width: 92; height: auto; border: round $primary; background: $surface;
                        padding: 0 1; }
    Prompt LineInput { border: none; height: 1; padding: 0 1; background: $background; }
    Prompt LineInput:focus { border: none; background: $background; background-tint: $background 0%; }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        with Vertical():
            yield OneLine(id="title")
            yield LineInput(compact=True, max_length=2000)
            yield OneLine(id="answers")

    def begin(self) -> None:
        self.query_one("#title", OneLine).show(Text(self._title, "title"))
        answers = Text.assemble(("Enter", "key"), " save   ", ("Esc", "key"), " leave it")
        self.query_one("#answers", OneLine).show(answers)
        self.set_focus(self.query_one(LineInput))

    def on_input_submitted(self, event: LineInput.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip() or None)

    def press(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.is_printable and event.character:  # typed before the line was there, which keeps what reaches it
            self.query_one(LineInput).insert_text_at_cursor(event.character)
