"""Several series in one picture, told apart by their letters and not by colour. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from rich.text import Text

from screens.format import significant

SHARED = "*"  # a place where several series meet
DOT = "·"


def plot(
    series: Mapping[str, Sequence[float | None]], tones: Mapping[str, str], width: int, height: int
) -> list[Text]:
    """Lines of a picture `width` cells wide, the scale at its left; each series is drawn with the letter that it is
    named by, `*` where several meet, and dots on the way from one point to the next."""
    known = [value for values in series.values() for value in values if value is not None]
    if not known or height < 2:
        return []
    low, high = min(known), max(known)
    labels = {0: significant(high), height - 1: significant(low)}
    if height > 4:
        labels[height // 2] = significant(high - (high - low) * (height // 2) / (height - 1))
    room = max(map(len, labels.values()))
    cells = _cells(series, low, high, max(2, width - room - 2), height)
    lines = []
    for y in range(height):
        line = Text(f"{labels.get(y, ''):>{room}} ", "quiet").append("┤" if y in labels else "│", "quiet")
        for cell in cells[y]:
            line.append(cell, tones.get(cell, "warn" if cell == SHARED else "quiet"))
        lines.append(line)
    return lines


def columns(count: int, width: int) -> list[int]:
    """The column of each of `count` points in `width` cells."""
    return [round(place / (count - 1) * (width - 1)) if count > 1 else 0 for place in range(count)]


def _cells(
    series: Mapping[str, Sequence[float | None]], low: float, high: float, width: int, height: int
) -> list[list[str]]:
    reach = (high - low) or 1.0

    def row(value: float) -> int:
        return round((high - value) / reach * (height - 1))

    cells = [[" "] * width for _ in range(height)]
    at = columns(max(map(len, series.values())), width)
    for values in series.values():
        points = [(at[place], value) for place, value in enumerate(values) if value is not None]
        for (x0, y0), (x1, y1) in pairwise(points):
            for x in range(x0 + 1, x1):
                y = row(y0 + (y1 - y0) * (x - x0) / (x1 - x0))
                if cells[y][x] == " ":
                    cells[y][x] = DOT
    for letter, values in series.items():
        for place, value in enumerate(values):
            if value is not None:
                cell = cells[row(value)]
                cell[at[place]] = letter if cell[at[place]] in (" ", DOT, letter) else SHARED
    return cells
