"""What the place on top shows: rows that stay while new ones are read, the cursor, the preview."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events, work
from textual.message import Message
from textual.timer import Timer
from textual.worker import get_current_worker

from core.errors import FootplateError, UsageError
from core.query import patience
from core.query.language import Word, parse
from core.workspace import Workspace
from screens.desk import Desk
from screens.frame import WIDE
from screens.level import Listing, Page, Place, Query, Row, Slice
from screens.marked import marked_among
from screens.places import Placed
from screens.plain import plain
from screens.trouble import told
from screens.waiting import Task
from screens.widgets.big_table import BigTable
from screens.widgets.one_line import OneLine
from screens.window import Window, from_end

SLOW_SECONDS = 0.5  # a read that takes longer is not repeated at every commit
PREVIEW_SECONDS = 0.12  # the cursor must rest for so long before the preview follows it


@dataclass
class Found:
    """What a read brought: the rows of a window, lines, or an error."""

    place: Place
    query: Query
    result: Window | list[Text] | FootplateError
    guidance: Sequence[Text] = ()
    to_end: bool = False
    marked: frozenset[Hashable] = frozenset()  # those that the filter of the marks finds
    number: int = 0  # of the read: an answer that a later read overtook is not taken


class Browser(Placed):
    """A stack of places whose topmost one is read and shown."""

    class Read(Message):
        def __init__(self, found: Found) -> None:
            super().__init__()
            self.found = found

    class Previewed(Message):
        def __init__(self, row: Row, lines: list[Text]) -> None:
            super().__init__()
            self.row, self.lines = row, lines

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.window = Window()
        self._busy = self._shown = False
        self._stale = self._behind = False  # what was done here, or committed, while a read was under way
        self._found: frozenset[Hashable] = frozenset()
        self._taken = ("", "")  # filter and order of the rows that are shown
        self._number, self._read_task = 0, Task("reading", self.stop_reading)
        self._later: Timer | None = None
        self._preview_timer: Timer | None = None

    def on_mount(self) -> None:
        super().on_mount()
        self._enter()

    def on_screen_resume(self) -> None:
        """What was committed while another screen was shown."""
        super().on_screen_resume()
        if self._shown:
            self.news()

    def _enter(self) -> None:
        """Show the place on top of the stack, from what the registry says now."""
        self.leave()
        self.arrive()
        self.window, self._shown, self._found = _held(self.place), False, frozenset()
        self._taken = (self.place.where, self.place.order)
        listing = self.listing
        self.hint(text=listing is None)
        self.query_one("#body").set_class(listing is None, "text")
        self.query_one("#body").set_class(listing is not None and listing.preview, "preview")
        if listing is not None:
            self.table.show(self.columns(), listing.identity)
            self.table.sorted_by = self.place.order
            self.table.focus()
        else:
            self.page.show([Text("reading …", "quiet")])
            self.page.focus()
        self.preview.show([])
        self._crumbs()
        self._start()

    # -- reading

    def reload(self) -> None:
        """Read again what is shown; while a read is under way, once more after it."""
        if self._busy:
            self._stale = True
        else:
            self._start()

    def news(self) -> None:
        """Something was committed. What takes long to read is not read again all the time."""
        if self.view_paused:
            return
        if self._busy:
            self._behind = True
        elif self._read_task.took < SLOW_SECONDS:
            self.reload()
        elif self._later is None:
            self._later = self.set_timer(2 * self._read_task.took, self._news_later)

    def _news_later(self) -> None:
        self._later = None
        if self._busy:
            self._behind = True
        elif not self.view_paused:
            self.reload()

    def _reading(self, window: Window | None = None) -> Query:
        """What is asked for: a tail is read from its end."""
        order, listing = self.place.order, self.listing
        if (window or self.window).tail and listing is not None:
            order = from_end(order, listing.order)
        return Query(self.place.where, order)

    def _start(self, how: str = "again", window: Window | None = None) -> None:
        """Read: `again` what is held (or `window`), a page more `up` or `down`, on to the `last` row."""
        self.end(self._read_task)
        self._busy, self._stale, self._behind = True, False, False
        self._number, self._read_task = self._number + 1, self.begin("reading", self.stop_reading)
        window = window or self.window
        if isinstance(self.place.level, Page) and self.place.level.width:
            self.place.level.width = self.room()
        self._read(self._number, self.place, self._reading(window), window, how)

    def room(self) -> int:
        """Cells across that a page has."""
        return max(40, self.size.width - 2)

    def stop_reading(self) -> None:
        """What is shown stays, with the filter that it was read by."""
        self.workers.cancel_group(self, "read")
        self._number += 1
        self._over()
        self._as_taken()
        if not self._shown or not self.table.rows:
            self.page.show([Text("reading was stopped; R reads again", "quiet")])
        self.say("stopped: what you see is from before")

    def _over(self) -> None:
        """No read is under way any more."""
        self._busy = self._stale = self._behind = False
        self._read_task.took = self._read_task.seconds
        self.end(self._read_task)

    def _as_taken(self) -> None:
        """Filter and order are again those of the rows that are shown."""
        self.place.where, self.place.order = self._taken
        self.table.sorted_by = self.place.order
        self.table.refresh()
        self._crumbs()

    def under_way_changed(self) -> None:
        if self.is_up:
            self._crumbs()

    @work(thread=True, exclusive=True, exit_on_error=False, group="read")
    def _read(self, number: int, place: Place, query: Query, window: Window, how: str) -> None:
        worker = get_current_worker()
        level, workspace = place.level, self.desk.workspace
        found = Found(place, query, [], to_end=how == "last", number=number)
        try:
            with patience.until(lambda: worker.is_cancelled):
                if isinstance(level, Listing):
                    found.result = _read_rows(level, workspace, query, window, how, lambda: worker.is_cancelled)
                    found.marked = marked_among(level, workspace, place.marks, query.where, found.result.rows)
                    if not found.result.rows and not query.where:
                        found.guidance = level.nothing(workspace)
                elif isinstance(level, Page):
                    found.result = level.read(workspace, self.desk.now())
        except Exception as error:
            found.result = told(workspace, error)
        if not worker.is_cancelled:
            self.post_message(self.Read(found))

    def on_browser_read(self, message: Read) -> None:
        message.stop()
        found = message.found
        if found.number != self._number:
            return
        found.number = 0  # a handler of a screen calls this one, and Textual does so again
        stale, behind = self._stale, self._behind
        self._over()
        if isinstance(found.result, FootplateError):
            if not self._shown and isinstance(found.result, UsageError):
                self._taken, stale = ("", ""), True  # it came with a filter or an order that cannot be used
            self._as_taken()
            self.complain(found.query.where, found.result)
        elif isinstance(found.result, Window):
            self._take(found, found.result)
        else:
            self.page.show(found.result, keep=self._shown)
            if not self._shown and isinstance(self.place.cursor, int):
                self.call_after_refresh(self.page.move, self.place.cursor)  # once it knows that it can be scrolled
        self._shown = True
        self.after_reading()
        if stale:
            self.reload()
        elif behind:
            self.news()

    def after_reading(self) -> None:
        """What was read is shown."""

    def complain(self, where: str, error: FootplateError) -> None:
        """What is wrong with a filter that was asked for, or with the registry."""
        self.say(error)

    def _take(self, found: Found, window: Window) -> None:
        at, self.place.cursor = self.place.cursor, None
        if self.bar.text == found.query.where:
            self.bar.complain(None)
        self.window, self._found, self._taken = window, found.marked, (found.query.where, self.place.order)
        self._show_marks(window.rows)
        self.table.update_rows(window.rows, at)
        if found.to_end:
            self.table.to_end()
        self.query_one("#body").set_class(not window.rows, "text")
        if not window.rows:
            self.page.show(found.guidance or no_match(found.query.where), keep=True)
        self._crumbs()
        self._preview_soon()

    def _show_marks(self, rows: Sequence[Row] | None = None) -> None:
        """Paint the marks of the place on the rows that are held (or come next)."""
        listing, marks = self.listing, self.place.marks
        if listing is not None:
            identities = map(listing.identity, (self.table.rows if rows is None else rows) if marks else ())
            self.table.set_marks({one for one in identities if marks.holds(one, one in self._found)})

    # -- breadcrumbs

    def _crumbs(self) -> None:
        left = Text(self.NAME.capitalize(), "title")
        if len(self.stacks) > 1:
            names = [stack[0].level.crumb for stack in self.stacks]
            shown = [
                Text(f"[{name}]", "strong") if index == self.tab else Text(name, "quiet")
                for index, name in enumerate(names)
            ]
            left.append("  ").append_text(Text(" · ", "quiet").join(shown))
        elif len(self.stack) == 1 and self.place.level.crumb.lower() != self.NAME:
            left.append(f" › {self.place.level.crumb}")
        for place in self.stack[1:]:
            left.append(" › ", "quiet")
            left.append(plain(place.level.crumb))
        if self.place.where:
            left.append_text(Text.assemble(("  /", "key"), (plain(self.place.where), "warn")))
        self.query_one("#crumbs", OneLine).show(left, self._position())

    def _position(self) -> Text:
        parts = [] if (going := self.under_way()) is None else [going]
        if self.view_paused:
            parts.append(Text("‖ view paused", "warn"))
        if self.place.marks:
            parts.append(Text(f"{len(self.place.marks):,} marked", "warn"))
        if self.listing is not None and self.table.rows:
            parts.append(Text(self.window.position(self.table.cursor), "quiet"))
        return Text("  ").join(parts)

    # -- the cursor

    def on_big_table_moved(self, event: BigTable.Moved) -> None:
        event.stop()
        self._crumbs()
        self._preview_soon()

    def on_big_table_near(self, event: BigTable.Near) -> None:
        event.stop()
        if self._busy:
            return
        if event.end and self.window.below:
            self._start("down")
        elif not event.end and self.window.above:
            self._start("up")

    def previews(self) -> bool:
        """Whether the row under the cursor is shown in whole beside the table."""
        return self.size.width >= WIDE and self.listing is not None and self.listing.preview

    def _preview_soon(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        if self.previews():
            self._preview_timer = self.set_timer(PREVIEW_SECONDS, self._start_preview)

    def _start_preview(self) -> None:
        row, listing = self.row(), self.listing
        if row is not None and listing is not None:
            self._read_preview(listing, row)

    @work(thread=True, exclusive=True, exit_on_error=False, group="preview")
    def _read_preview(self, listing: Listing, row: Row) -> None:
        worker = get_current_worker()
        try:
            lines = listing.describe(self.desk.workspace, row)
        except Exception as error:
            lines = [Text(plain(told(self.desk.workspace, error).message), "bad")]
        if not worker.is_cancelled:
            self.post_message(self.Previewed(listing.identity(row), lines))

    def on_browser_previewed(self, message: Previewed) -> None:
        message.stop()
        if self.listing is not None and self.table.current_identity() == message.row:
            self.preview.show(message.lines, keep=True)

    def on_resize(self, event: events.Resize) -> None:
        self._preview_soon()

    def minute(self) -> None:
        """Relative times may read differently by now."""
        self.table.tick()


def _held(place: Place) -> Window:
    """What is to be read of a place: as much as was held of it, where it is set as it was then."""
    where, order, window = place.held or ("", "", Window())
    return window if (where, order) == (place.where, place.order) else Window()


def no_match(where: str) -> list[Text]:
    """What stands there when a filter finds nothing."""
    lines = [Text.assemble("no row matches ", (plain(where), "warn"), "; Esc clears the filter")]
    if any(isinstance(part, Word) and part.text.startswith("/") for part in parse(where).parts):
        lines.append(Text("a regular expression ends with a slash, too: /^jan.*y$/", "quiet"))
    return lines


def _read_rows(
    level: Listing, workspace: Workspace, query: Query, window: Window, how: str, cancelled: Callable[[], bool]
) -> Window:
    def read(query: Query) -> Slice:
        return level.read(workspace, query)

    if how == "last" and not window.tail:
        return window.last(read, query, cancelled)
    if how == "up":
        return window.up(read, query)
    return window.down(read, query) if how == "down" else window.again(read, query)
