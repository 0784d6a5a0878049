"""Sizes and durations as people write them."""

from __future__ import annotations

import re

_BYTES = {"": 1, "b": 1, "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12,
          "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", re.ASCII)


def parse_size(text: str | int) -> int:
    """Bytes of "4GiB", "500 MB" or a plain number. ValueError otherwise.

    >>> parse_size("4GiB")
    4294967296
    """
    amount, unit = _split(text, "a size like 4GiB")
    if unit.lower() not in _BYTES:
        raise ValueError(f"{text!r} is no size; write one like 4GiB or 500MB")
    return int(amount * _BYTES[unit.lower()])


def parse_duration(text: str | int | float) -> float:
    """Seconds of "5m", "1.5h", "30d" or a plain number of seconds. ValueError otherwise.

    >>> parse_duration("5m")
    300.0
    """
    amount, unit = _split(text, "a duration like 5m")
    if unit and unit.lower() not in _SECONDS:
        raise ValueError(f"{text!r} is no duration; write one like 30s, 5m, 1h or 30d")
    return amount * _SECONDS.get(unit.lower(), 1)


def _split(text: str | int | float, wanted: str) -> tuple[float, str]:
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError(f"{text!r} is not {wanted}")
    found = _AMOUNT.fullmatch(str(text))
    if found is None:
        raise ValueError(f"{text!r} is not {wanted}")
    return float(found[1]), found[2]
