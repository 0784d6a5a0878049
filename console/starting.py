"""Opening the console: the frame is painted first, then the registry and the screens are imported, in a thread."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from textual import events, work
from textual.message import Message

from console.app import Console
from console.seats import CLASSES, desk_of, first_screen
from screens import keys, state, themes
from screens.opening import Opening

if TYPE_CHECKING:
    from core.workspace import Workspace
    from screens.desk import Desk
    from screens.level import Listing, Row

SWITCH_SECONDS = 0.0005  # a reading thread hands over at once when a key is pressed; Python's own 5 ms are felt
LONGEST_SECONDS = 0.5  # that importing waits for the first rows to be painted: both at once would delay them
LATER = ("screens.heading", "screens.trouble")  # what the first screen will ask for


class Starting(Console):
    """The console from its first paint on; `failed` is what kept it from opening."""

    DEFAULT_MODE = "opening"

    class Ready(Message):
        """All that the first screen needs is there."""

        def __init__(self, made: Desk | Exception) -> None:
            super().__init__()
            self.made = made

    class Rows(Message):
        """What the overview begins with."""

        def __init__(self, listing: Listing, rows: Sequence[Row], seen: threading.Event) -> None:
            super().__init__()
            self.listing, self.rows, self.seen = listing, rows, seen

    def __init__(self, workspace: Workspace, others: Sequence[Workspace] = (), *, read_only: bool = False) -> None:
        super().__init__()
        written, kept = workspace.glance(), state.load(workspace.root)
        self.failed: Exception | None = None
        self._workspace, self._read_only = workspace, read_only
        self._given = [workspace.root, *(one.root for one in others)]
        screen = kept.screen if kept.screen in keys.SCREENS else keys.OVERVIEW
        self._opening = Opening(str(written.get("name") or workspace.root.name), screen, workspace.clock.now)
        self._early = screen == keys.OVERVIEW and not any(name.startswith(screen) for name in kept.lists)
        setting = str(written.get("theme") or "")
        self.wear_first(themes.chosen(kept.theme_over(setting), no_color=self.no_color))
        self.add_mode(self.DEFAULT_MODE, lambda: self._opening)

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, lambda: self.exit(return_code=128 + signal.SIGTERM))
            loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        self.call_after_refresh(self._prepare)

    def _hang_up(self) -> None:
        """The terminal is gone, as with a line that broke: what is kept is written, and nothing is painted any more."""
        self._take_down()
        self.finish()
        os._exit(128 + signal.SIGHUP)

    @work(thread=True, exit_on_error=False)
    def _prepare(self) -> None:
        made: Desk | Exception
        if self._early:
            with suppress(Exception):  # the screen reads again, and tells what is wrong
                self._read_rows()
        try:
            made = desk_of(self._workspace, read_only=self._read_only, given=self._given)
            for module in (CLASSES[first_screen(made)][0], *LATER):
                import_module(module)
        except Exception as error:
            made = error
        self.post_message(self.Ready(made))

    def _read_rows(self) -> None:
        """The overview's, as soon as that is there which reads them; what acts on them is imported later."""
        from screens.level import Query
        from screens.levels.overview import ModelLines

        listing, seen = ModelLines(), threading.Event()
        self.post_message(self.Rows(listing, listing.rows(self._workspace, Query()), seen))
        seen.wait(LONGEST_SECONDS)

    def on_starting_rows(self, message: Rows) -> None:
        self._opening.show_rows(message.listing, message.rows)
        self.call_after_refresh(message.seen.set)

    async def on_starting_ready(self, message: Ready) -> None:
        if isinstance(message.made, Exception):
            self.failed = message.made
            self.exit()
            return
        self.sit_down(message.made)
        await self.switch_mode(first_screen(message.made))
        self.live()
        for event in self._opening.typed:
            await self.on_event(events.Key(event.key, event.character))  # before those that came meanwhile
        self._opening.typed.clear()


def run(workspace: Workspace, others: Sequence[Workspace] = (), *, read_only: bool = False) -> int:
    """Open the console until the person quits; returns the exit code. Raises what kept it from opening.

    `others` are workspaces that it can go to as well.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    app = Starting(workspace, others, read_only=read_only)
    app.run()
    if app.failed is not None:
        raise app.failed
    app.finish()
    return app.return_code or 0
