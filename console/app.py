"""The console's frame: seven screens as modes, the key map, the themes, and the feed of news.

What a screen shows and does is its own file's business; this one only puts them together.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from textual.message import Message

from screens import keys, themes
from screens.thin import ThinApp

if TYPE_CHECKING:  # what needs the registry is imported after the first paint: see console.starting
    from core.workspace import Workspace
    from screens.asking import ConsoleScreen
    from screens.command import CommandLine
    from screens.desk import Desk
    from screens.feed import Feed
    from screens.frame import Frame, Heading

CLASSES = {name: (f"screens.{name}", f"{name.capitalize()}Screen") for name in keys.SCREENS}
MINUTE = 60.0
NOT_YET = object()
SETTLED_SECONDS = 2.0  # then what was imported and made is there to stay: looking through it for garbage is felt


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

    desk: Desk

    def __init__(self, desk: Desk | None = None) -> None:
        """Without a desk it shows nothing until `sit_down`."""
        if desk is not None:
            self.DEFAULT_MODE = first_screen(desk)  # type: ignore[misc]  # Textual reads it when it is made
        super().__init__()
        self.animation_level = "none"
        self._heading: Heading | None = None
        self._pulse: object = NOT_YET
        self._notice = ""  # said once, on the first screen
        self._feed: Feed | None = None
        themes.register(self)
        if desk is not None:
            self.sit_down(desk)

    def sit_down(self, desk: Desk) -> None:
        """Work at this desk from now on."""
        from screens.feed import Feed
        from screens.remapping import noticed

        self.desk = desk
        self._notice = noticed(desk.key_problems, desk.key("help"))
        self._feed = Feed(desk.workspace, lambda: self._tell(True), lambda: self._tell(False))
        self.theme = themes.chosen(desk.memory.theme_over(desk.workspace.settings.theme), no_color=self.no_color)
        for name in keys.SCREENS:
            self.add_mode(name, _maker(name, desk))

    def live(self) -> None:
        """News and minutes come from now on."""
        if self._feed is not None:
            self._feed.start()
            self.set_interval(MINUTE, self._minute)
            self.set_timer(SETTLED_SECONDS, gc.freeze)

    def on_mount(self) -> None:
        self.live()

    # -- what is kept for the user

    def keep(self) -> None:
        """Have what is set by now written, in a thread."""
        if self._take_down():
            self.run_worker(self.desk.memory.write, thread=True, group="keep", exit_on_error=False)

    def _take_down(self) -> bool:
        if self._feed is None or not self.screen_stack:
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
        if self._feed is not None:
            self._feed.stop()

    # -- news

    def _tell(self, changed: bool) -> None:
        """In the feed's thread: look at the header's facts, and tell the event loop if anything is new."""
        from screens.frame import Heading
        from screens.heading import heading, pulse
        from screens.trouble import told

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
        return cast("ConsoleScreen", self.screen_stack[0])

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
        from screens.widgets.clipboard import sequence

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


def first_screen(desk: Desk) -> str:
    """The one that was left, or the overview."""
    return desk.memory.screen if desk.memory.screen in keys.SCREENS else keys.OVERVIEW


def desk_of(workspace: Workspace, *, read_only: bool = False) -> Desk:
    """The desk of a workspace, with the daemon's door and the keys of footplate.toml."""
    from console import daemon
    from core.clock import iso
    from screens import state
    from screens.desk import Desk
    from screens.memory import Memory
    from screens.remapping import problems

    memory = Memory(workspace.root, state.load(workspace.root))
    memory.opened(workspace.name, iso(workspace.clock.now()))
    return Desk(
        workspace, start_daemon=daemon.start, stop_daemon=daemon.stop, read_only=read_only,
        keys=keys.resolved(workspace.settings.keys), key_problems=tuple(problems(workspace.settings.keys)),
        memory=memory,
    )
