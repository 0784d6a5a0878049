"""The line at the bottom: what the keys do here, or what the last key had to say, on two lines where it is long.

The second line lies over the last one of what stands above, so that nothing is laid out anew for a notice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import events
from textual.message import Message
from textual.strip import Strip

from core.errors import FootplateError
from screens.keys import Key
from screens.plain import plain
from screens.widgets.one_line import OneLine
from screens.widgets.painting import fitted, palette_of, strip_of

BETWEEN = "  "
LAST = "last"  # what is picked where the words at the right edge were clicked
LOW = 8  # in a terminal of fewer lines nothing lies over the rows


class Hint(OneLine):
    """Keys that have a word of their own, those of this screen first; as many as fit. A click does what one says."""

    DEFAULT_CSS = """
    Hint { height: 1; dock: bottom; layer: bar; }
    """

    class Picked(Message):
        """A hint was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.said = ""
        self._keys: list[Text] = []
        self._actions: list[str] = []  # what each of them does
        self._last = Text()
        self._tone = ""
        self._upper: Text | None = None  # the line above, where there is one

    def set_keys(self, keys: Mapping[str, Key], last: str, without: Collection[str] = ()) -> None:
        """From the map of a screen; `without` are actions that mean nothing on what it shows."""
        hinted = dict.fromkeys(key for key in keys.values() if key.hint and key.action not in without)
        known = sorted(hinted, key=lambda key: len(key.screens))  # the fewer know it, the more it belongs to this one
        self._keys = [Text.assemble((key.shown().split()[0], "key"), f" {key.hint}") for key in known]
        self._actions = [key.action for key in known]
        self._last = Text(last, "quiet")
        self._redraw()

    def say(self, what: str | FootplateError, tone: str = "") -> None:
        """Say something until the next key; an error with its hint; nothing: the keys again."""
        if isinstance(what, FootplateError):
            what, tone = f"{what.message}: {what.hint}" if what.hint else what.message, "bad"
        self.said, self._tone = plain(what), tone
        self._redraw()

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        if not self.said:
            self.show_lines(self._fitting(), self._last)
            return
        first, second = in_two(self.said, self.size.width - 2)
        if self.screen.size.height < LOW:
            first, second = self.said, ""
        upper = Text(first, self._tone) if second else None
        self.show_lines(Text(second or first, self._tone), upper=upper)

    def show_lines(self, left: Text, right: Text | None = None, *, upper: Text | None = None) -> None:
        """The line at the bottom, and with `upper` one more above it."""
        if upper != self._upper or (upper is not None and self._upper is not None and upper.spans != self._upper.spans):
            self.styles.height = 1 if upper is None else 2
            self._upper = upper
            self.refresh()
        self.show(left, right)

    def render_line(self, y: int) -> Strip:
        if self._upper is None or self.size.height < 2:
            return super().render_line(y)
        if y == 1:
            return super().render_line(0)
        width = self.size.width
        return strip_of(fitted(Text(" ") + self._upper, width), width, palette_of(self.app), self._ground)

    async def _on_click(self, event: events.Click) -> None:
        event.stop()
        action = "" if self.said or self._upper is not None else self._action_at(event.x)
        if action:
            self.post_message(self.Picked(action))

    def _action_at(self, x: int) -> str:
        start = 1
        for part, action in zip(self._keys, self._actions, strict=True):
            if start + cell_len(part.plain) > 1 + cell_len(self.left.plain):
                break
            if start <= x < start + cell_len(part.plain):
                return action
            start += cell_len(part.plain) + len(BETWEEN)
        return LAST if x >= self.size.width - cell_len(self._last.plain) - 1 else ""

    def _fitting(self) -> Text:
        room, shown = self.size.width - cell_len(self._last.plain) - 4, Text()
        for part in self._keys:
            more = cell_len(part.plain) + (len(BETWEEN) if shown else 0)
            if more > room:
                break
            shown.append(BETWEEN if shown else "").append_text(part)
            room -= more
        return shown


def in_two(text: str, width: int) -> tuple[str, str]:
    """A notice on one or two lines of at most `width` cells. What is longer loses its middle: its end says how to
    undo what was done, or what to do."""
    if cell_len(text) <= width or width < 8:
        return text, ""
    first = set_cell_size(text, width)
    at = first.rfind(" ", width // 2)
    first = text[:at] if at > 0 else first.rstrip()
    rest = text[len(first) :].lstrip()
    if cell_len(rest) > width:
        while cell_len(rest) > width - 2:
            rest = rest[1:]
        rest = f"… {rest}"
    return first, rest
