"""The console's frame: seven screens as modes, the key map, the themes, and the feed of news.

What a screen shows and does is its own file's business; this one only puts them together.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from textual.message import Message

from core.clock import iso
from core.workspace import Workspace
from screens import keys, state, themes
from screens.asking import ConsoleScreen
from screens.command import CommandLine
from screens.desk import Desk
from screens.feed import Feed
from screens.frame import Frame, Heading
from screens.heading import heading, pulse
from screens.memory import Memory
from screens.remapping import noticed, problems
from screens.thin import ThinApp
from screens.trouble import told
from screens.widgets.clipboard import sequence

CLASSES = {name: (f"screens.{name}", f"{name.capitalize()}Screen") for name in keys.SCREENS}
MINUTE = 60.0
NOT_YET = object()
SETTLED_SECONDS = 2.0  # then what was imported and made is there to stay: looking through it for garbage is felt
SWITCH_SECONDS = 0.0005  # a reading thread hands over at once when a key is pressed; Python's own 5 ms are felt


class Console(ThinApp):
    """One workspace on the screen."""

    TITLE = "footplate"
    DEFAULT_MODE = keys.OVERVIEW
    ENABLE_COMMAND_PALETTE = False

    class News(Message):
        """Something was committed (`changed`), or the header reads differently."""

        def __init__(self, heading: Heading, changed: bool) -> None:
            super().__init__()
            self.heading, self.changed = heading, changed

    def __init__(self, desk: Desk) -> None:
        if desk.memory.screen in keys.SCREENS:
            self.DEFAULT_MODE = desk.memory.screen  # type: ignore[misc]  # Textual reads it when it is made
        super().__init__()
        self.desk = desk
        self.animation_level = "none"
        self._heading: Heading | None = None
        self._pulse: object = NOT_YET
        self._notice = noticed(desk.key_problems, desk.key("help"))  # said once, on the first screen
        self._feed = Feed(desk.workspace, lambda: self._tell(True), lambda: self._tell(False))
        themes.register(self)
        self.theme = themes.chosen(desk.memory.theme_over(desk.workspace.settings.theme), no_color=self.no_color)
        for name in keys.SCREENS:
            self.add_mode(name, _maker(name, desk))

    def on_mount(self) -> None:
        self._feed.start()
        self.set_interval(MINUTE, self._minute)
        self.set_timer(SETTLED_SECONDS, gc.freeze)

    # -- what is kept for the user

    def keep(self) -> None:
        """Have what is set by now written, in a thread."""
        if self._take_down():
            self.run_worker(self.desk.memory.write, thread=True, group="keep", exit_on_error=False)

    def _take_down(self) -> bool:
        if not self.screen_stack:
            return False  # it ends before it began
        screen, memory = self._frame(), self.desk.memory
        screen.settle()
        memory.screen = screen.NAME
        return memory.take_down()

    def exit(self, *arguments: Any, **options: Any) -> None:
        """Whoever ran the app writes what is kept."""
        self._take_down()
        super().exit(*arguments, **options)

    def on_unmount(self) -> None:
        self._feed.stop()

    # -- news

    def _tell(self, changed: bool) -> None:
        """In the feed's thread: look at the header's facts, and tell the event loop if anything is new."""
        beat = pulse(self.desk.workspace)
        if not changed and beat == self._pulse:
            return
        self._pulse = beat
        try:
            read = heading(self.desk)
        except Exception as error:
            read = Heading.trouble(self.desk.workspace.name, told(self.desk.workspace, error))
        if changed or read != self._heading:
            self.post_message(self.News(read, changed))

    def on_console_news(self, message: News) -> None:
        self._heading = message.heading
        screen = self._frame()
        if not screen.is_up:
            return  # it reads for itself, and asks for the header, when it is
        screen.show_heading(message.heading)
        if message.changed:
            screen.news()

    def on_frame_shown(self, message: Frame.Shown) -> None:
        if self._heading is not None:
            message.screen.show_heading(self._heading)
        if notice := self._notice:
            self._notice = ""
            message.screen.say(notice, "warn")
        self.keep()

    def on_frame_repaint(self) -> None:
        self.repaint()

    def _minute(self) -> None:
        self.keep()
        if self._frame().is_up:
            self._frame().minute()

    def _frame(self) -> ConsoleScreen:
        """The screen of the mode in use, also while a question or a text lies over it."""
        screen = self.screen_stack[0]
        assert isinstance(screen, ConsoleScreen)
        return screen

    # -- going about

    def on_frame_go(self, message: Frame.Go) -> None:
        self.go(message.line)

    def go(self, line: CommandLine) -> None:
        """Another screen, as it was left or where the line leads."""
        self._frame().leave()
        self.switch_mode(line.screen)
        self._frame().aim(line)

    def on_frame_visit(self, message: Frame.Visit) -> None:
        """Where one has been."""
        self.switch_mode(message.view.screen)
        self._frame().show_view(message.view)

    # -- terminal

    def copy_to_clipboard(self, text: str) -> None:
        """As Textual does it, but wrapped so that tmux lets it through."""
        self._clipboard = text
        if self._driver is not None:
            self._driver.write(sequence(text, tmux="TMUX" in os.environ))

    def action_help_quit(self) -> None:
        """ctrl-c says how to quit."""
        self._frame().say(f"{self.desk.key('quit')} quits the console; the daemon lives on")


def _maker(name: str, desk: Desk) -> Callable[[], Frame]:
    """A screen is imported and made when it is first shown."""

    def make() -> Frame:
        module, cls = CLASSES[name]
        made: Frame = getattr(import_module(module), cls)(desk)
        return made

    return make


def desk_of(workspace: Workspace, *, read_only: bool = False) -> Desk:
    """The desk of a workspace, with the daemon's door and the keys of footplate.toml."""
    from console import daemon

    memory = Memory(workspace.root, state.load(workspace.root))
    memory.opened(workspace.name, iso(workspace.clock.now()))
    return Desk(
        workspace, start_daemon=daemon.start, stop_daemon=daemon.stop, read_only=read_only,
        keys=keys.resolved(workspace.settings.keys), key_problems=tuple(problems(workspace.settings.keys)),
        memory=memory,
    )


def run(workspace: Workspace, *, read_only: bool = False) -> int:
    """Open the console until the person quits; returns the exit code."""
    sys.setswitchinterval(SWITCH_SECONDS)
    app = Console(desk_of(workspace, read_only=read_only))
    app.run()
    app.desk.memory.write()
    return app.return_code or 0


