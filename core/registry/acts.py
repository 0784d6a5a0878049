"""One act of a person may change many things: the events that it writes bear the same mark, so that undoing it
brings all of them back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

MARK: Final = "act"  # of a payload
_act: ContextVar[str | None] = ContextVar("footplate_act", default=None)


@contextmanager
def one_act() -> Iterator[str]:
    """What is written inside, in however many transactions, is one act. Inside of another it is part of that."""
    name = _act.get() or secrets.token_hex(6)
    token = _act.set(name)
    try:
        yield name
    finally:
        _act.reset(token)


def current() -> str | None:
    return _act.get()
