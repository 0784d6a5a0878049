"""Pages of text: J and K go from section to section, and one whose subject is under way is read again every second."""

from __future__ import annotations

from textual import events
from textual.timer import Timer

from screens.browsing import Browser
from screens.desk import Desk
from screens.level import Page

PULSE_SECONDS = 1.0


class Pager(Browser):
    """A browser whose topmost place may be a page."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._pulse: Timer | None = None

    def to_section(self, by: int) -> None:
        if not self.page.to_heading(by):
            self.say("this is the last section" if by > 0 else "this is the first section")

    def on_resize(self, event: events.Resize) -> None:
        level = self.place.level
        if isinstance(level, Page) and level.width and level.width != self.room():
            self.reload()

    # -- the pulse: what a worker says and takes is no commit that anybody would be told of

    def after_reading(self) -> None:
        if self._is_live() and self._pulse is None:
            self._pulse = self.set_timer(PULSE_SECONDS, self._beat)

    def _beat(self) -> None:
        self._pulse = None
        if not self._is_live():
            return
        if self.view_paused or self.app.screen is not self:
            self._pulse = self.set_timer(PULSE_SECONDS, self._beat)
        else:
            self.reload()

    def _is_live(self) -> bool:
        return isinstance(self.place.level, Page) and self.place.level.live
