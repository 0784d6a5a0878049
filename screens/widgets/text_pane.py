"""Lines of text that scroll, with search: describe views, logs, raw JSON, the preview.

Draws only what is seen. Long lines are wrapped at the width of the pane, at most `FOLDS` times.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len, chop_cells
from rich.text import Text
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.widgets.painting import line, palette_of

FOLDS = 40  # lines that one line may take
LABEL = re.compile(r" {0,8}(?:\S+ ){0,2}\S*\s{2,}(?=\S)")  # `name   value`: what follows goes on under the value


class TextPane(ScrollView, can_focus=True):
    DEFAULT_CSS = """
    TextPane { width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    def __init__(self, *, ground: str = "", follow: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._follow = follow
        self.lines: list[Text] = []
        self.needle = ""
        self._ground = ground
        self._folded: list[Text] = []
        self._folded_for = -1
        self._match = -1
        self._folds, self._left = True, 0  # how far along lines that are not folded

    def show(self, lines: Sequence[Text], *, keep: bool = False) -> None:
        """Other lines, from the top; with `keep` the place stays. One that follows stays at the end, once there."""
        lines = list(lines)
        if keep and lines == self.lines:
            return
        self._left = self._left if keep else 0
        at_end = keep and self._follow and self.is_at_end
        self.lines = lines
        self._fold()
        if not keep:
            self._match = -1
            self.scroll_to(y=0, animate=False, immediate=True)
        elif at_end:
            self.to_end()
        self.refresh()

    @property
    def is_at_end(self) -> bool:
        return self.scroll_y >= self.max_scroll_y

    @property
    def page(self) -> int:
        return max(1, self.size.height - 1)

    def place(self) -> int:
        """Where one is; the same after a move that led nowhere."""
        return round(self.scroll_y)

    def edge(self) -> str:
        """Why a move led nowhere."""
        if self.max_scroll_y <= 0:
            return "all of it is in sight"
        return "this is the beginning" if self.scroll_y <= 0 else "this is the end"

    def to_start(self) -> None:
        self.scroll_to(y=0, animate=False, immediate=True)

    def to_end(self) -> None:
        self.scroll_to(y=max(0, len(self._folded) - self.size.height), animate=False, immediate=True)

    def move(self, by: int) -> None:
        self.scroll_to(y=self.scroll_y + by, animate=False, immediate=True)

    def set_folds(self, folds: bool) -> None:
        """Whether lines are folded at the width of the pane."""
        if folds != self._folds:
            self._folds, self._left = folds, 0
            self._fold()
            self.refresh()

    def shift(self, by: int) -> bool:
        """Along lines that are not folded, half a pane at a time; False where there is no further."""
        half, longest = max(1, self.size.width // 2), max((cell_len(one.plain) for one in self._folded), default=0)
        to = max(0, self._left + by * half)
        if self._folds or to == self._left or (by > 0 and longest - self._left < self.size.width):
            return False
        self._left = to
        self.refresh()
        return True

    def headings(self) -> list[int]:
        """The lines that are headings, and the first one."""
        return sorted({0, *(at for at, text in enumerate(self._folded) if text.style == "title")})

    def to_heading(self, by: int) -> bool:
        """To the next (+1) or the previous (-1) heading; False where there is none."""
        top = round(self.scroll_y)
        beyond = [at for at in self.headings() if (at > top if by > 0 else at < top)]
        if not beyond or (by > 0 and top >= self.max_scroll_y):
            return False
        self.scroll_to(y=beyond[0] if by > 0 else beyond[-1], animate=False, immediate=True)
        return True

    def search(self, needle: str) -> int:
        """Go to the first line that holds `needle` (case does not matter); returns how many lines do."""
        self.needle, self._match = needle.casefold(), -1
        self.refresh()
        found = self._matches()
        if found:
            self.step(1)
        return len(found)

    def step(self, by: int) -> bool:
        """Go to the next (+1) or previous (-1) match, around the end; False where there is none."""
        found = self._matches()
        if not found:
            return False
        if by > 0:
            self._match = next((at for at in found if at > self._match), found[0])
        else:
            self._match = next((at for at in reversed(found) if at < self._match), found[-1])
        top = round(self.scroll_y)
        if not top <= self._match < top + self.size.height:
            self.scroll_to(y=max(0, self._match - self.size.height // 3), animate=False, immediate=True)
        self.refresh()
        return True

    def position(self) -> str:
        """`3/17`: which match this is."""
        found = self._matches()
        return f"{found.index(self._match) + 1}/{len(found)}" if self._match in found else f"{len(found)} matches"

    def _matches(self) -> list[int]:
        if not self.needle:
            return []
        return [at for at, text in enumerate(self._folded) if self.needle in text.plain.casefold()]

    def _on_resize(self, event: events.Resize) -> None:
        if event.size.width != self._folded_for:
            self._fold()
            self.refresh()

    def _fold(self) -> None:
        width = self.size.width - 1
        self._folded_for = self.size.width
        folds = self._folds and width > 8
        self._folded = [part for text in self.lines for part in folded(text, width)] if folds else list(self.lines)
        self.virtual_size = Size(self.size.width, len(self._folded))

    def render_line(self, y: int) -> Strip:
        at = round(self.scroll_y) + y
        colours, width = palette_of(self.app), self.size.width
        if at >= len(self._folded):
            return line(Text(), width, colours, self._ground)
        shown = further(self._folded[at], self._left, width) if self._left else self._folded[at]
        if self.needle and self.needle in shown.plain.casefold():
            shown = marked(shown, self.needle)
        return line(shown, width, colours, "cursor" if at == self._match else self._ground)


def folded(text: Text, width: int) -> list[Text]:
    """`text` in lines of at most `width` cells, continued under its own indent, broken at spaces where it can be."""
    plain = text.plain
    if cell_len(plain) <= width:
        return [text]
    label = LABEL.match(plain)
    indent = min(len(label[0]) if label else len(plain) - len(plain.lstrip()) + 2, width // 2)
    lines: list[Text] = []
    start = 0
    while start < len(plain) and len(lines) < FOLDS:
        room = width if not lines else width - indent
        end = start + len(chop_cells(plain[start : start + room + 1], room)[0])
        if end < len(plain) and (space := plain.rfind(" ", start + room // 2, end + 1)) > start:
            end = space
        part = text[start:end]
        lines.append(part if not lines else Text(" " * indent).append_text(part))
        start = end + (1 if plain[end : end + 1] == " " else 0)
    return lines


def further(text: Text, by: int, width: int) -> Text:
    """What begins `by` cells further to the right, as much as `width` cells may show."""
    before = 0
    for at, character in enumerate(text.plain):
        if before >= by:
            return Text(" " * (before - by)).append_text(text[at : at + width + 1])
        before += cell_len(character)
    return Text()


def marked(text: Text, needle: str) -> Text:
    """A copy with every match in the tone `match`."""
    shown, low, at = text.copy(), text.plain.casefold(), 0
    while (at := low.find(needle, at)) >= 0:
        shown.stylize("match", at, at + len(needle))
        at += len(needle)
    return shown
