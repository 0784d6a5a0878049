"""What the rows allow, docked at the bottom: each action with its key and how many rows it can be done to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from screens.acts.action import Action
from screens.keys import Key
from screens.modals.overlay import Overlay
from screens.plain import plain
from screens.selection import Part
from screens.widgets.text_pane import TextPane


@dataclass(frozen=True)
class Offer:
    """One line: an action on so many rows, or a key of the screen that takes one row."""

    letter: str
    words: str
    count: int
    total: int
    why: str = ""
    action: Action | None = None
    single_key: str = ""

    @classmethod
    def of(cls, action: Action, part: Part) -> Offer:
        why = part.refused[0][1] if len(part.refused) == 1 and not len(part) and part.left_out == 1 else ""
        return cls(action.letter, action.words, len(part), len(part) + part.left_out, why, action)

    @classmethod
    def single(cls, key: Key, one: bool) -> Offer:
        letter = key.keys[0] if key.keys else ""
        return cls(letter, key.description, int(one), 1, "" if one else "one row at a time", single_key=key.action)

    def line(self) -> Text:
        shown = Text.assemble("  ", (self.letter, "key" if self.count else "quiet"), "  ")
        shown.append(self.words, "" if self.count else "quiet")
        if not self.count:
            shown.append(f"  not now: {plain(self.why)}" if self.why else "  none of them", "quiet")
        elif self.total > 1:
            shown.append(f"  {'all' if self.count == self.total else f'{self.count:,} of'} {self.total:,}", "strong")
        return shown


class Actions(Overlay[Offer | None]):
    """Gives the offer that was chosen, or None."""

    DEFAULT_CSS = """
    Actions { align: center bottom; background: transparent; }
    Actions > Vertical { width: 100%; height: auto; max-height: 100%; border-top: solid $primary;
                         background: $surface; padding: 0 1; }
    """

    def __init__(self, title: str, offers: Sequence[Offer]) -> None:
        super().__init__()
        self._title, self.offers = title, lettered(offers)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield TextPane(ground="raised", id="offers")

    def begin(self) -> None:
        lines = [Text(plain(self._title), "title"), *(offer.line() for offer in self.offers)]
        lines.append(Text("  Esc  nothing", "quiet"))
        pane = self.query_one("#offers", TextPane)
        pane.styles.height = len(lines)
        pane.show(lines)

    def press(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("escape", "backspace"):
            self.dismiss(None)
            return
        for offer in self.offers:
            if event.character == offer.letter and offer.count:
                self.dismiss(offer)
                return


def lettered(offers: Sequence[Offer]) -> list[Offer]:
    """Each with a letter of its own: the key of the first that wants it, a free one for the others."""
    free = iter("abcdefgijklmnopquvwxyz")
    used: set[str] = {offer.letter for offer in offers}
    made, seen = [], set[str]()
    for offer in offers:
        letter = offer.letter
        if letter in seen or len(letter) != 1:
            letter = next(one for one in free if one not in used)
            used.add(letter)
        seen.add(letter)
        made.append(replace(offer, letter=letter))
    return made
