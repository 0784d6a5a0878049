"""The keys that move: rows and pages, columns, the preview, deeper and back, the filter."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer

from core.errors import FootplateError, UsageError
from screens.desk import Desk
from screens.frame import WIDE
from screens.paging import Pager
from screens.widgets.bar import Bar
from screens.widgets.big_table import BigTable
from screens.widgets.text_pane import TextPane
from screens.window import Window

FILTERS = "words  !not  -f fuzzy  /regex/  roc_auc>0.8  state=failed|cancelled  error~text"
TYPING_SECONDS = 0.15  # the filter's text must rest for so long before it is read for


class Mover(Pager):
    """A browser with its keys."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._before = ""  # the filter before it was typed over
        self._typing_timer: Timer | None = None

    def on_big_table_opened(self, event: BigTable.Opened) -> None:
        event.stop()
        if not self.bar.is_open:
            self.action_open()

    def _pane(self) -> BigTable | TextPane:
        return self.table if self.listing is not None and self.table.rows else self.page

    def _move(self, how: Callable[[BigTable | TextPane], None]) -> None:
        """Move the table or the text; where there is no further, say so."""
        pane = self._pane()
        before = pane.place()
        how(pane)
        if pane.place() == before and not self._busy:
            self.say(pane.edge())

    def action_down(self) -> None:
        self._move(lambda pane: pane.move(1))

    def action_up(self) -> None:
        self._move(lambda pane: pane.move(-1))

    def action_page_down(self) -> None:
        self._move(lambda pane: pane.move(pane.page))

    def action_page_up(self) -> None:
        self._move(lambda pane: pane.move(-pane.page))

    def action_first(self) -> None:
        if self.listing is not None and self.window.above:
            self._start(window=Window())
        self._move(lambda pane: pane.to_start())

    def action_last(self) -> None:
        """A listing that has an order is read from its end; one that has none on and on, until another key."""
        if self.listing is None or not self.window.below:
            self._move(lambda pane: pane.to_end())
        elif self.listing.order:
            self._start("last", Window(tail=True))
        else:
            self.say("reading on to the last row …")
            self._start("last")

    def action_columns_left(self) -> None:
        if not self.table.move_columns(-1):
            self.say("these are the first columns")

    def action_columns_right(self) -> None:
        if not self.table.move_columns(1):
            self.say("all columns further to the right are shown")

    def action_preview_down(self) -> None:
        self._scroll_preview(1)

    def action_preview_up(self) -> None:
        self._scroll_preview(-1)

    def _scroll_preview(self, by: int) -> None:
        if self.listing is None:
            self.to_section(by)
        elif self.previews():
            self.preview.move(by * 3)
        else:
            self.say(f"the preview is shown from {WIDE} columns on; {self.desk.key('describe')} describes the row")

    def action_next_list(self) -> None:
        self._remember()
        self.tab = (self.tab + 1) % len(self.stacks)
        self._enter()

    def action_open(self) -> None:
        row, listing = self.row(), self.listing
        if listing is None:
            self.say("this is a text: Esc goes back")
        elif row is None:
            self.say("there is no row to open")
        elif (deeper := listing.open(row)) is not None:
            self.go_to(deeper)
        else:
            self.act("describe")

    def action_back(self) -> None:
        """Clears the filter, then goes back."""
        if self.place.where:
            self.filter("")
        elif len(self.stack) > 1:
            self.stack.pop()
            self._enter()
        else:
            self.say(f"this is the top of the screen; {self.desk.key('quit')} quits")

    def action_refresh(self) -> None:
        self.post_message(self.Repaint())
        self.reload()
        self.say("read again")

    def action_pause_view(self) -> None:
        self.view_paused = not self.view_paused
        self._crumbs()
        if not self.view_paused:
            self.reload()
        self.say("the view stands still until p; work goes on" if self.view_paused else "the view is live")

    # -- the filter

    def action_filter(self) -> None:
        if self.listing is None:
            self.say("there are no rows to filter here")
        else:
            self._before = self.place.where
            self.bar.open("filter", "/", self.place.where, below=FILTERS)

    def filter(self, where: str) -> None:
        """Show the rows that match; the cursor stays on its row if that is among them."""
        if self.listing is None:
            return
        self._remember()
        self.place.where = where
        self._start(window=Window())
        self._crumbs()

    def complain(self, where: str, error: FootplateError) -> None:
        """A filter that cannot be used is told under the bar, which comes back for it where it was closed."""
        if not isinstance(error, UsageError) or not where:
            super().complain(where, error)
            return
        if not self.bar.is_open:
            self._before = self.place.where
            self.bar.open("filter", "/", where, below=FILTERS)
        self.bar.complain(error)

    def on_bar_typed(self, event: Bar.Typed) -> None:
        event.stop()
        if event.purpose == "filter":
            if self._typing_timer is not None:
                self._typing_timer.stop()
            self._typing_timer = self.set_timer(TYPING_SECONDS, lambda: self.filter(event.text))

    def on_bar_entered(self, event: Bar.Entered) -> None:
        event.stop()
        self._close_bar()
        self.filter(event.text)

    def on_bar_left(self, event: Bar.Left) -> None:
        event.stop()
        self._close_bar()
        if event.purpose == "filter" and self.place.where != self._before:
            self.filter(self._before)

    def _close_bar(self) -> None:
        if self._typing_timer is not None:
            self._typing_timer.stop()
        self.bar.close()
