"""A console that runs without a terminal: press keys, wait for what must come, read what is on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from console.app import Console
from core.errors import FootplateError
from core.workspace import Workspace
from screens.asking import ConsoleScreen
from screens.desk import Desk

SIZES = [(80, 24), (120, 40), (200, 50)]
WAIT_SECONDS = 15.0


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
        for _ in range(int(WAIT_SECONDS / 0.02)):
            if holds():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"never held: {what}\n{self.text()}")

    async def ready(self) -> None:
        """Until nothing is being read any more."""
        await self.until(lambda: self.screen.is_mounted and self.screen._shown and not self.screen._busy, "ready")

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()
        await self.ready()

    async def type(self, text: str) -> None:
        await self.pilot.press(*("space" if one == " " else one for one in text))

    def lines(self) -> list[str]:
        return ["".join(segment.text for segment in line) for line in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.lines())

    @property
    def said(self) -> str:
        return self.screen.hint.said

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
