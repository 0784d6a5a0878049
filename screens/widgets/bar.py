"""The bottom line, in which people also type: commands (`:`), filters and searches (`/`).

It is one line of its own editing, and never takes the focus: opening Textual's Input there would lay out and
repaint the whole screen, which a slow link feels.
"""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message

from core.errors import FootplateError
from screens.plain import plain
from screens.widgets.hint import Hint

LONGEST = 2_000


class Bar(Hint):
    """A hint line until it is opened; what is typed then is told by messages."""

    class Typed(Message):
        """The text changed."""

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__()
            self.purpose, self.text = purpose, text

    class Entered(Typed):
        """Enter was pressed."""

    class Left(Typed):
        """Esc was pressed, or Backspace in the empty bar."""

    class Pressed(Typed):
        """A key that means nothing to a line: up, down, tab and so on; `key` is its name."""

        def __init__(self, purpose: str, text: str, key: str) -> None:
            super().__init__(purpose, text)
            self.key = key

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.purpose = self._mark = self._text = ""
        self._cursor = 0
        self._help = self._below = Text()  # what is said under what is typed
        self._wrong: tuple[int, int] | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.purpose)

    @property
    def text(self) -> str:
        """What is typed."""
        return self._text

    def open(self, purpose: str, mark: str, text: str = "", *, below: str = "") -> None:
        """Type for a purpose; `below` is a line of help that stands under it."""
        self.purpose, self._mark, self._text, self._cursor = purpose, mark, text, len(text)
        self._help = self._below = Text(below, "quiet")
        self._wrong = None
        self._draw()

    def put(self, text: str) -> None:
        """Another text, as if it had been typed."""
        self._text, self._cursor = text[:LONGEST], len(text[:LONGEST])
        self._draw()
        self.post_message(self.Typed(self.purpose, self._text))

    def help(self, below: str) -> None:
        """Another line of help under what is typed."""
        self._help = self._below = Text(plain(below), "quiet")
        self._wrong = None
        self._draw()

    def complain(self, error: FootplateError | None) -> None:
        """Say under what is typed what is wrong with it, and mark the place; None: nothing is."""
        if not self.purpose:
            return
        self._wrong = getattr(error, "at", None)
        if error is None:
            self._below = self._help
        else:
            self._below = Text(plain(f"{error.message}: {error.hint}" if error.hint else error.message), "bad")
        self._draw()

    def close(self) -> None:
        self.purpose = ""
        self.say("")

    def say(self, what: Any, tone: str = "") -> None:
        if not self.purpose:  # while somebody types, nothing is said into it
            super().say(what, tone)

    def take(self, event: events.Key) -> None:
        """One key of typing."""
        before = self._text
        if event.key == "escape" or (event.key == "backspace" and not self._text):
            self.post_message(self.Left(self.purpose, self._text))
        elif event.key == "enter":
            self.post_message(self.Entered(self.purpose, self._text))
        elif event.key == "backspace":
            self._replace(max(0, self._cursor - 1), self._cursor, "")
        elif event.key == "delete":
            self._replace(self._cursor, self._cursor + 1, "")
        elif event.key in ("left", "right", "home", "end"):
            to = {"left": self._cursor - 1, "right": self._cursor + 1, "home": 0, "end": len(self._text)}[event.key]
            self._cursor = max(0, min(len(self._text), to))
        elif event.is_printable and event.character:
            self.insert(event.character)
            return
        else:
            self.post_message(self.Pressed(self.purpose, self._text, event.key))
            return
        self._draw()
        if self._text != before:
            self.post_message(self.Typed(self.purpose, self._text))

    def insert(self, text: str) -> None:
        """Typed or pasted; of several lines the first."""
        line = text.splitlines()[0] if text.splitlines() else ""
        self._replace(self._cursor, self._cursor, line)
        self._draw()
        self.post_message(self.Typed(self.purpose, self._text))

    def _replace(self, start: int, end: int, text: str) -> None:
        self._text = (self._text[:start] + text + self._text[end:])[:LONGEST]
        self._cursor = min(start + len(text), len(self._text))

    def _draw(self) -> None:
        if not self.purpose:
            return
        line = Text.assemble((self._mark, "key"), self._typed(max(8, self.size.width - 6)))
        if self._below:
            self.show_lines(self._below, upper=line)
        else:
            self.show_lines(line)

    def _typed(self, room: int) -> Text:
        """What is typed, the cursor in it and what is wrong; its beginning is left out where it is long."""
        at, start, before = self._cursor, 0, "…"
        while cell_len(plain(self._text[start:at])) > room:
            start += 1
        first, last = self._wrong or (0, 0)
        line = Text(before if start else "")
        for index in range(start, min(len(self._text), start + 2 * room)):
            tone = "match" if index == at else "bad" if first <= index < last else ""
            line.append(plain(self._text[index]), tone)
        return line if at < len(self._text) else line.append(" ", "match")

    def _redraw(self) -> None:
        if self.purpose:
            self._draw()
        else:
            super()._redraw()
