"""A workspace that is open in a console: its desk, its seven screens, its news, and what its header says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from screens import keys

if TYPE_CHECKING:  # what needs the registry is imported after the first paint: see console.starting
    from core.workspace import Workspace
    from screens.desk import Desk
    from screens.feed import Feed
    from screens.frame import Frame, Heading

CLASSES = {name: (f"screens.{name}", f"{name.capitalize()}Screen") for name in keys.SCREENS}
NOT_YET = object()
Maker = Callable[[], "Frame"]


class Seat:
    """One of the workspaces of a console; `number` counts them from 0."""

    def __init__(self, desk: Desk, number: int) -> None:
        self.desk, self.number = desk, number
        self.real = os.path.realpath(desk.workspace.root)
        self.heading: Heading | None = None
        self._pulse: object = NOT_YET
        self._feed: Feed | None = None

    def mode(self, screen: str) -> str:
        """What the app calls a screen of this workspace."""
        return f"{screen} {self.number}" if self.number else screen

    def modes(self) -> Iterator[tuple[str, Maker]]:
        """A screen is imported and made when it is first shown."""
        for name in keys.SCREENS:
            yield self.mode(name), _maker(name, self.desk)

    # -- news

    def listen(self, tell: Callable[[Seat, bool], None]) -> None:
        """Have `tell` called from a thread when something was committed (True), and now and then."""
        from screens.feed import Feed

        self._pulse = NOT_YET
        self._feed = Feed(
            self.desk.workspace, lambda: tell(self, True), lambda: tell(self, False), self.desk.at_keys
        )
        self._feed.start()

    def rest(self, *, wait: bool = False) -> None:
        """No more news; with `wait` it returns once nothing more will be told."""
        if self._feed is not None:
            self._feed.stop(wait=wait)

    def look(self, changed: bool) -> Heading | None:
        """In a thread: the header's facts, where there is anything new to tell."""
        from screens.frame import Heading
        from screens.heading import heading, pulse
        from screens.trouble import told

        workspace = self.desk.workspace
        try:
            beat = pulse(workspace, committed=changed)
            if not changed and beat == self._pulse:
                return None
            self._pulse = beat
            read = heading(self.desk, locked=beat.locked)
        except Exception as error:
            read = Heading.trouble(workspace.name, told(workspace, error))
        return read if changed or read != self.heading else None


def _maker(name: str, desk: Desk) -> Maker:
    def make() -> Frame:
        module, cls = CLASSES[name]
        made: Frame = getattr(import_module(module), cls)(desk)
        return made

    return make


def first_screen(desk: Desk) -> str:
    """The one that was left, or the overview."""
    return desk.memory.screen if desk.memory.screen in keys.SCREENS else keys.OVERVIEW


def desk_of(workspace: Workspace, *, read_only: bool = False, given: list[Path] | None = None) -> Desk:
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
        memory=memory, given=given if given is not None else [workspace.root],
    )


def opened(root: Path, beside: Desk) -> Desk:
    """In a thread: the desk of another workspace in the same console, with all that its first screen needs."""
    from core.workspace import Workspace

    workspace = Workspace.open(root)
    try:
        workspace.registry  # noqa: B018  # what cannot be opened is told before anything is shown
        desk = desk_of(workspace, read_only=beside.read_only, given=beside.given)
    except BaseException:
        workspace.close()
        raise
    desk.history = beside.history
    import_module(CLASSES[first_screen(desk)][0])
    return desk
