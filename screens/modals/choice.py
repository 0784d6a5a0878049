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


class Choose(Overlay[str | None]):
    """Gives the value of the chosen option, or None."""

    DEFAULT_CSS = """
    Choose { align: center middle; background: transparent; }
    Choose > Vertical { width: 100%; max-width: 92; height: auto; max-height: 100%; border: round $primary;
                        background: $surface; padding: 0 1; }
    Choose TextPane { max-height: 20; }
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
        lines.append(Text("  Esc  nothing", "quiet"))
        pane, width = self.query_one("#options", TextPane), max(20, min(92, self.size.width) - 5)
        pane.styles.height = sum(len(folded(one, width)) for one in lines)
        pane.show(lines)

    def press(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("escape", "backspace"):
            self.dismiss(None)
            return
        for one in self._options:
            if event.character == one.letter:
                self.dismiss(one.value)
                return
