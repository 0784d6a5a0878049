"""The value of a reading as its unit is read, and the picture of a series of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from core.views import rhythm
from core.views.monitored import Reading as Point
from core.vocabulary import Reading
from screens import format as f
from screens.plain import clipped, plain
from screens.widgets.canvas import ACROSS, DOWN, Canvas
from screens.widgets.plot import LEAST, tick

MEANS = {
    "effect": "how far the furthest column moved: standard deviations, or Cohen's w for categories",
    "warnings": "warnings that the arrival was accepted with", "seconds": "since the arrival before",
    "monitors": "monitors that should have run", "ms": "milliseconds in which nearly all requests were answered",
}
VALUE, BAR, ALERT, BETWEEN = "●", "╌", "✗", "│"


def shown(value: float | None, unit: str) -> str:
    """`0.2314`, `3 d`, `4`."""
    if value is None:
        return f.NOTHING
    if unit == "seconds":
        return rhythm.span(value)
    return f"{value:,.0f}" if unit in ("warnings", "monitors") else f.significant(value)


def cell(value: float | None, unit: str) -> Text:
    text = shown(value, unit)
    return Text(text, "quiet" if text == f.NOTHING else "")


def explained(value: float | None, unit: str) -> Text:
    """A value, and what is measured."""
    return Text.assemble(cell(value, unit), (f"  {means(unit)}", "quiet"))


def means(unit: str) -> str:
    """What is measured, for people."""
    return MEANS.get(unit, plain(unit))


def picture(points: Sequence[Point], unit: str, width: int, height: int) -> list[Text]:
    """Readings from left to right with the threshold of each, and the intervals behind; [] where nothing was measured.

    Marks tell them apart, not colour: a value, one that is an alert, and the threshold as a broken line.
    """
    points = [one for one in points if one.value is not None]
    if not points or width < LEAST[0] or height < LEAST[1]:
        return []
    low, high = _ends(points)
    inner = height - 2
    labels = {0: high, inner - 1: low} | ({inner // 2: (low + high) / 2} if inner > 4 else {})
    texts = {row: shown(value, unit) if unit == "seconds" else tick(value) for row, value in labels.items()}
    left = max(map(cell_len, texts.values())) + 1
    canvas = Canvas(width - left - 1, inner)
    points = points[-canvas.width * ACROSS :]
    step = (canvas.width * ACROSS - 1) / max(1, len(points) - 1)

    def at(place: int, value: float) -> tuple[int, int]:
        down = canvas.height * DOWN - 1
        return round(place * step), down - round((min(high, max(low, value)) - low) / (high - low) * down)

    for place, one in enumerate(points):
        if one.lower is not None and one.upper is not None:
            canvas.line([at(place, one.lower), at(place, one.upper)], "quiet")
    bars = [(place, one.threshold) for place, one in enumerate(points) if one.threshold is not None]
    if len(bars) == 1:
        bars = [(0, bars[0][1]), (len(points) - 1 or 1, bars[0][1])]
    path = Canvas(canvas.width, canvas.height).line([at(place, value) for place, value in bars], "")
    for dot in path[::2]:
        canvas.glyph(dot, BAR, "warn")
    canvas.line([at(place, one.value) for place, one in enumerate(points) if one.value is not None], "busy")
    for place, one in enumerate(points):
        assert one.value is not None
        alert = one.verdict == Reading.ALERT
        _put(canvas, at(place, one.value), ALERT if alert else VALUE, "bad" if alert else "busy")
    lines = [
        Text.assemble((f"{texts.get(row, ''):>{left - 1}} {'┤' if row in texts else '│'}", "quiet"), line)
        for row, line in enumerate(canvas.lines())
    ]
    ends = _below(points, canvas.width)
    return [*lines, Text(f"{' ' * left}└{'─' * canvas.width}", "quiet"), Text(f"{' ' * (left + 1)}{ends}", "quiet")]


def legend(points: Sequence[Point], unit: str) -> Text:
    """What the marks of a picture are."""
    parts = [Text.assemble((VALUE, "busy"), f" {plain(unit) or 'value'}")]
    if any(one.verdict == Reading.ALERT for one in points):
        parts.append(Text.assemble((ALERT, "bad"), " alert"))
    if any(one.threshold is not None for one in points):
        parts.append(Text.assemble((BAR * 2, "warn"), " threshold"))
    if any(one.lower is not None for one in points):
        parts.append(Text("┊ 95 % interval", "quiet"))
    return Text("   ").join(parts)


def _ends(points: Sequence[Point]) -> tuple[float, float]:
    known = [
        value for one in points for value in (one.value, one.threshold, one.lower, one.upper) if value is not None
    ]
    low, high = min(known), max(known)
    room = (high - low) * 0.05 or abs(low) * 0.05 or 0.5
    return (max(0.0, low - room) if low >= 0 else low - room), high + room


def _put(canvas: Canvas, dot: tuple[int, int], glyph: str, tone: str) -> None:
    """A mark of a value, also where the threshold runs."""
    canvas.clear(dot)
    canvas.glyph(dot, glyph, tone)


def _below(points: Sequence[Point], width: int) -> str:
    """What was read first, and last."""
    first, last = plain(points[0].source), plain(points[-1].source)
    if len(points) == 1:
        return clipped(first, width)
    half = max(1, (width - 3) // 2)
    first, last = clipped(first, half), clipped(last, half)
    return first + " " * max(1, width - cell_len(first) - cell_len(last)) + last
