"""One of a few things, by its letter."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from screens.inquiry import Option as Option
from screens.modals.overlay import Overlay
from screens.plain import plain
from screens.widgets.text_pane import TextPane, folded

TALLEST = 20  # lines
MORE = "  ↑ ↓  the rest"


class Choose(Overlay[str | None]):
    """Gives the value of the chosen option, or None."""

    DEFAULT_CSS = """
    Choose { align: center middle; background: transparent; }
    Choose > Vertical { width: 100%; max-width: 92; height: auto; max-height: 100%; border: round $primary;
                        background: $surface; padding: 0 1; }
    """

    def __init__(self, title: str, options: Sequence[Option], lines: Sequence[Text] = ()) -> None:
        """`lines` stand between the title and the options."""
        super().__init__()
        self._title, self._options, self._lines = title, list(options), list(lines)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield TextPane(ground="raised", id="options")

    def begin(self) -> None:
        lines = [Text(plain(self._title), "title"), *self._lines]
        lines += [Text.assemble("  ", (one.letter, "key"), "  ", one.words) for one in self._options]
        pane, width = self.query_one("#options", TextPane), max(20, min(92, self.size.width) - 5)
        wanted = sum(len(folded(one, width)) for one in lines) + 1
        room = min(TALLEST, self.size.height - 2)
        scrolls = wanted > room
        lines.insert(1 if scrolls else len(lines), Text(f"  Esc  nothing{MORE if scrolls else ''}", "quiet"))
        pane.styles.height = min(wanted, room)
        pane.show(lines)

    def press(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("escape", "backspace"):
            self.dismiss(None)
            return
        pane = self.query_one("#options", TextPane)
        moves = {"down": 1, "up": -1, "pagedown": pane.page, "pageup": -pane.page}
        if event.key in moves:
            pane.move(moves[event.key])
        for one in self._options:
            if event.character == one.letter:
                self.dismiss(one.value)
                return
