"""Pictures in one line of text: bars, histograms and trends out of block characters. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

BLOCKS = " ▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(part: float | None, width: int, tone: str = "busy") -> Text:
    """A bar that fills `part` (0..1) of `width` cells, to an eighth of a cell."""
    if part is None:
        return Text(" " * width)
    filled = min(1.0, max(0.0, part)) * width
    whole = int(filled)
    rest = EIGHTHS[int((filled - whole) * 8)] if whole < width else ""
    if part > 0 and not whole and rest.isspace():
        rest = EIGHTHS[1]  # what is there must be seen
    return Text(("█" * whole + rest).ljust(width), tone)


def histogram(counts: Sequence[float] | None, width: int, tone: str = "busy") -> Text:
    """Counts as columns of one line, merged into at most `width`; the highest fills the line."""
    if not counts or not any(counts):
        return Text(" " * width)
    columns = resampled(counts, min(width, len(counts)))
    top = max(columns)
    drawn = "".join(BLOCKS[max(1, round(value / top * 8))] if value > 0 else " " for value in columns)
    return Text(drawn.ljust(width), tone)


def resampled(counts: Sequence[float], width: int) -> list[float]:
    """The same total in `width` bins; a bin that straddles two goes to each by its share."""
    step, out = len(counts) / width, [0.0] * width
    for index, value in enumerate(counts):
        first, last = index / step, (index + 1) / step
        for target in range(int(first), min(width, int(last) + 1)):
            overlap = min(last, target + 1) - max(first, target)
            if overlap > 0:
                out[target] += value * overlap * step
    return out


def trend(values: Sequence[float | None], width: int, tone: str = "busy") -> Text:
    """The last `width` values between their own lowest and highest, one column each."""
    shown = list(values)[-width:]
    known = [value for value in shown if value is not None]
    if not known:
        return Text(" " * width)
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    drawn = "".join(" " if value is None else BLOCKS[1 + round((value - low) / reach * 7)] for value in shown)
    return Text(drawn.ljust(width), tone)


def tall_histogram(counts: Sequence[float] | None, width: int, height: int, tone: str = "busy") -> list[Text]:
    """The same over `height` lines, top line first."""
    if not counts or not any(counts):
        return []
    columns = resampled(counts, min(width, len(counts)))
    stretch = max(1, width // len(columns))
    top = max(columns)
    lines = []
    for line in range(height - 1, -1, -1):
        drawn = ""
        for value in columns:
            eighths = round(value / top * height * 8) - line * 8
            floor = 1 if value > 0 and line == 0 else 0
            drawn += BLOCKS[min(8, max(floor, eighths))] * stretch
        lines.append(Text(drawn, tone))
    return lines
