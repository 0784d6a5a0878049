"""Choosing columns, docked at the bottom: those that are shown, in order, then all that could be."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from screens.level import Column
from screens.modals.overlay import Overlay
from screens.plain import plain
from screens.widgets.one_line import OneLine
from screens.widgets.text_pane import TextPane

TALLEST = 14  # lines of the list
KEYS = (("Space", "show, hide"), ("J K", "move"), ("0", "reset"), ("Enter", "take"), ("Esc", "leave"))


class ColumnChoice(Overlay[list[str] | None]):
    """Gives the names of the columns to show, in order, or None. Letters that are typed look for a name."""

    DEFAULT_CSS = """
    ColumnChoice { align: center bottom; background: transparent; }
    ColumnChoice > Vertical { width: 100%; height: auto; max-height: 100%; border-top: solid $primary;
                              background: $surface; padding: 0 1; }
    """

    def __init__(self, shown: Sequence[Column], hidden: Sequence[Column], own: Sequence[str]) -> None:
        super().__init__()
        self._all = {column.name: column for column in (*shown, *hidden)}
        self._own = own
        self.order = list(self._all)
        self.chosen = {column.name for column in shown}
        self._at_first = frozenset(self.chosen)
        self.cursor, self.needle, self._finding = 0, "", False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield OneLine(id="title")
            yield TextPane(ground="raised", id="columns")
            yield OneLine(id="answers")

    def begin(self) -> None:
        self.query_one("#columns", TextPane).styles.height = min(TALLEST, len(self.order))
        self._draw()

    @property
    def seen(self) -> list[str]:
        """The names that are looked for, or all."""
        return [name for name in self.order if self.needle in name.casefold()] if self.needle else self.order

    def _draw(self) -> None:
        title = Text.assemble(("Columns", "title"), f"  {len(self.chosen):,} of {len(self.order):,} shown  ")
        if self._finding or self.needle:
            title.append_text(Text.assemble(("/", "key"), plain(self.needle), (" ", "match" if self._finding else "")))
        self.query_one("#title", OneLine).show(title)
        pane = self.query_one("#columns", TextPane)
        seen = self.seen
        self.cursor = max(0, min(self.cursor, len(seen) - 1))
        pane.show([self._line(name, at == self.cursor) for at, name in enumerate(seen)] or [Text("  no such", "quiet")],
                  keep=True)
        top, height = round(pane.scroll_y), min(TALLEST, len(self.order))
        if not top <= self.cursor < top + height:
            pane.scroll_to(y=max(0, self.cursor - height // 2), animate=False, immediate=True)
        answers = Text("   ").join([Text.assemble((key, "key"), f" {words}") for key, words in (("/", "find"), *KEYS)])
        self.query_one("#answers", OneLine).show(answers)

    def _line(self, name: str, under: bool) -> Text:
        column, on = self._all[name], name in self.chosen
        more = "" if column.title == name else f"  {plain(column.title)}"
        tone = "" if on else "quiet"
        return Text.assemble(
            ("▌" if under else " ", "busy"), (" ✓ " if on else "   ", "good"),
            (plain(name), "strong" if under else tone), (more, "quiet"),
        )

    def press(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if self._finding:
            self._find(event)
        else:
            self._act(event.character or event.key, event.key)
        if self.is_there:
            self._draw()

    def _find(self, event: events.Key) -> None:
        """Typing what is looked for."""
        if event.key in ("enter", "escape"):
            self._finding = False
            self.needle = self.needle if event.key == "enter" else ""
        elif event.key == "backspace":
            self.needle = self.needle[:-1]
        elif event.is_printable and event.character:
            self.needle += event.character.casefold()
            self.cursor = 0

    def _act(self, typed: str, key: str) -> None:
        seen = self.seen
        name = seen[self.cursor] if seen else ""
        if key in ("escape", "backspace") and not self.needle:
            self.dismiss(None)
        elif key in ("escape", "backspace"):
            self.needle = ""
        elif key == "enter" and self.chosen:
            self.dismiss([one for one in self.order if one in self.chosen])
        elif typed == "/":
            self._finding, self.needle = True, ""
        elif typed == "0":
            self.order = [*self._own, *(one for one in self.order if one not in self._own)]
            self.chosen = set(self._own)
        elif typed in ("j", "down") or key == "down":
            self.cursor += 1
        elif typed in ("k", "up") or key == "up":
            self.cursor -= 1
        elif typed in ("g", "home"):
            self.cursor = 0
        elif typed in ("G", "end"):
            self.cursor = len(seen) - 1
        elif key == "space" and name:
            self._toggle(name)
        elif typed in ("J", "K") and name and not self.needle:
            self._move(name, 1 if typed == "J" else -1)

    def _toggle(self, name: str) -> None:
        """Show or hide it. What comes new comes behind the first column, where it is in sight at once."""
        self.chosen ^= {name}
        if name in self.chosen and name not in self._at_first:
            fresh = sum(one not in self._at_first for one in self.chosen)
            self.order.remove(name)
            self.order.insert(min(fresh, len(self.order)), name)
        elif not self.needle:
            self.cursor += 1

    def _move(self, name: str, by: int) -> None:
        """The column under the cursor further down or up."""
        to = max(0, min(len(self.order) - 1, self.cursor + by))
        self.order.insert(to, self.order.pop(self.cursor))
        self.cursor = to
