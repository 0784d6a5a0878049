"""When to look at which folder. Each look has a thread of its own: a dead network share stops only itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from core.automation.diary import say
from core.automation.watcher import Watcher
from core.services import folders
from core.services.folders import Look, Settler, Watched
from core.workspace import Workspace

AT_ONCE = 8  # looks; those that hang do not count
HANGS_SECONDS = 30.0
SOON_SECONDS = 0.05  # after a hint: a burst of events is one look


@dataclass(frozen=True)
class _Looking:
    watched: Watched
    began: float  # monotonic
    result: Future[Look]


class Looks:
    """All of it is called from one thread, and never waits."""

    def __init__(self, workspace: Workspace, watcher: Watcher, wake: Callable[[], None]) -> None:
        self._workspace = workspace
        self._watcher = watcher
        self._wake = wake
        self._wanted: dict[str, Watched] = {}
        self._due: dict[str, float] = {}  # dataset -> monotonic time of the next look
        self._looking: dict[str, _Looking] = {}
        self._settlers: dict[str, Settler] = {}
        self._took: dict[str, float] = {}  # seconds of the last look

    def follow(self, wanted: Mapping[str, Watched]) -> None:
        """Look at exactly these folders from now on, and at each of them at once."""
        for name in self._wanted.keys() - wanted.keys():
            self._watcher.forget(name)
            self._due.pop(name, None)
        self._wanted = dict(wanted)
        for name in wanted:
            self._at(name, time.monotonic())

    def hint(self, name: str) -> None:
        """Something happened there. A folder that takes long to look at is looked at less often."""
        if name in self._wanted:
            self._at(name, time.monotonic() + max(SOON_SECONDS, self._took.get(name, 0.0)))

    def step(self, now: float) -> None:
        """Take note of the looks that are done, and begin those that are due."""
        for name, looking in list(self._looking.items()):
            if looking.result.done():
                del self._looking[name]
                self._took[name] = now - looking.began
                if self._wanted.get(name) == looking.watched:
                    self._after(name, looking.watched, looking.result, now)
        busy = sum(now - looking.began < HANGS_SECONDS for looking in self._looking.values())
        for name, due in sorted(self._due.items(), key=lambda one: one[1]):
            if due <= now and name not in self._looking and busy < AT_ONCE:
                del self._due[name]
                self._begin(name, now)
                busy += 1

    def _begin(self, name: str, now: float) -> None:
        watched = self._wanted[name]
        settings, clock = self._workspace.settings.daemon, self._workspace.clock
        settler = self._settlers.setdefault(name, Settler(settings.settle_seconds, clock))
        result: Future[Look] = Future()

        def look() -> None:
            try:
                result.set_result(folders.look(self._workspace, watched, settler))
            except Exception as error:
                result.set_exception(error)
            self._wake()

        self._looking[name] = _Looking(watched, now, result)
        threading.Thread(target=look, daemon=True, name=f"look-{name}").start()

    def _after(self, name: str, watched: Watched, result: Future[Look], now: float) -> None:
        settings = self._workspace.settings.daemon
        error = result.exception()
        if error is not None:
            say(self._workspace.clock, f"{name}: the folder could not be looked at: {error}")
            self._at(name, now + settings.poll_seconds)
            return
        look = result.result()
        if look.unsettled:
            self._at(name, now + max(0.1, min(0.5, settings.settle_seconds / 4)))
        if look.network:
            self._at(name, now + settings.poll_seconds)
        elif not self._watcher.watches(name, watched.folder, recursive=watched.recursive):
            fresh = self._watcher.watch(name, watched.folder, recursive=watched.recursive)
            # once more: what came between the look and the watch gave no event
            self._at(name, now if fresh else now + settings.poll_seconds)

    def _at(self, name: str, moment: float) -> None:
        self._due[name] = min(self._due.get(name, moment), moment)
