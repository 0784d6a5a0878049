"""Whether the terminal is gone: the link has died, its window was closed, and no signal said so (`nohup`)."""

from __future__ import annotations

import select

LOOK_SECONDS = 2.0  # between two looks; reading on from a terminal that is gone takes a whole CPU


def hung_up(descriptor: int = 0) -> bool:
    """Whether nobody holds the other end of a terminal any more."""
    poll = select.poll()
    poll.register(descriptor, select.POLLHUP)
    return any(event & (select.POLLHUP | select.POLLNVAL) for _, event in poll.poll(0))
