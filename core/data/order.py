"""The order in which people number files."""

from __future__ import annotations

import re

Key = tuple[tuple[int, int, str], ...]


def natural_key(name: str) -> Key:
    """Sort key under which part2 comes before part10."""
    return tuple(
        (0, int(piece), "") if piece.isdecimal() and piece.isascii() else (1, 0, piece)
        for piece in re.split(r"([0-9]+)", name)
        if piece
    )


def time_key(text: str | None) -> tuple[int, float, Key]:
    """The latest time of a version in its order: none at all, numbers by size, dates and texts as people order them."""
    if not text:
        return 0, 0.0, ()
    try:
        return 1, float(text), ()
    except ValueError:
        return 2, 0.0, natural_key(text)
