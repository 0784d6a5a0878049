"""News from the registry: a thread asks its change counter a few times a second, and tells the app of changes.

It needs no connection to the daemon. Every answer is one PRAGMA; nothing is read, and nothing painted, while
nothing changes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Protocol

from core.workspace import Workspace

POLL_SECONDS = 0.25
BUSY_SECONDS = 0.45  # between two news where one follows the other: as rare as "within half a second" allows
NO_ANSWER = -1
GIVE_WAY_SECONDS = 1.0  # news wait no longer than that for a person who presses keys
GLANCE_SECONDS = 0.03
PULSE_EVERY = 8  # polls between two looks at the daemon's lock, which is no registry row


class Counter(Protocol):
    def value(self) -> int: ...

    def close(self) -> None: ...


class Feed:
    """Calls `changed` from its thread when somebody committed, and `pulse` every two seconds.

    Reading shares Python's lock with the keys: while somebody is `at_keys`, what was committed waits a moment.
    """

    def __init__(
        self, workspace: Workspace, changed: Callable[[], None], pulse: Callable[[], None],
        at_keys: Callable[[], bool] = lambda: False,
    ) -> None:
        self._workspace, self._at_keys = workspace, at_keys
        self._changed, self._pulse = changed, pulse
        self._stop = threading.Event()
        self._counter: Counter | None = None
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, wait: bool) -> None:
        """With `wait` it returns once nothing more will be called; without, one more call may come."""
        self._stop.set()
        if wait and self._thread.is_alive():
            self._thread.join(2)

    def _run(self) -> None:
        seen, polls, pause = self._value(), 0, POLL_SECONDS
        try:
            _tell(self._pulse)
            while not self._stop.wait(pause):
                polls, pause = polls + 1, POLL_SECONDS
                value = self._value()
                if value != seen:
                    self._give_way()
                    seen, pause = value, BUSY_SECONDS
                    _tell(self._changed)
                if polls % PULSE_EVERY == 0:
                    _tell(self._pulse)
        finally:
            if self._counter is not None:
                self._counter.close()

    def _give_way(self) -> None:
        """Until the keys rest, or for as long as news may wait."""
        until = monotonic() + GIVE_WAY_SECONDS
        while self._at_keys() and monotonic() < until and not self._stop.wait(GLANCE_SECONDS):
            pass

    def _value(self) -> int:
        """What the counter says; a registry that gives no answer is asked again: whoever is told says what is wrong."""
        try:
            if self._counter is None:
                self._counter = self._workspace.registry.change_counter()
            return self._counter.value()
        except Exception:
            return NO_ANSWER


def _tell(whom: Callable[[], None]) -> None:
    """What cannot be looked at now is looked at later: the news go on."""
    with suppress(Exception):
        whom()
