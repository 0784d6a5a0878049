"""Values with their intervals on one scale, a line each, so that overlaps can be seen. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

Bounds = tuple[float | None, float | None, float | None]  # value, lower, upper


def scale(rows: Iterable[Bounds]) -> tuple[float, float]:
    """The lowest and the highest that has to be shown; 0 and 1 where there is nothing."""
    known = [one for row in rows for one in row if one is not None]
    return (min(known), max(known)) if known else (0.0, 1.0)


def whisker(row: Bounds, low: float, high: float, width: int, tone: str = "busy") -> Text:
    """`├──●───┤` at its place between `low` and `high` in `width` cells; blank where the value is not known."""
    value, lower, upper = row
    if value is None:
        return Text(" " * width)
    reach = (high - low) or 1.0

    def at(number: float) -> int:
        return max(0, min(width - 1, round((number - low) / reach * (width - 1))))

    cells = [" "] * width
    if lower is not None and upper is not None:
        start, end = at(lower), at(upper)
        cells[start : end + 1] = "─" * (end - start + 1)
        cells[start], cells[end] = "├", "┤"
    cells[at(value)] = "●"
    return Text("".join(cells), tone)
