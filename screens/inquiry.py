"""Questions as they are prepared, by whatever door they are asked: what will change, and the service that does it.

Knows no Textual: the console asks them in a box, the plain mode a line at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.text import Text

from core.errors import Conflict


@dataclass(frozen=True)
class Question:
    """`title` asks, `lines` say what will change; `typed`: the name that has to be typed first."""

    title: str
    lines: Sequence[Text] = field(default_factory=tuple)
    command: str = ""
    typed: str = ""


@dataclass(frozen=True)
class Option:
    """`letter` chooses it; `value` is what the asker gets."""

    letter: str
    words: str
    value: str


Doing = Callable[[], str]
Prepared = tuple[Question, Doing]


@dataclass(frozen=True)
class Alternatives:
    """More than one thing could be meant: what is chosen is prepared next."""

    title: str
    options: Sequence[tuple[Option, Callable[[], Prepared]]]
    more: str = ""  # what is said of those that have no letter


Preparing = Callable[[], "Prepared | Alternatives"]


def refuse(message: str, hint: str = "") -> Conflict:
    """Why a key cannot act; to be raised by what prepares a question."""
    return Conflict(message, hint)
