"""Screen 7: who did what, and what the daemon said, as one stream in the order of time; followed with a key."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import work
from textual.message import Message

from core.errors import FootplateError
from core.views.logs import LOG
from core.views.stream import Entry
from screens.asking import ConsoleScreen
from screens.browsing import Found
from screens.keys import AUDIT
from screens.level import Level, Place
from screens.levels.stream import Stream, leads_to
from screens.texts import from_place
from screens.trouble import told
from screens.widgets.big_table import BigTable
from screens.window import Window

LOOK_SECONDS = 1.0  # between two looks at the log, which no commit tells of


class AuditScreen(ConsoleScreen):
    NAME = AUDIT
    UNDER = True

    class Leads(Message):
        """Where an entry leads; None: nowhere."""

        def __init__(self, place: Place | FootplateError | None) -> None:
            super().__init__()
            self.place = place

    follows = False
    _logged: tuple[int, int] = (0, 0)

    def roots(self) -> Sequence[Level]:
        return [Stream()]

    def on_mount(self) -> None:
        super().on_mount()
        self._logged = self._log_size()
        self.set_interval(LOOK_SECONDS, self._look_at_log)

    def _log_size(self) -> tuple[int, int]:
        """(inode, bytes) of the daemon's log; it costs one look at the folder."""
        try:
            status = (self.desk.workspace.logs / LOG).stat()
        except OSError:
            return 0, 0
        return status.st_ino, status.st_size

    def _look_at_log(self) -> None:
        """The log grows without a commit."""
        if self.is_current and (size := self._log_size()) != self._logged:
            self._logged = size
            self.news()

    # -- following

    def action_follow(self) -> None:
        """The cursor stays on the newest entry, until it is moved."""
        if not isinstance(self.place.level, Stream):
            self.say("go back to the stream to follow it: Esc")
            return
        self.follows = not self.follows
        self.say("following: the newest entry is at the top; a move of the cursor ends it" if self.follows
                 else "no longer following")
        if self.follows and self.window.above:
            self.window = Window()
            self._start()
        if self.follows:
            self.table.to_start()
        self._crumbs()

    def _take(self, found: Found, window: Window) -> None:
        super()._take(found, window)
        if self.follows and isinstance(self.place.level, Stream):
            self.table.to_start()

    def on_big_table_moved(self, event: BigTable.Moved) -> None:
        super().on_big_table_moved(event)
        if self.follows and self.table.cursor > 0 and not self._busy:
            self.follows = False
            self._crumbs()

    def _position(self) -> Text:
        parts = [Text("▶ following", "busy")] if self.follows else []
        return Text("  ").join([*parts, super()._position()])

    # -- where an entry leads

    def action_open(self) -> None:
        row = self.row()
        if not isinstance(row, Entry):
            super().action_open()
        elif row.place is not None:
            path, start = row.file, row.place[1]
            self.view(f"log {row.subject} from here on", lambda: from_place(path, start))
        else:
            self._lead(row)

    @work(thread=True, exclusive=True, exit_on_error=False, group="lead")
    def _lead(self, row: Entry) -> None:
        workspace = self.desk.workspace
        try:
            self.post_message(self.Leads(leads_to(workspace, row)))
        except Exception as error:
            self.post_message(self.Leads(told(workspace, error)))

    def on_audit_screen_leads(self, message: Leads) -> None:
        message.stop()
        if isinstance(message.place, FootplateError):
            self.say(message.place)
        elif message.place is None:
            self.act("describe")
        else:
            self.follows = False
            self._remember()
            self.stack.append(message.place)
            self._enter()

    def action_log(self) -> None:
        """The log of the run or job that the entry is about; else the daemon's."""
        row = self.row()
        if isinstance(row, Entry) and row.subject.partition(" ")[0] in ("run", "job"):
            super().action_log()
        else:
            self.open_log(self.desk.workspace.logs / LOG)
