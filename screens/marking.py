"""The keys that mark: one row, a range, all that the filter finds."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from textual import work
from textual.message import Message
from textual.worker import get_current_worker

from core.errors import Conflict, FootplateError
from core.query import patience
from screens.desk import Desk
from screens.level import Listing, Place, Query, Slice
from screens.marked import between, found_by, marked_all
from screens.marks import MOST, Marks
from screens.moving import Mover
from screens.trouble import told
from screens.window import Start


@dataclass(frozen=True)
class Anchor:
    """The row that a range begins with, and what is needed to find it again when it is no longer held."""

    place: Place
    identity: Hashable
    query: Query
    start: Start


class Marker(Mover):
    """A browser whose rows can be marked."""

    class Marked(Message):
        """Marks that had to be read for."""

        def __init__(self, place: Place, marks: Marks | FootplateError, said: str = "") -> None:
            super().__init__()
            self.place, self.marks, self.said = place, marks, said

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._anchor: Anchor | None = None
        self._last_marked: Anchor | None = None

    # -- one row

    def action_mark(self) -> None:
        """Mark the row, or take its mark off, and go on to the next."""
        identity = self._markable()
        if identity is not None:
            self._last_marked = self._here(identity)
            self._set_marks(self.place.marks.toggled(identity, identity in self._found))
            self.table.move(1)

    def _markable(self) -> Hashable | None:
        """The row under the cursor; says why there is none."""
        identity = self.table.current_identity() if self.listing is not None else None
        if identity is None:
            self.say("there is no row to mark" if self.listing is not None else "this is a text: nothing to mark")
        return identity

    def _here(self, identity: Hashable) -> Anchor:
        return Anchor(self.place, identity, self._reading(), self.window.starts[-1])

    def _set_marks(self, marks: Marks) -> None:
        self.place.marks = marks
        if not marks:
            self._last_marked = None
        self._show_marks()
        self._crumbs()

    # -- a range

    def action_mark_range(self) -> None:
        """From the row that was marked last, or from where the key was pressed before, to this one."""
        identity = self._markable()
        if identity is None:
            return
        begun = next((one for one in (self._anchor, self._last_marked) if one is not None and self._still(one)), None)
        if begun is None or begun.identity == identity:
            self._anchor = self._here(identity)
            self.table.set_anchor(identity)
            self.say(f"a range begins here: move, then {self.desk.key('mark_range')} again; Esc leaves it")
            return
        rows = self.table.between(begun.identity, identity)
        here = self._last_marked = self._here(identity)
        self._end_range()
        if rows is not None:
            self._set_marks(self.place.marks.plus(rows, lambda one: one in self._found))
        else:
            self.say("reading the rows between …", "quiet")
            self._mark_between(begun, here)

    def _still(self, anchor: Anchor) -> bool:
        """Whether a range that begins there means the same rows by now."""
        return anchor.place is self.place and anchor.query == self._reading()

    def _end_range(self) -> bool:
        """Whether there was one that had begun."""
        begun, self._anchor = self._anchor is not None, None
        self.table.set_anchor(None)
        return begun

    @work(thread=True, exclusive=True, exit_on_error=False, group="mark")
    def _mark_between(self, one: Anchor, other: Anchor) -> None:
        worker, place = get_current_worker(), one.place
        listing, workspace, marks = place.level, self.desk.workspace, one.place.marks
        assert isinstance(listing, Listing)
        first = min((one.start, other.start), key=lambda start: start.passed)

        def read(query: Query) -> Slice:
            return listing.read(workspace, query)

        try:
            with patience.until(lambda: worker.is_cancelled):
                query = Query(one.query.where, one.query.order, after=first.key)
                rows = between(read, query, listing.identity, (one.identity, other.identity))
                if rows is None:
                    raise Conflict(
                        f"a range holds at most {MOST:,} rows",
                        f"filter the rows, then {self.desk.key('mark_all')} marks all of them",
                    )
                found = found_by(marks.every, read, listing.identity, rows) if marks.every is not None else frozenset()
                self.post_message(self.Marked(place, marks.plus(rows, lambda row: row in found)))
        except Exception as error:
            if not worker.is_cancelled:
                self.post_message(self.Marked(place, told(workspace, error)))

    # -- all

    def action_mark_all(self) -> None:
        """All rows that the filter finds; once more takes the marks off."""
        if self._markable() is None:
            return
        every = self.place.marks.every
        if every is not None and every.where == self.place.where and not every.but:
            self._set_marks(Marks())
            self.say("the marks are cleared")
            return
        self.say("counting …", "quiet")
        self._mark_all(self.place, self.place.where)

    @work(thread=True, exclusive=True, exit_on_error=False, group="mark")
    def _mark_all(self, place: Place, where: str) -> None:
        worker, workspace, listing = get_current_worker(), self.desk.workspace, place.level
        assert isinstance(listing, Listing)
        try:
            with patience.until(lambda: worker.is_cancelled):
                marks, said = marked_all(
                    listing, lambda query: listing.read(workspace, query), place.marks, where,
                    lambda text: listing.count(workspace, text),
                )
            self.post_message(self.Marked(place, marks, said))
        except Exception as error:
            if not worker.is_cancelled:
                self.post_message(self.Marked(place, told(workspace, error)))

    def on_marker_marked(self, message: Marked) -> None:
        message.stop()
        if isinstance(message.marks, FootplateError):
            self.say(message.marks)
            return
        message.place.marks = message.marks
        if message.place is self.place:
            every = message.marks.every
            if every is not None and every.where == self.place.where:
                identities = [self.table.identity(row) for row in self.table.rows]
                self._found = frozenset(one for one in identities if isinstance(one, int) and one <= every.newest)
            else:
                self.reload()  # which rows the filter of the marks finds is read with them
            self._show_marks()
            self._crumbs()
            self.say(message.said or f"{len(message.marks):,} marked")

    # -- taking them off

    def action_back(self) -> None:
        """Leaves a range, stops what takes long, clears the marks, then the filter, then goes back."""
        if self._end_range():
            self.say("no range")
        elif self.stop_task():
            pass
        elif self.listing is not None and self.place.marks:
            self._set_marks(Marks())
        else:
            super().action_back()

    def few_marked(self, most: int) -> list[Hashable] | None:
        """The marked rows by identity; None, and said why, where there are more than `most`."""
        marks = self.place.marks
        if len(marks) > most:
            self.say(f"{len(marks):,} rows are marked: at most {most} can be taken here")
            return None
        if marks.every is None:
            return list(marks.picked)
        shown = [identity for identity in map(self.table.identity, self.table.rows) if identity in self.table.marks]
        if len(shown) < len(marks):
            self.say("not all marked rows are in sight: mark them one by one")
            return None
        return shown
