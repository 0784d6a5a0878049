"""A path from a person, at the bottom of the screen: Tab completes, what may come next stands above it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.text import Text
from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.worker import get_current_worker

from screens.paths import Completion, complete, whole
from screens.plain import plain
from screens.widgets.bar import Bar
from screens.widgets.one_line import OneLine
from screens.widgets.text_pane import TextPane

TALLEST = 6  # lines of names
REST_SECONDS = 0.15
HELP = "Tab completes · Enter takes it · Esc leaves it"


class AskPath(ModalScreen[Path | None]):
    """Gives the path that was entered, or None. `root` is where relative ones count from."""

    DEFAULT_CSS = """
    AskPath { align: left bottom; background: transparent; }
    AskPath > Vertical { width: 100%; height: auto; background: $surface; border-top: solid $primary; }
    AskPath TextPane { height: 0; }
    AskPath Bar { dock: none; layer: default; }
    """

    class Completed(Message):
        def __init__(self, typed: str, found: Completion, take: bool) -> None:
            super().__init__()
            self.typed, self.found, self.take = typed, found, take

    def __init__(
        self, title: str, root: Path, text: str = "", *, folders_only: bool = False,
        wrong: Callable[[Path], str] = lambda path: "",
    ) -> None:
        """`wrong` says why a path will not do (in a thread); empty where it will."""
        super().__init__()
        self._title, self._root, self._text, self._wrong = title, root, text, wrong
        self._folders_only = folders_only
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical():
            yield OneLine(id="title")
            yield TextPane(ground="raised", id="names")
            yield Bar(id="path")

    def on_mount(self) -> None:
        self.query_one("#title", OneLine).show(Text(plain(self._title), "title"))
        self._bar.open("path", "path ", self._text, below=HELP)
        self._look(self._text, take=False)

    @property
    def _bar(self) -> Bar:
        return self.query_one(Bar)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key == "tab":
            self._look(self._bar.text, take=True)
        else:
            self._bar.complain(None)
            self._bar.take(event)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._bar.insert(event.text.strip())

    def on_bar_typed(self, event: Bar.Typed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(REST_SECONDS, lambda: self._look(self._bar.text, take=False))

    def on_bar_left(self, event: Bar.Left) -> None:
        event.stop()
        self.dismiss(None)

    def on_bar_entered(self, event: Bar.Entered) -> None:
        event.stop()
        if event.text.strip():
            self._check(event.text.strip())
        else:
            self.dismiss(None)

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def _look(self, text: str, take: bool) -> None:
        worker = get_current_worker()
        found = complete(text, self._root, folders_only=self._folders_only)
        if not worker.is_cancelled:
            self.post_message(self.Completed(text, found, take))

    def on_ask_path_completed(self, message: Completed) -> None:
        message.stop()
        if message.typed != self._bar.text:
            return
        if message.take and message.found.text != message.typed:
            self._bar.open("path", "path ", message.found.text, below=HELP)
            self._look(message.found.text, take=False)
        names = [Text("  " + plain(name), "" if name.endswith("/") else "strong") for name in message.found.names]
        more = len(names) - TALLEST
        shown = names if more <= 0 else [*names[: TALLEST - 1], Text(f"  and {more + 1} more", "quiet")]
        pane = self.query_one("#names", TextPane)
        pane.styles.height = len(shown)
        pane.show(shown)

    @work(thread=True, exclusive=True, exit_on_error=False, group="check")
    def _check(self, text: str) -> None:
        path = whole(text, self._root)
        wrong = self._wrong(path)
        self.app.call_from_thread(self._checked, path, wrong)

    def _checked(self, path: Path, wrong: str) -> None:
        from core.errors import UsageError

        if wrong:
            self._bar.complain(UsageError(wrong))
        else:
            self.dismiss(path)


def no_file(path: Path) -> str:
    """Why a path is no file that can be read."""
    if path.is_dir():
        return "this is a folder: name a file in it"
    return "" if path.is_file() else "there is no such file"
