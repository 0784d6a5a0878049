"""How much of the screen is shown of what: wide (nothing is cut short), and the table or the text alone."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events

from screens.desk import Desk
from screens.frame import WIDE
from screens.picking import Picker

STAYS = ("body", "ground", "drawer", "hint")  # of the frame's parts, when the table or the text stands alone


class Shower(Picker):
    """A screen that can be wide, and full."""

    UNDER: ClassVar[bool] = False  # wide puts the whole row under the table, folded, as far as there is no preview

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.is_wide = self.is_full = False

    # -- wide

    def action_wide(self) -> None:
        """In a table no cell is cut; in a text no line is folded. Once more: as before."""
        self.is_wide = not self.is_wide
        left, right = self.desk.key("columns_left"), self.desk.key("columns_right")
        self.table.set_wide(self.is_wide)
        self.page.set_folds(not self.is_wide)
        self._lay_out()
        if not self.is_wide:
            self.say("as before: cells are cut to fit" if self.listing is not None else "as before: lines are folded")
        elif self.listing is None:
            self.say(f"wide: lines are not folded; {left} and {right} move along them")
        elif self.UNDER:
            self.say(f"wide: no cell is cut, {left} and {right} move; the whole entry stands with it, folded")
        else:
            self.say(f"wide: no cell is cut; {left} and {right} move to other columns")
        self._crumbs()

    def _enter(self) -> None:
        self.table.set_wide(self.is_wide)
        self.page.set_folds(not self.is_wide)
        super()._enter()
        self._lay_out()

    def action_columns_left(self) -> None:
        self._along(-1)

    def action_columns_right(self) -> None:
        self._along(1)

    def _along(self, by: int) -> None:
        """Other columns of a table, or along the lines of a text that does not fold them."""
        if self.listing is not None and by < 0:
            super().action_columns_left()
        elif self.listing is not None:
            super().action_columns_right()
        elif not self.is_wide:
            self.say(f"the lines of this text are folded; {self.desk.key('wide')} unfolds them")
        elif not self.page.shift(by):
            self.say("this is the beginning of the lines" if by < 0 else "this is the end of the longest line")

    # -- full

    def action_full(self) -> None:
        """Only the table or the text, and the line at the bottom. Once more: the whole screen."""
        self.is_full = not self.is_full
        for part in self.children:
            part.set_class(self.is_full and part.id not in STAYS, "away")
        self._lay_out()
        keys = f"{self.desk.key('full')} or {self.desk.key('back')}"
        self.say(f"full screen: {keys} shows the rest again" if self.is_full else "")

    def action_back(self) -> None:
        """Esc closes: first of all the full screen."""
        if self.is_full and self.under_way() is None:
            self.action_full()
        else:
            super().action_back()

    # -- what stands beside or under the table

    def previews(self) -> bool:
        """Whether the row under the cursor is shown in whole, beside or under the table."""
        return not self.is_full and (super().previews() or self._is_under())

    def _is_under(self) -> bool:
        listing = self.listing
        return self.UNDER and self.is_wide and listing is not None and listing.preview and self.size.width < WIDE

    def _lay_out(self) -> None:
        self.preview.set_class(self.is_full, "away")
        body = self.query_one("#body")
        if body.has_class("under") != self._is_under():
            body.set_class(self._is_under(), "under")
        self._preview_soon()

    def on_resize(self, event: events.Resize) -> None:
        if self.is_up:
            self._lay_out()

    def _position(self) -> Text:
        wide = [Text("↔ wide", "quiet")] if self.is_wide else []
        return Text("  ").join([part for part in (*wide, super()._position()) if part.plain])
