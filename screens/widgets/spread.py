"""Distributions on an axis, out of stored bins: two of them on the same one, tall, with their ends named. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.cells import cell_len
from rich.text import Text

from screens.widgets.pictures import tall_histogram


def padded(text: Text, width: int) -> Text:
    """A copy with blanks up to `width` cells; never cut."""
    return Text.assemble(text, " " * max(0, width - cell_len(text.plain)))


def moments(edges: Sequence[str]) -> list[float] | None:
    """ISO times as seconds; None where a year is none of ours."""
    try:
        return [datetime.fromisoformat(edge).replace(tzinfo=UTC).timestamp() for edge in edges]
    except (ValueError, OverflowError):
        return None


def on_axis(edges: Sequence[float], counts: Sequence[float], low: float, high: float, bins: int) -> list[float]:
    """Counts in `bins` bins of equal width from `low` to `high`; what lies evenly in a bin is shared out evenly."""
    out, reach = [0.0] * bins, high - low
    if reach <= 0:
        return [float(sum(counts)), *out[1:]]
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        first = min(bins - 1, max(0, int((left - low) / reach * bins)))
        last = min(bins - 1, max(0, int((right - low) / reach * bins)))
        if right <= left or first == last:
            out[first] += count
            continue
        for at in range(first, last + 1):
            start, end = low + reach * at / bins, low + reach * (at + 1) / bins
            out[at] += count * max(0.0, min(right, end) - max(left, start)) / (right - left)
    return out


def share_beyond(edges: Sequence[float], counts: Sequence[float], low: float, high: float) -> tuple[float, float]:
    """The shares of values below `low` and above `high`, each bin being evenly filled."""
    total, below, above = sum(counts) or 1, 0.0, 0.0
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        wide = right - left
        if wide <= 0:
            below, above = below + count * (left < low), above + count * (left > high)
            continue
        below += count * min(1.0, max(0.0, (low - left) / wide))
        above += count * min(1.0, max(0.0, (right - high) / wide))
    return below / total, above / total


def drawn(
    counts: Sequence[float] | None, width: int, height: int, low: str, high: str, tone: str = "busy"
) -> list[Text]:
    """A tall histogram with a line below it that names the ends; as many lines also where there is nothing."""
    lines = tall_histogram(counts, width, height, tone)
    if not lines:
        return [*[Text()] * (height - 1), Text("no value at all", "quiet"), Text()]
    wide = max(cell_len(line.plain) for line in lines)
    gap = wide - cell_len(low) - cell_len(high)
    ends = f"{low}{'─' * (gap - 2):^{gap}}{high}" if gap > 3 else f"{low} to {high}"
    return [*lines, Text(ends, "quiet")]


def beside(left: Sequence[Text], right: Sequence[Text], width: int, gap: int = 3) -> list[Text]:
    """Lines of two texts next to each other, the left one `width` cells wide."""
    lines = []
    for at in range(max(len(left), len(right))):
        one = left[at] if at < len(left) else Text()
        other = right[at] if at < len(right) else Text()
        lines.append(Text.assemble(one, " " * max(1, width + gap - cell_len(one.plain)), other))
    return lines


def dot(part: float, low: float, high: float, width: int, tone: str = "busy") -> Text:
    """Where a value lies between the ends of a line of `width` cells."""
    at = 0 if high <= low else round((part - low) / (high - low) * (width - 1))
    at = min(width - 1, max(0, at))
    return Text.assemble(("─" * at, "quiet"), ("●", tone), ("─" * (width - 1 - at), "quiet"))


def stacked(parts: Sequence[float], width: int, tones: Sequence[str]) -> Text:
    """Shares of one whole side by side, each in a tone and a shade of its own (colour alone tells nothing)."""
    shown, used = Text(), 0
    for part, tone, shade in zip(parts, tones, SHADES, strict=False):
        cells = min(width - used, round(part * width))
        shown.append(shade * cells, tone)
        used += cells
    return shown.append(" " * (width - used))


SHADES = "█▓▒░"
