"""How often data comes, and when its absence is late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

AT_ONCE = 600.0  # seconds between arrivals below which they were delivered together: they tell no rhythm
PATIENCE = 3600.0  # seconds before which nothing is late
USUAL = 2.0  # times the usual pause that may pass


def gaps(times: Sequence[datetime]) -> list[float]:
    """Seconds from each moment to the one after it."""
    return [abs((later - earlier).total_seconds()) for earlier, later in pairwise(times)]


def usual(times: Sequence[datetime]) -> float | None:
    """The median pause between arrivals in seconds; None where fewer than three came."""
    found = gaps(times)
    return float(median(found)) if len(found) > 1 else None


def late(every: float | None, newest: datetime | None, now: datetime) -> bool:
    """Whether nothing came for twice as long as usual, and for an hour at least."""
    if every is None or newest is None or every < AT_ONCE:
        return False
    return (now - newest).total_seconds() > max(PATIENCE, USUAL * every)


LONGEST = 1.5  # times the longest pause of late that may pass


def overdue(times: Sequence[datetime], usual_times: float = USUAL) -> float:
    """Seconds of silence from which on somebody has to be told: longer than usual by far, and than any pause before."""
    every = usual(times) or 0.0
    return max(PATIENCE, usual_times * every, LONGEST * max(gaps(times), default=0.0))


def span(seconds: float) -> str:
    """How long, coarsely: 40 s, 5 min, 3 h, 12 d."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
