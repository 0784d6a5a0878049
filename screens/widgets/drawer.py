"""A few lines over the bottom of the screen to choose one from, above the line in which one types.

It lies on a layer of its own: when it opens nothing else is laid out or painted anew, which a slow link feels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from screens.widgets.painting import line, palette_of

TALLEST = 10  # lines
AROUND = 6  # lines of the screen that are left to what lies below


class Drawer(Widget):
    DEFAULT_CSS = """
    Drawer { dock: bottom; layer: drawer; width: 1fr; height: 1; display: none; }
    """

    class Chosen(Message):
        """One of the lines was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lines: list[Text] = []
        self.cursor = 0
        self._top = 0

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    @property
    def tall(self) -> int:
        """Lines that are seen; the one at the very bottom is the bar's."""
        return max(2, min(TALLEST, self.screen.size.height - AROUND))

    def open(self, lines: Sequence[Text]) -> None:
        self.styles.height = self.tall + 1
        self.display = True
        self.show(lines)

    def close(self) -> None:
        self.display = False

    def show(self, lines: Sequence[Text]) -> None:
        """Other lines, the first one chosen."""
        self.lines, self.cursor, self._top = list(lines), 0, 0
        self.refresh()

    def move(self, by: int) -> None:
        """Another line, round the ends with single steps."""
        if not self.lines:
            return
        to, last = self.cursor + by, len(self.lines) - 1
        if abs(by) == 1:
            to %= len(self.lines)
        self.cursor = max(0, min(to, last))
        self._top = max(min(self._top, self.cursor), self.cursor - self.tall + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        at, colours, width = self._top + y, palette_of(self.app), self.size.width
        if y >= self.size.height - 1 or at >= len(self.lines):
            return line(Text(), width, colours, "raised")
        lead = Text("▌" if at == self.cursor else " ", "busy")
        return line(lead.append_text(self.lines[at]), width, colours, "cursor" if at == self.cursor else "raised")

    def on_resize(self) -> None:
        if self.is_open:
            self.styles.height = self.tall + 1

    async def _on_click(self, event: events.Click) -> None:
        event.stop()
        if self._top + event.y < len(self.lines):
            self.post_message(self.Chosen(self._top + event.y))
