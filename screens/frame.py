"""The frame of every screen: header, breadcrumbs, a body, a hint line, and keys that come from the key map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from core.errors import FootplateError
from screens.command import CommandLine
from screens.desk import Desk
from screens.history import View
from screens.keys import NAMES, OF_ROWS, OF_TEXTS, SCREENS, Key
from screens.modals.overlay import hand_on
from screens.plain import plain
from screens.widgets.bar import Bar
from screens.widgets.big_table import BigTable
from screens.widgets.drawer import Drawer
from screens.widgets.hint import LAST, Hint
from screens.widgets.one_line import OneLine
from screens.widgets.text_pane import TextPane

WIDE = 120  # columns from which there is a preview


@dataclass(frozen=True)
class Heading:
    """The header line: what it says at the left and at the right."""

    left: Text
    right: Text

    @classmethod
    def trouble(cls, name: str, error: FootplateError) -> Heading:
        """The header when its facts could not be read."""
        return cls(Text(plain(name), "strong"), Text(plain(error.message), "bad"))


class Frame(Screen[None]):
    """Layout and keys; what stands in the body is `screens.browsing`'s business."""

    NAME: ClassVar[str] = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (160, "-widest")]
    DEFAULT_CSS = """
    Frame { background: $background; layers: default drawer bar; }
    Frame #ground { height: 1; }
    Frame #body { height: 1fr; }
    Frame #page { display: none; }
    Frame #body.text BigTable { display: none; }
    Frame #body.text #page { display: block; }
    Frame #preview { display: none; width: 44%; border-left: solid $border; padding-left: 1; }
    Frame.-wide #body.preview #preview, Frame.-widest #body.preview #preview { display: block; }
    Frame.-widest #preview { width: 50%; }
    Frame .away { display: none !important; }
    Frame #body.under { layout: vertical; }
    Frame #body.under #preview { display: block; width: 100%; height: 40%; border-left: none; border-top: solid $border;
                                 padding-left: 0; }
    """

    class Go(Message):
        """Somebody wants another screen, perhaps with a filter."""

        def __init__(self, line: CommandLine) -> None:
            super().__init__()
            self.line = line

    class Visit(Message):
        """Somebody wants to go where one has been."""

        def __init__(self, view: View) -> None:
            super().__init__()
            self.view = view

    class Repaint(Message):
        """Somebody doubts what the terminal shows: all of it is to be sent again."""

    class Move(Message):
        """Somebody wants another workspace."""

        def __init__(self, root: Path) -> None:
            super().__init__()
            self.root = root

    class Shown(Message):
        """A screen came up: it wants the header."""

        def __init__(self, screen: Frame) -> None:
            super().__init__()
            self.screen = screen

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.keys: dict[str, Key] = desk.map(self.NAME)
        self.view_paused = False
        self.is_up = False  # composed, so that it can be drawn on
        self._heading: Heading | None = None

    # -- layout

    def compose(self) -> ComposeResult:
        yield OneLine(id="header")
        yield OneLine(id="crumbs", ground="")
        yield from self.above()
        with Horizontal(id="body"):
            yield BigTable(self.desk.now, id="table")
            yield TextPane(id="page")
            yield TextPane(id="preview")
        yield from self.below()
        yield OneLine(id="ground")  # what the bar lies on: it may be a line higher
        yield Drawer(id="drawer")
        yield Bar(id="hint")

    def above(self) -> Iterable[Widget]:
        """Widgets between the breadcrumbs and the table."""
        return ()

    def below(self) -> Iterable[Widget]:
        """Widgets between the table and the hint line."""
        return ()

    @property
    def table(self) -> BigTable:
        return self.query_one("#table", BigTable)

    @property
    def page(self) -> TextPane:
        return self.query_one("#page", TextPane)

    @property
    def preview(self) -> TextPane:
        return self.query_one("#preview", TextPane)

    @property
    def bar(self) -> Bar:
        """The line at the bottom: hints, what was said, and what is being typed."""
        return self.query_one(Bar)

    def on_mount(self) -> None:
        self.is_up = True
        self.hint()
        self.table.focus()
        self.post_message(self.Shown(self))

    def hint(self, *, text: bool = False) -> None:
        """What the keys do below a list, or below a text."""
        self.bar.set_keys(self.keys, f"{self.desk.key('help')} help".strip(), OF_ROWS if text else OF_TEXTS)

    def on_screen_resume(self) -> None:
        self.post_message(self.Shown(self))

    def show_heading(self, heading: Heading) -> None:
        self._heading = heading
        for line in self.query("#header").results(OneLine):  # none while the screen is taken down
            reads = Text("" if self.desk.changes else "  read-only", "warn")
            line.show(heading.left + reads, heading.right)

    def heading_again(self) -> None:
        """What the desk says of itself stands in the header, too."""
        if self._heading is not None:
            self.show_heading(self._heading)

    @property
    def is_shown(self) -> bool:
        """Whether the person is still on this screen, also where something lies over it."""
        return self.app.screen_stack[:1] == [self]

    def say(self, what: str | FootplateError, tone: str = "") -> None:
        self.bar.say(what, tone)

    # -- keys

    def on_key(self, event: events.Key) -> None:
        """Dispatch by the key map. What means nothing here says where it means something."""
        self.desk.last_key = monotonic()
        if not self.is_active:
            hand_on(self.app, event)
            return
        if event.key.startswith("ctrl+") and (self.bar.is_open or event.key not in self.keys):
            return
        event.stop()
        event.prevent_default()
        if self.bar.is_open:
            self.bar.take(event)
            return
        self.bar.say("")
        if self.taken(event):
            return
        key = self.keys.get(event.character or "") or self.keys.get(event.key)
        if key is not None:
            self.act(key.action)
        elif event.is_printable:
            self.say(self._elsewhere(event.character or ""), "quiet")

    def taken(self, event: events.Key) -> bool:
        """Whether a key that came before waits for this one (`o` for a column's letter)."""
        return False

    def _elsewhere(self, typed: str) -> str:
        shown = NAMES.get(typed, typed)
        places: dict[str, list[str]] = {}
        for name in SCREENS:
            if (key := self.desk.map(name).get(typed)) is not None:
                places.setdefault(key.description, []).append(name)
        if not places:
            return f"{shown} does nothing; {self.desk.key('help')} shows the keys"
        told = [f"on {' and '.join(names)}: {description}" for description, names in places.items()]
        return f"{shown} does nothing here; {'; '.join(told[:2])}"

    def act(self, action: str) -> None:
        """Do what the key map calls `action`."""
        if action.startswith("screen_"):
            self.post_message(self.Go(CommandLine(screen=action.removeprefix("screen_"))))
        else:
            getattr(self, f"action_{action}")()

    def on_hint_picked(self, event: Hint.Picked) -> None:
        event.stop()
        if not self.bar.is_open:
            self.act("help" if event.action == LAST else event.action)

    def on_paste(self, event: events.Paste) -> None:
        if self.bar.is_open:
            event.stop()
            self.bar.insert(event.text)

    def action_quit(self) -> None:
        self.app.exit()

    def action_help(self) -> None:
        from screens.modals.help import help_lines
        from screens.modals.text_view import HELP, TextView

        self.app.push_screen(TextView(self.desk, HELP, lambda: help_lines(self.desk, self.NAME)))
