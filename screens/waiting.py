"""What takes long and goes on in a thread: it is seen after a moment, with how far it is, and Esc stops it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.text import Text
from textual.timer import Timer

from screens.desk import Desk
from screens.frame import Frame
from screens.plain import plain

SEEN_SECONDS = 0.2  # what is over by then was never seen; what takes longer is seen within 0.3 s
TICK_SECONDS = 0.5


@dataclass(eq=False)
class Task:
    """`stop` asks it to end; `done` says how far it is, and may be set by the thread that does it."""

    what: str
    stop: Callable[[], None]
    done: str = ""
    took: float = 0.0  # seconds, when it was over
    begun: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun


class Waiter(Frame):
    """A frame that knows what is under way."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._going_on: list[Task] = []
        self._going_timer: Timer | None = None

    def begin(self, what: str, stop: Callable[[], None]) -> Task:
        task = Task(what, stop)
        self._going_on.append(task)
        if self._going_timer is None:
            self._going_timer = self.set_timer(SEEN_SECONDS, self._ticked)
        return task

    def end(self, task: Task) -> None:
        """It is over, however it ended."""
        if task in self._going_on:
            self._going_on.remove(task)
            if task.seconds >= SEEN_SECONDS:
                self.under_way_changed()
        if not self._going_on and self._going_timer is not None:
            self._going_timer.stop()
            self._going_timer = None

    def _ticked(self) -> None:
        self.under_way_changed()
        self._going_timer = self.set_timer(TICK_SECONDS, self._ticked) if self._going_on else None

    def under_way_changed(self) -> None:
        """There is something else to be said of what is under way."""
        raise NotImplementedError

    def _seen(self) -> list[Task]:
        return [task for task in self._going_on if task.seconds >= SEEN_SECONDS]

    def under_way(self) -> Text | None:
        """`reading 3 s, Esc stops`, of what began last."""
        seen = self._seen()
        if not seen:
            return None
        task = seen[-1]
        far = plain(task.done) or (f"{task.seconds:.0f} s" if task.seconds >= 1 else "…")
        more = f" (+{len(seen) - 1})" if len(seen) > 1 else ""
        return Text.assemble((f"▶ {plain(task.what)} {far}{more}", "busy"), (" Esc stops", "quiet"))

    def stop_task(self) -> bool:
        """Stop what began last, if it is seen that it goes on."""
        seen = self._seen()
        if seen:
            seen[-1].stop()
        return bool(seen)
