"""A text over the whole screen: describe, raw JSON, log, help. It scrolls, searches and copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text
from textual import events, work
from textual.app import ComposeResult

from screens.desk import Desk
from screens.keys import TEXT
from screens.modals.saver import Saver
from screens.plain import plain
from screens.trouble import told
from screens.widgets.bar import Bar
from screens.widgets.hint import LAST, Hint
from screens.widgets.one_line import OneLine
from screens.widgets.text_pane import TextPane

FOLLOW_SECONDS = 0.5
SEARCH = "search"  # what the bar is open for


class TextView(Saver):
    """`read` gives the lines, in a thread; with `follow` it is read again and again (a log that grows)."""

    DEFAULT_CSS = """
    TextView { background: $background; layers: default bar; }
    TextView TextPane { margin-bottom: 1; }
    """

    def __init__(
        self, desk: Desk, title: str, read: Callable[[], Sequence[Text]], *, follow: bool = False, at_end: bool = False
    ) -> None:
        super().__init__()
        self.desk, self._title = desk, title
        self._read, self._follow, self._at_end = read, follow, at_end
        self._first, self._wide = True, False

    def compose(self) -> ComposeResult:
        yield OneLine(id="title")
        yield TextPane(id="text", follow=self._follow)
        yield Bar(id="hint")

    def begin(self) -> None:
        self._entitle()
        self.bar.set_keys(self.desk.map(TEXT), "Esc back")
        self.pane.focus()
        self._load()
        if self._follow:
            self.set_interval(FOLLOW_SECONDS, self._load)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _load(self) -> None:
        try:
            lines = list(self._read())
        except Exception as found:
            error = told(self.desk.workspace, found)
            lines = [Text(plain(error.message), "bad"), Text(plain(error.hint), "quiet")]
        self.app.call_from_thread(self._show, lines)

    def _show(self, lines: list[Text]) -> None:
        if not self.is_there:
            return  # it was closed before they came
        pane = self.pane
        pane.show(lines, keep=not self._first)
        if self._first and self._at_end:
            self.call_after_refresh(pane.to_end)
        self._first = False
        self.call_after_refresh(self._entitle)

    def _entitle(self) -> None:
        """The title, and whether new lines are followed: they are from the end on."""
        if not self.is_there:
            return
        follows = Text("● following" if self.pane.is_at_end else f"{self.desk.key('last')} follows", "quiet")
        self.query_one("#title", OneLine).show(Text(plain(self._title), "title"), follows if self._follow else None)

    # -- keys

    def press(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if self.bar.is_open:
            self.bar.take(event)
            return
        keys = self.desk.map(TEXT)
        key = keys.get(event.character or event.key) or keys.get(event.key)
        if key is not None:
            self.bar.say("")
            getattr(self, f"action_{key.action}")()
            self.call_after_refresh(self._entitle)

    def on_hint_picked(self, event: Hint.Picked) -> None:
        event.stop()
        if not self.bar.is_open:
            getattr(self, f"action_{'back' if event.action == LAST else event.action}")()

    def action_down(self) -> None:
        self.pane.move(1)

    def action_up(self) -> None:
        self.pane.move(-1)

    def action_page_down(self) -> None:
        self.pane.move(self.pane.page)

    def action_page_up(self) -> None:
        self.pane.move(-self.pane.page)

    def action_wide(self) -> None:
        """Lines as they are, or folded again."""
        self._wide = not self._wide
        self.pane.set_folds(not self._wide)
        keys = f"{self.desk.key('columns_left')} and {self.desk.key('columns_right')}"
        self.bar.say(f"lines are not folded; {keys} move along them" if self._wide else "lines are folded")

    def action_columns_left(self) -> None:
        self._along(-1, "this is the beginning of the lines")

    def action_columns_right(self) -> None:
        self._along(1, "this is the end of the longest line")

    def _along(self, by: int, edge: str) -> None:
        if not self._wide:
            self.bar.say(f"lines are folded; {self.desk.key('wide')} unfolds them")
        elif not self.pane.shift(by):
            self.bar.say(edge)

    def action_first(self) -> None:
        self.pane.to_start()

    def action_last(self) -> None:
        self.pane.to_end()

    def action_back(self) -> None:
        self.dismiss(None)

    def action_close(self) -> None:
        self.dismiss(None)

    def action_help(self) -> None:
        from screens.modals.help import help_lines

        if self._title != HELP:
            self.app.push_screen(TextView(self.desk, HELP, lambda: help_lines(self.desk, TEXT)))

    def action_search(self) -> None:
        self.bar.open(SEARCH, "/")

    def action_next_match(self) -> None:
        self._step(1)

    def action_previous_match(self) -> None:
        self._step(-1)

    def titled(self) -> str:
        return self._title

    def _step(self, by: int) -> None:
        pane = self.pane
        if not pane.needle:
            self.bar.say(f"nothing to search for yet: press {self.desk.key('search')}")
        elif pane.step(by):
            self.bar.say(f"{pane.needle}: {pane.position()}")
        else:
            self.bar.say(f"{pane.needle}: not found", "warn")

    def on_bar_typed(self, event: Bar.Typed) -> None:
        event.stop()
        if event.purpose == SEARCH:
            self.pane.search(event.text)

    def on_bar_entered(self, event: Bar.Entered) -> None:
        if event.purpose != SEARCH:
            return
        event.stop()
        self._close_bar()
        pane = self.pane
        found = pane.search(event.text)
        self.bar.say(f"{event.text}: {pane.position() if found else 'not found'}" if event.text else "")

    def on_bar_left(self, event: Bar.Left) -> None:
        event.stop()
        self._close_bar()
        if event.purpose == SEARCH:
            self.pane.search("")

    def _close_bar(self) -> None:
        self.bar.close()


HELP = "Keys"
