"""Curves and clouds of points with axes, out of characters. Several series are told apart by the marks on them, which
the legend names, so that the picture reads without colour. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from screens.format import significant
from screens.plain import clipped
from screens.widgets.canvas import ACROSS, DOWN, Canvas, Dot

GLYPHS = "●○■□▲△◆◇"
TONES = ("busy", "warn", "good", "title", "", "bad", "strong", "quiet")
LEAST = (24, 6)  # cells below which nothing is drawn
HUGE = 1e300  # beyond, differences are no numbers
APART = 26  # dots between two marks on a curve


@dataclass(frozen=True)
class Series:
    """`joined`: a curve; else points. Values that are not finite are left out."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    joined: bool = True


@dataclass(frozen=True)
class Axis:
    """What is on it, with its unit; the ends are those of the data where they are not given."""

    title: str
    low: float | None = None
    high: float | None = None

    def ends(self, values: Sequence[float]) -> tuple[float, float]:
        known = [value for value in values if abs(value) < HUGE]
        low = min(known, default=0.0) if self.low is None else self.low
        high = max(known, default=1.0) if self.high is None else self.high
        if not high > low:
            room = abs(low) * 0.05 or 0.5
            low, high = low - room, high + room
        return low, high


def glyph(place: int) -> str:
    """The mark of a series."""
    return GLYPHS[place % len(GLYPHS)]


def tone(place: int) -> str:
    return TONES[place % len(TONES)]


def plot(
    series: Sequence[Series], width: int, height: int, x: Axis, y: Axis, *, guides: Sequence[Series] = (),
    first: int = 0, marks: bool | None = None,
) -> list[Text]:
    """A picture `width` x `height` cells, its axes among them; [] where there is no room or nothing to draw.

    `guides` are drawn faintly behind (a diagonal, a line at zero); `first` is the place of the first series among all
    that the legend names. `marks`: whether curves carry their marks; of several they do.
    """
    drawn = [(one, _points(one)) for one in series]
    if width < LEAST[0] or height < LEAST[1] or not any(points for _, points in drawn):
        return []
    x_low, x_high = x.ends([at for _, points in drawn for at, _ in points])
    y_low, y_high = y.ends([at for _, points in drawn for _, at in points])
    inner = height - 3
    labels = _labels(y_low, y_high, inner)
    left = max(map(cell_len, labels.values())) + 1
    canvas = Canvas(width - left - 1, inner)

    def dot(point: tuple[float, float]) -> Dot:
        across, down = canvas.width * ACROSS - 1, canvas.height * DOWN - 1
        return (
            round(_share(point[0], x_low, x_high) * across), down - round(_share(point[1], y_low, y_high) * down),
        )

    for guide in guides:
        for at in _dotted(canvas, [dot(point) for point in _points(guide)]):
            canvas.dot(at, "quiet")
    several = len(drawn) > 1 if marks is None else marks
    for place, (one, points) in enumerate(drawn):
        dots = [dot(point) for point in points]
        if one.joined:
            path = canvas.line(dots, tone(first + place))
            if several:
                _mark(canvas, path, first + place, len(drawn))
        else:
            for at in dots:
                if several:
                    canvas.glyph(at, glyph(first + place), tone(first + place))
                else:
                    canvas.dot(at, tone(first + place))
    lines = [Text(clipped(y.title, width), "quiet")]
    for row, line in enumerate(canvas.lines()):
        label = labels.get(row, "")
        lines.append(Text.assemble((f"{label:>{left - 1}} {'┤' if label else '│'}", "quiet"), line))
    lines.append(Text(f"{' ' * left}└{'─' * canvas.width}", "quiet"))
    lines.append(_below(left + 1, canvas.width, tick(x_low), x.title, tick(x_high)))
    return lines


def legend(names: Sequence[str], first: int = 0) -> list[Text]:
    """A line a series: its mark, in its tone, and its name."""
    return [
        Text.assemble((f"─{glyph(first + place)}─", tone(first + place)), " ", name)
        for place, name in enumerate(names)
    ]


def _points(one: Series) -> list[tuple[float, float]]:
    return [(a, b) for a, b in zip(one.x, one.y, strict=False) if abs(a) < HUGE and abs(b) < HUGE]


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _labels(low: float, high: float, rows: int) -> dict[int, str]:
    """Row -> the round number there, at most one in three rows; the ends where no two round ones fit."""
    most = max(2, (rows + 2) // 3)
    found: dict[int, str] = {}
    for value in _round_numbers(low, high, most) or (low, high):
        row, text = round((high - value) / (high - low) * (rows - 1)), tick(value)
        if text not in found.values():
            found[row] = text
    return found


def _round_numbers(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2, 2.5 or 5 times a power of ten between the ends; [] where fewer than two fit."""
    if (high - low) / most < 1e-300:
        return []
    magnitude = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 2.5, 5, 10, 20, 25, 50):
        step = magnitude * factor
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            found = [step * at for at in range(first, last + 1)]
            return found if len(found) > 1 else []
    return []


def tick(value: float) -> str:
    """At most four significant digits, and none that says nothing: 0.25, 1, 12,500, 3e-05."""
    shown = significant(value)
    if "e" in shown:
        return f"{value:.4g}"
    if "." not in shown and "," not in shown:
        return f"{float(shown):,.0f}" if shown.lstrip("-").isdigit() else shown
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _below(left: int, width: int, low: str, title: str, high: str) -> Text:
    """The ends of the x axis, and between them what it is; the right end alone where there is no room for both."""
    if cell_len(low) + cell_len(high) + 1 > width:
        return Text(f"{' ' * left}{clipped(high, width):>{width}}", "quiet")
    room = width - cell_len(low) - cell_len(high) - 2
    middle = clipped(title, room) if room > 3 else ""
    gap = width - cell_len(low) - cell_len(high) - cell_len(middle)
    return Text(f"{' ' * left}{low}{' ' * (gap // 2)}{middle}{' ' * max(1, gap - gap // 2)}{high}", "quiet")


def _dotted(canvas: Canvas, path: Sequence[Dot]) -> list[Dot]:
    """Every fourth dot of a line that is not drawn itself."""
    return Canvas(canvas.width, canvas.height).line(path, "")[::4]


def _mark(canvas: Canvas, path: Sequence[Dot], place: int, of: int) -> None:
    """The mark of a curve at even distances, those of different curves at different places."""
    if not path:
        return
    start = (APART * (place % of)) // of if len(path) > APART else len(path) // 2
    for at in range(start, len(path), APART):
        for nudge in range(APART // 2):  # past cells where another's mark stands
            if at + nudge < len(path) and canvas.glyph(path[at + nudge], glyph(place), tone(place)):
                break
