"""Reading until somebody loses patience: whoever asks may say, while it goes on, that the answer is no longer wanted.

The asking stands in the context of the thread that reads, so that no view needs an argument for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Cancelled = Callable[[], bool]
_asked: ContextVar[Cancelled | None] = ContextVar("footplate_patience", default=None)


@contextmanager
def until(cancelled: Cancelled) -> Iterator[None]:
    """What is read inside is given up (`errors.GivenUp`) soon after `cancelled()` is true."""
    token = _asked.set(cancelled)
    try:
        yield
    finally:
        _asked.reset(token)


def asked() -> Cancelled | None:
    """Whom a reading thread asks whether it should go on."""
    return _asked.get()
