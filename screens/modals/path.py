"""A path from a person, at the bottom of the screen: Tab completes, what may come next stands above it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.text import Text
from textual import events

from core.errors import UsageError
from screens.desk import Desk
from screens.modals.docked import Docked
from screens.paths import Completion, complete, is_file, is_folder, whole
from screens.plain import plain
from screens.widgets.bar import Bar

TALLEST = 6  # lines of names
HELP = "Tab completes · Enter takes it · Esc leaves it"


class AskPath(Docked[Path | None]):
    """Gives the path that was entered, or None. `root` is where relative ones count from."""

    def __init__(self, desk: Desk, title: str, root: Path, *, wrong: Callable[[Path], str] = lambda path: "") -> None:
        """`wrong` says why a path will not do (in a thread); empty where it will."""
        super().__init__(desk)
        self._title, self._root, self._wrong = title, root, wrong
        self._completing: str | None = None  # the text that Tab was pressed on

    def begin(self) -> None:
        self.head(Text(plain(self._title), "title"), Text(f"relative to {plain(self._root.name)}/", "quiet"))
        self.bar.open("path", "path ", below=HELP)
        self._look()

    def press(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key == "tab":
            self._completing = self.bar.text
            self._look()
        else:
            self.bar.complain(None)
            self.bar.take(event)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.bar.insert(event.text.strip())

    def on_bar_typed(self, event: Bar.Typed) -> None:
        event.stop()
        self._look()

    def on_bar_left(self, event: Bar.Left) -> None:
        event.stop()
        self.dismiss(None)

    def on_bar_entered(self, event: Bar.Entered) -> None:
        event.stop()
        text = event.text.strip()
        if not text:
            self.dismiss(None)
            return
        path = whole(text, self._root)
        self.find(lambda: self._wrong(path), lambda wrong: self._checked(path, wrong))

    def _look(self) -> None:
        text, root = self.bar.text, self._root
        self.find(lambda: complete(text, root), lambda found: self._looked(text, found))

    def _looked(self, text: str, found: Completion) -> None:
        taken, self._completing = self._completing == text != found.text, None
        if taken:
            self.bar.put(found.text)
        names = [Text("  " + plain(name), "" if name.endswith("/") else "strong") for name in found.names]
        more = len(names) - TALLEST
        self.list_lines(names if more <= 0 else [*names[: TALLEST - 1], Text(f"  and {more + 1} more", "quiet")])

    def _checked(self, path: Path, wrong: str) -> None:
        if wrong:
            self.bar.complain(UsageError(wrong))
        else:
            self.dismiss(path)


def no_file(path: Path) -> str:
    """Why a path is no file that can be read."""
    if is_folder(path):
        return "this is a folder: name a file in it"
    return "" if is_file(path) else "there is no such file"
