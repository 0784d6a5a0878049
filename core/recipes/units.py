"""Sizes and durations as people write them: "4GiB", "5m"."""

from __future__ import annotations

import math
import re
from typing import Final

_SIZES: Final = {
    "": 1, "b": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_DURATIONS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_MOST: Final = 2**62  # bytes, which every database can hold
_SIZE = re.compile(r"\s*(\d{1,30}(?:\.\d{1,30})?)\s*([a-z]*)\s*", re.ASCII | re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])\s*", re.ASCII | re.IGNORECASE)


def parse_size(text: str | int) -> int:
    """Bytes. Raises ValueError for what is no size.

    >>> parse_size("4GiB"), parse_size("1.5 MB"), parse_size(1024)
    (4294967296, 1500000, 1024)
    """
    if isinstance(text, int) and not isinstance(text, bool):
        size = text
    else:
        match = _SIZE.fullmatch(text) if isinstance(text, str) else None
        if match is None or match[2].lower() not in _SIZES:
            raise ValueError(f'{text!r} is no size; write one like "4GiB" or "500MB"')
        amount, unit = match[1], _SIZES[match[2].lower()]
        size = int(amount) * unit if amount.isdecimal() else int(float(amount) * unit)
    if not 0 < size <= _MOST:
        raise ValueError(f"{text!r} is no size; it must be more than 0, and less than there is anywhere")
    return size


def parse_duration(text: str | int | float) -> float:
    """Seconds; a bare number is in seconds. Raises ValueError for what is no duration.

    >>> parse_duration("5m"), parse_duration("1h 30m"), parse_duration(2)
    (300.0, 5400.0, 2.0)
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        seconds = float(text)
    else:
        written = text.strip() if isinstance(text, str) else ""
        parts = _PART.findall(written)
        if not parts or _PART.sub("", written):
            raise ValueError(f'{text!r} is no duration; write one like "30s", "5m", "1h" or "30d"')
        seconds = sum(float(amount) * _DURATIONS[unit.lower()] for amount, unit in parts)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{text!r} is no duration; it must be a finite number, and not below 0")
    return seconds


def format_size(size: int) -> str:
    """The shortest exact writing, that `parse_size` reads: 4294967296 -> 4GiB."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size % _SIZES[unit.lower()] == 0:
            return f"{size // _SIZES[unit.lower()]}{unit}"
    return f"{size}B"


def format_duration(seconds: float) -> str:
    """The shortest exact writing, that `parse_duration` reads: 300.0 -> 5m."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _DURATIONS[unit] == 0:
            return f"{int(seconds / _DURATIONS[unit])}{unit}"
    return f"{int(seconds) if seconds == int(seconds) else seconds}s"

