"""Cron lines: five fields, checked without the clock that will run them.

Numbers of weekdays mean different things to different programs (cron counts from Sunday, our clock from
Monday), so a checked line names its weekdays.
"""

from __future__ import annotations

import re
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final[tuple[tuple[str, int, int, dict[str, int]], ...]] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("weekday", 0, 7, {name: number for number, name in enumerate(_WEEKDAYS)}),
)
_PIECE = re.compile(r"(\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", re.ASCII)


def check_cron(line: str) -> str:
    """The line with single blanks, small letters and weekdays by name. Raises ValueError naming the field.

    >>> check_cron("30 2  * * 1-5")
    '30 2 * * mon,tue,wed,thu,fri'
    """
    fields = line.lower().split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"{line!r} has {len(fields)} fields and a cron line has five: minute, hour, day, month, weekday"
        )
    for text, (what, low, high, names) in zip(fields, _FIELDS, strict=True):
        values = _values(text, what, low, high, names)
        if what == "weekday" and text != "*":
            days = {value % 7 for value in values}
            fields[-1] = ",".join(_WEEKDAYS[day] for day in (1, 2, 3, 4, 5, 6, 0) if day in days)
    return " ".join(fields)


def _values(text: str, what: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    found: set[int] = set()
    for piece in text.split(","):
        match = _PIECE.fullmatch(piece)
        if match is None:
            raise ValueError(f"{piece!r} is no {what} of a cron line")
        step = int(match[4] or 1)
        if step < 1:
            raise ValueError(f"{piece!r}: a step of a cron line is 1 or more")
        if match[1] == "*":
            first, last = low, high
        else:
            first = _number(match[2], what, low, high, names)
            last = _number(match[3], what, low, high, names) if match[3] else (high if match[4] else first)
        if last < first:
            if what != "weekday":
                raise ValueError(f"{piece!r}: the range of a {what} runs upward")
            last += 7  # from Friday to Monday
        found.update(range(first, last + 1, step))
    return found


def _number(text: str, what: str, low: int, high: int, names: dict[str, int]) -> int:
    value = names.get(text, int(text) if text.isdecimal() else -1)
    if not low <= value <= high:
        raise ValueError(f"{text!r} is no {what}: {low} to {high}" + (f", or {' '.join(names)}" if names else ""))
    return value
