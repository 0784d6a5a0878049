"""The console's frame: seven screens of each workspace as modes, the key map, the themes, and news.

What a screen shows and does is its own file's business; this one only puts them together.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import work
from textual.message import Message

from console.seats import Seat, first_screen, opened
from screens import keys, themes
from screens.hangup import LOOK_SECONDS, hung_up
from screens.thin import ThinApp

if TYPE_CHECKING:  # what needs the registry is imported after the first paint: see console.starting
    from core.errors import FootplateError
    from screens.asking import ConsoleScreen
    from screens.command import CommandLine
    from screens.desk import Desk
    from screens.frame import Frame, Heading

MINUTE = 60.0
HUNG_UP = 129  # the exit code of what a hang-up ends
SETTLED_SECONDS = 2.0  # then what was imported and made is there to stay: looking through it for garbage is felt


class Console(ThinApp):
    """Workspaces on the screen, one at a time."""

    TITLE = "footplate"
    DEFAULT_MODE = keys.OVERVIEW
    ENABLE_COMMAND_PALETTE = False

    class News(Message):
        """Something was committed (`changed`), or the header reads differently."""

        def __init__(self, seat: Seat, heading: Heading, changed: bool) -> None:
            super().__init__()
            self.seat, self.heading, self.changed = seat, heading, changed

    class Opened(Message):
        """Another workspace is open, or why it is not."""

        def __init__(self, desk: Desk | FootplateError) -> None:
            super().__init__()
            self.desk = desk

    def __init__(self, desk: Desk | None = None) -> None:
        """Without a desk it shows nothing until `sit_down`."""
        if desk is not None:
            self.DEFAULT_MODE = first_screen(desk)  # type: ignore[misc]  # Textual reads it when it is made
        super().__init__()
        self.animation_level = "none"
        self.seats: list[Seat] = []
        self.seat: Seat | None = None  # the workspace that is shown
        self._notice = ("", "")  # said once, on the screen that comes up: the words and their tone
        themes.register(self)
        if desk is not None:
            self.sit_down(desk)

    @property
    def desk(self) -> Desk:
        assert self.seat is not None
        return self.seat.desk

    def sit_down(self, desk: Desk) -> Seat:
        """Work at this desk from now on."""
        from screens.remapping import noticed

        self.seat = seat = Seat(desk, len(self.seats))
        self.seats.append(seat)
        self._notice = (noticed(desk.key_problems, desk.key("help")), "warn")
        self._wear(desk)
        for mode, make in seat.modes():
            self.add_mode(mode, make)
        return seat

    def _wear(self, desk: Desk) -> None:
        setting = desk.memory.theme_over(desk.workspace.settings.theme)
        self.theme = themes.chosen(setting, no_color=self.no_color)

    def live(self) -> None:
        """News and minutes come from now on."""
        if self.seat is not None:
            self.seat.listen(self._tell)
            self.set_interval(MINUTE, self._minute)
            self.set_timer(SETTLED_SECONDS, gc.freeze)
            if not self.is_headless:
                self.set_interval(LOOK_SECONDS, self._look_for_the_terminal)

    def _look_for_the_terminal(self) -> None:
        if hung_up():
            self.exit(return_code=HUNG_UP)

    def on_mount(self) -> None:
        self.live()

    # -- what is kept for the user

    def keep(self) -> None:
        """Have what is set by now written, in a thread."""
        if self._take_down():
            self.run_worker(self.desk.memory.write, thread=True, group="keep", exit_on_error=False)

    def _take_down(self) -> bool:
        if self.seat is None or self._ends:
            return False  # it ends before it began
        screen, memory = self._frame(), self.desk.memory
        if screen.is_up:
            screen.settle()
            memory.screen = screen.NAME
        return memory.take_down()

    def exit(self, *arguments: Any, **options: Any) -> None:
        """Whoever ran the app calls `finish`."""
        self._take_down()
        super().exit(*arguments, **options)

    def on_unmount(self) -> None:
        if self.seat is not None:
            self.seat.rest(wait=True)

    def finish(self) -> None:
        """It has ended: what is kept for the user is written, and what it opened itself is closed."""
        for seat in self.seats:
            seat.desk.memory.write()
        for seat in self.seats[1:]:
            seat.desk.workspace.close()

    # -- news

    def _tell(self, seat: Seat, changed: bool) -> None:
        """In the feed's thread."""
        heading = seat.look(changed)
        if heading is not None:
            self.post_message(self.News(seat, heading, changed))

    def on_console_news(self, message: News) -> None:
        message.seat.heading = message.heading
        if message.seat is not self.seat or self._ends:
            return  # it is not shown, or the app ends
        screen = self._frame()
        if not screen.is_up:
            return  # it reads for itself, and asks for the header, when it is
        screen.show_heading(message.heading)
        if message.changed:
            screen.news()

    def on_frame_shown(self, message: Frame.Shown) -> None:
        if self.seat is not None and self.seat.heading is not None:
            message.screen.show_heading(self.seat.heading)
        notice, self._notice = self._notice, ("", "")
        if notice[0]:
            message.screen.say(*notice)
        self.keep()

    def on_frame_repaint(self) -> None:
        self.repaint()

    def _minute(self) -> None:
        self.keep()
        if not self._ends and self._frame().is_up:
            self._frame().minute()

    @property
    def _ends(self) -> bool:
        """It is taken down: no screen is there any more, and what still comes is for nobody."""
        return not (self.is_running and self.screen_stack)

    def _frame(self) -> ConsoleScreen:
        """The screen of the mode in use, also while a question or a text lies over it."""
        return cast("ConsoleScreen", self.screen_stack[0])

    # -- going about

    def on_frame_go(self, message: Frame.Go) -> None:
        if not self._ends:
            self.go(message.line)

    def go(self, line: CommandLine) -> None:
        """Another screen, as it was left or where the line leads."""
        self._frame().leave()
        self._show(line.screen)
        self._frame().aim(line)

    def on_frame_visit(self, message: Frame.Visit) -> None:
        """Where one has been, in whichever workspace."""
        if self._ends:
            return
        view = message.view
        seat = next(seat for seat in self.seats if seat.desk.workspace.root == view.root)
        if seat is not self.seat:
            self._change_to(seat, f"workspace {seat.desk.workspace.name}")
        self._show(view.screen)
        self._frame().show_view(view)

    def _show(self, screen: str) -> None:
        assert self.seat is not None
        self.switch_mode(self.seat.mode(screen))

    # -- other workspaces

    def on_frame_move(self, message: Frame.Move) -> None:
        """To another workspace; one that is not open yet is opened, in a thread."""
        if self._ends:
            return
        real = os.path.realpath(message.root)
        seat = next((seat for seat in self.seats if seat.real == real), None)
        if seat is None:
            self._frame().say(f"opening {message.root} …", "quiet")
            self._open(message.root)
        else:
            self._move_to(seat)

    @work(thread=True, exclusive=True, exit_on_error=False, group="workspace")
    def _open(self, root: Path) -> None:
        from screens.trouble import told

        try:
            self.post_message(self.Opened(opened(root, self.desk)))
        except Exception as error:
            self.post_message(self.Opened(told(self.desk.workspace, error)))

    def on_console_opened(self, message: Opened) -> None:
        from core.errors import FootplateError

        desk = message.desk
        if self._ends:
            if not isinstance(desk, FootplateError):
                desk.workspace.close()
            return
        if isinstance(desk, FootplateError):
            self._frame().say(desk)
            return
        before, real = self.seat, os.path.realpath(desk.workspace.root)
        if (seat := next((seat for seat in self.seats if seat.real == real), None)) is not None:
            desk.workspace.close()  # it was asked for twice
        else:
            seat = self.sit_down(desk)
            self.seat = before
            desk.given.append(desk.workspace.root)
        self._move_to(seat)

    def _move_to(self, seat: Seat) -> None:
        """As it was left."""
        workspace = seat.desk.workspace
        if seat is self.seat:
            self._frame().say(f"this is {workspace.name}, {workspace.root}")
            return
        self._frame().leave()
        self._change_to(seat, f"workspace {workspace.name}, {workspace.root}")
        self._show(first_screen(seat.desk))

    def _change_to(self, seat: Seat, notice: str) -> None:
        """The desk, the news and the looks are those of another workspace; its screen comes next."""
        assert self.seat is not None
        self.keep()
        self.seat.rest()
        seat.desk.reading = self.seat.desk.reading  # the console only reads, whichever workspace it shows
        self.seat = seat
        self._notice = self._notice if self._notice[0] else (notice, "")
        self._wear(seat.desk)
        seat.listen(self._tell)

    # -- terminal

    def copy_to_clipboard(self, text: str) -> None:
        """As Textual does it, but wrapped so that tmux lets it through."""
        from screens.widgets.clipboard import sequence

        self._clipboard = text
        if self._driver is not None:
            self._driver.write(sequence(text, tmux="TMUX" in os.environ))

    def action_help_quit(self) -> None:
        """ctrl-c says how to quit."""
        if not self._ends:
            self._frame().say(f"{self.desk.key('quit')} quits the console; the daemon lives on")
