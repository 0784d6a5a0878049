"""A console that runs without a terminal: press keys, wait for what must come, read what is on the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from textual import events
from textual.keys import _character_to_key

from console.app import Console
from core.errors import FootplateError
from core.workspace import Workspace
from screens.asking import ConsoleScreen
from screens.desk import Desk

SIZES = [(80, 24), (120, 40), (200, 50)]
WAIT_SECONDS = 15.0
CHARACTERS = {  # of keys that are written by their names
    "slash": "/", "colon": ":", "question_mark": "?", "equals_sign": "=", "number_sign": "#", "asterisk": "*",
    "space": " ", "exclamation_mark": "!", "comma": ",", "full_stop": ".", "minus": "-", "semicolon": ";",
}


class Driver:
    """A console under test: press keys, wait for what must come, read what is on the screen."""

    def __init__(self, app: Console, pilot: Any) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> ConsoleScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ConsoleScreen)
        return screen

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Wait until something holds; fails with what is on the screen."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"never held: {what}\n{self.text()}")
            await asyncio.sleep(0.01)
        await self.settle()

    async def settle(self) -> None:
        """Until the app, what has the focus and the screen have done all that waits for them, and it is painted."""
        for _ in range(2):
            for pump in (self.app, self.app.focused or self.app.screen, self.app.screen):
                if not self.app.is_running:
                    return
                done = asyncio.Event()
                if pump.call_later(done.set):
                    with suppress(TimeoutError):
                        await asyncio.wait_for(done.wait(), 1)
            for _ in range(100):
                if not (self.app._running and self.app.screen._layout_required):
                    break
                await asyncio.sleep(0.005)

    async def ready(self) -> None:
        """Until nothing is being read any more, nor will be because of what is committed by now."""

        def is_ready() -> bool:
            screen = self.screen
            return screen.is_mounted and screen._shown and not screen._busy and screen._later is None

        await self.until(is_ready, "ready")

    async def still(self) -> None:
        """Until nothing is under way that could change the picture: no read, no worker, no preview that is due."""

        def rests() -> bool:
            screen, timer = self.screen, self.screen._preview_timer
            due = timer is not None and timer._task is not None and not timer._task.done()
            return not (screen._busy or due or any(not worker.is_finished for worker in self.app.workers))

        for _ in range(2):  # what a worker brought may ask for more
            await self.until(rests, "rest")
            await self.settle()

    async def keys(self, *keys: str) -> None:
        """Press keys by their names, each once the one before has been dealt with."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            character = key if len(key) == 1 else CHARACTERS.get(key)
            self.app.post_message(events.Key(name, character))
            await self.settle()

    async def press(self, *keys: str) -> None:
        """The same, each once all that the one before asked for was read."""
        for key in keys:
            await self.keys(key)
            await self.ready()

    async def type(self, text: str) -> None:
        await self.keys(*text)

    def lines(self) -> list[str]:
        return ["".join(segment.text for segment in line) for line in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.lines())

    @property
    def said(self) -> str:
        return self.screen.bar.said

    @property
    def modal(self) -> str:
        """The name of what lies over the screen; empty where nothing does."""
        top = self.app.screen
        return "" if top is self.screen else type(top).__name__


def no_daemon(workspace: Workspace) -> str:
    raise FootplateError("no daemon in this test", "none is needed")


@asynccontextmanager
async def opened(workspace: Workspace, size: tuple[int, int] = (80, 24), **options: Any) -> AsyncIterator[Driver]:
    """`async with console(workspace, size) as driver:`; options go to the desk."""
    app = Console(Desk(workspace, **{"start_daemon": no_daemon, "stop_daemon": no_daemon, **options}))
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, pilot)
        await driver.ready()
        yield driver


Opened = Callable[..., AbstractAsyncContextManager[Driver]]
