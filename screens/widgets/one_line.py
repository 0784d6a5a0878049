"""One line of the frame: header, breadcrumbs, verdict, hint. It repaints only when its text changes."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

from screens.widgets.painting import fitted, palette_of, strip_of


class OneLine(Widget):
    """Text at the left, and what must not be cut at the right."""

    DEFAULT_CSS = """
    OneLine { height: 1; width: 1fr; }
    """

    def __init__(self, *, ground: str = "raised", **options: Any) -> None:
        super().__init__(**options)
        self.left, self.right = Text(), Text()
        self._ground = ground

    def show(self, left: Text, right: Text | None = None) -> None:
        right = right or Text()
        if left != self.left or right != self.right or left.spans != self.left.spans:
            self.left, self.right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, colours = self.size.width, palette_of(self.app)
        room = width - cell_len(self.right.plain) - 2
        if room < 8 or not self.right.plain:
            return strip_of(fitted(Text(" ") + self.left, width), width, colours, self._ground)
        parts = (*fitted(Text(" ") + self.left, room), (" ", ""), *fitted(self.right, width - room - 1))
        return strip_of(parts, width, colours, self._ground)
