"""A graph drawn with box characters: layers side by side, one node in the middle of it, its past and its future. Pure.

The nodes beside the one in the middle stand above and below it; lines lead from it alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from screens.plain import clipped

GAP = 3  # cells between two layers
NARROWEST = 12  # cells to which the labels of a layer may be cut
UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
LINES = {
    LEFT: "─", RIGHT: "─", LEFT | RIGHT: "─", UP: "│", DOWN: "│", UP | DOWN: "│", UP | RIGHT: "╰", DOWN | RIGHT: "╭",
    UP | LEFT: "╯", DOWN | LEFT: "╮", UP | DOWN | RIGHT: "├", UP | DOWN | LEFT: "┤", LEFT | RIGHT | DOWN: "┬",
    LEFT | RIGHT | UP: "┴", UP | DOWN | LEFT | RIGHT: "┼",
}


@dataclass(frozen=True)
class Box:
    """A label in a layer (0 is the leftmost), and what lies beyond it, away from the middle."""

    label: str
    layer: int
    tone: str = ""
    beyond: tuple[Box, ...] = ()

    @property
    def span(self) -> int:
        """Lines that it takes with all that lies beyond it."""
        return max(1, sum(one.span for one in self.beyond))


@dataclass(frozen=True)
class Spot:
    """A box at its line, with the line of the one that it hangs on."""

    box: Box
    row: int
    hangs_on: int


@dataclass
class Canvas:
    """What is drawn where: lines by cell, labels by row."""

    height: int
    lines: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)  # (row, x) -> directions, tone
    labels: list[list[tuple[int, str, str]]] = field(default_factory=list)  # of a row: x, text, tone

    def __post_init__(self) -> None:
        self.labels = [[] for _ in range(self.height)]

    def bend(self, row: int, x: int, directions: int, tone: str) -> None:
        before, old = self.lines.get((row, x), (0, "quiet"))
        self.lines[row, x] = before | directions, tone if tone != "quiet" else old

    def across(self, row: int, start: int, end: int, tone: str) -> None:
        """A line from `start` to before `end`."""
        for x in range(start, end):
            self.bend(row, x, LEFT | RIGHT, tone)

    def text(self, row: int) -> Text:
        marks = {x: (LINES[directions], tone) for (at, x), (directions, tone) in self.lines.items() if at == row}
        for x, label, tone in self.labels[row]:
            marks[x] = (label, tone)
        line, at = Text(), 0
        for x in sorted(marks):
            shown, tone = marks[x]
            if x < at:  # a label lies over the line
                continue
            line.append(" " * (x - at)).append(shown, tone)
            at = x + cell_len(shown)
        return line


def picture(
    beside: Sequence[Box], at: int, past: Sequence[Box], future: Sequence[Box], titles: Sequence[str], width: int,
    height: int,
) -> list[Text]:
    """`beside[at]` is in the middle; titles name the layers. At most `width` cells and `height` lines."""
    rows = max(1, height - 1)
    top = max(0, (rows - len(beside)) // 2) if len(beside) <= rows else 0
    skip = max(0, min(at - rows // 2, len(beside) - rows))
    shown, here = beside[skip : skip + rows], top + at - skip
    before, after = [*_placed(past, here, rows)], [*_placed(future, here, rows)]
    boxes = [*shown, *(spot.box for spot in before), *(spot.box for spot in after)]
    edges = _edges(boxes, titles, width, beside[at].layer)
    canvas = Canvas(rows)
    for place, box in enumerate(shown):
        middle = place + skip == at
        _label(canvas, box, top + place, edges, middle=middle, quiet=not middle)
    _connect(canvas, before, edges, here, beside[at].layer, leftwards=True)
    _connect(canvas, after, edges, here, beside[at].layer, leftwards=False)
    for spot in (*before, *after):
        _label(canvas, spot.box, spot.row, edges)
    head = Canvas(1)
    for layer, (start, end) in edges.items():
        head.labels[0].append((start, clipped(titles[layer], max(1, end - start + GAP - 2)), "head"))
    return [head.text(0), *(canvas.text(row) for row in range(rows))]


def _placed(boxes: Sequence[Box], origin: int, rows: int) -> Iterator[Spot]:
    """Each box in lines of its own, as near to the line of the one that it hangs on as the room allows."""
    total = sum(box.span for box in boxes)
    top = max(0, min(origin - total // 2, rows - total))
    for box in boxes:
        beyond = [*_placed_in(box, top)]
        yield Spot(box, _row(box, top), origin)
        yield from beyond
        top += box.span


def _placed_in(box: Box, top: int) -> Iterator[Spot]:
    row = _row(box, top)
    for one in box.beyond:
        yield Spot(one, _row(one, top), row)
        yield from _placed_in(one, top)
        top += one.span


def _row(box: Box, top: int) -> int:
    """In the middle of the lines that it takes."""
    return top + (box.span - 1) // 2


def _edges(boxes: Sequence[Box], titles: Sequence[str], width: int, middle: int) -> dict[int, tuple[int, int]]:
    """Layer -> first and last cell. Where there is too little room the widest are cut, then the farthest left out."""
    layers = sorted({box.layer for box in boxes})
    wide = {layer: max(cell_len(box.label) for box in boxes if box.layer == layer) + 2 for layer in layers}
    while layers:
        room = width - GAP * (len(layers) - 1)
        while sum(wide[layer] for layer in layers) > room:
            widest = max(layers, key=lambda layer: wide[layer])
            if wide[widest] <= NARROWEST:
                break
            wide[widest] -= 1
        else:
            break
        layers.remove(max(layers, key=lambda layer: abs(layer - middle)))
    found, x = {}, 0
    for layer in layers:
        found[layer] = (x, x + wide[layer] - 1)
        x += wide[layer] + GAP
    return found


def _label(
    canvas: Canvas, box: Box, row: int, edges: dict[int, tuple[int, int]], *, middle: bool = False, quiet: bool = False
) -> None:
    if box.layer not in edges or not 0 <= row < canvas.height:
        return
    start, end = edges[box.layer]
    label = cut(box.label, end - start - 1)
    if middle:
        canvas.labels[row].append((start, f"▸{label} ", "match"))
    else:
        canvas.labels[row].append((start, " ", ""))
        canvas.labels[row].append((start + 1, label, "quiet" if quiet else box.tone))
        canvas.labels[row].append((start + 1 + cell_len(label), " ", ""))


def cut(label: str, width: int) -> str:
    """At most `width` cells, with the end in sight: it is what tells files of a folder apart."""
    length = cell_len(label)
    if length <= width:
        return label
    tail = ""
    for character in reversed(label):
        if cell_len(tail) + cell_len(character) > width * 2 // 3:
            break
        tail = character + tail
    return f"{set_cell_size(label, max(0, width - 1 - cell_len(tail)))}…{tail}"


def _connect(
    canvas: Canvas, spots: Sequence[Spot], edges: dict[int, tuple[int, int]], here: int, middle: int, *,
    leftwards: bool,
) -> None:
    """Lines from each spot to the one that it hangs on, through the gap between their layers."""
    for spot in spots:
        layer = spot.box.layer
        owner = layer + 1 if leftwards else layer - 1
        if layer not in edges or owner not in edges:
            continue
        left, right = (layer, owner) if leftwards else (owner, layer)
        rows = (spot.row, spot.hangs_on) if leftwards else (spot.hangs_on, spot.row)
        tone = "busy" if owner == middle and spot.hangs_on == here else "quiet"
        bar = edges[left][1] + 1 + GAP // 2
        canvas.across(rows[0], edges[left][0], bar, tone)
        canvas.across(rows[1], bar + 1, edges[right][0], tone)
        first, last = min(rows), max(rows)
        if first == last:
            canvas.bend(first, bar, LEFT | RIGHT, tone)
            continue
        canvas.bend(rows[0], bar, LEFT | (DOWN if rows[0] == first else UP), tone)
        canvas.bend(rows[1], bar, RIGHT | (DOWN if rows[1] == first else UP), tone)
        for row in range(first + 1, last):
            canvas.bend(row, bar, UP | DOWN, tone)
