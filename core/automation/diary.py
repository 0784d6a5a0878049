"""What the daemon says of itself: a line with its time, to standard output, which is its log."""

from __future__ import annotations

from core import clock as clocks
from core.clock import Clock


def say(clock: Clock, text: str) -> None:
    """One line; those that follow without a time, like a traceback, belong to it."""
    print(f"{clocks.iso(clock.now())} {text}", flush=True)
