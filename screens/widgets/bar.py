"""The docked line at the bottom in which people type: commands (`:`), filters and searches (`/`)."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from screens.widgets.one_line import OneLine


class Bar(Horizontal):
    """Hidden until opened; what was typed is told by messages, and Esc gives up."""

    DEFAULT_CSS = """
    Bar { display: none; height: 1; background: $surface; }
    Bar.open { display: block; }
    Bar OneLine { width: 2; }
    Bar Input { border: none; height: 1; width: 1fr; padding: 0; background: $surface; }
    Bar Input:focus { border: none; background: $surface; background-tint: $surface 0%; }
    """

    class Typed(Message):
        """The text changed."""

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose, self.text = purpose, text

    class Entered(Typed):
        """Enter was pressed."""

    class Left(Typed):
        """Esc was pressed, or Backspace in the empty bar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.purpose = ""

    def compose(self) -> ComposeResult:
        yield OneLine()
        yield Input(select_on_focus=False, compact=True)

    def open(self, purpose: str, mark: str, text: str = "") -> None:
        from rich.text import Text

        self.purpose = purpose
        self.query_one(OneLine).show(Text(mark, "key"))
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        self.add_class("open")
        field.focus()

    def close(self) -> None:
        self.purpose = ""
        self.remove_class("open")

    @property
    def is_open(self) -> bool:
        return self.has_class("open")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.purpose:
            self.post_message(self.Typed(self.purpose, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Entered(self.purpose, event.value))

    def on_key(self, event: events.Key) -> None:
        field = self.query_one(Input)
        if event.key == "escape" or (event.key == "backspace" and not field.value):
            event.stop()
            event.prevent_default()
            self.post_message(self.Left(self.purpose, field.value))
