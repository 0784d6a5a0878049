"""Dots and lines in braille cells: eight dots a cell, each cell in the tone of what was drawn there last. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich.text import Text

ACROSS, DOWN = 2, 4  # dots in one cell
_BLANK = 0x2800
_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # by column, then row of the dot
Dot = tuple[int, int]


class Canvas:
    """`width` x `height` cells; dots are counted from the top left. What lies outside is not drawn."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._bits = [[0] * width for _ in range(height)]
        self._tones = [[""] * width for _ in range(height)]
        self._glyphs: dict[tuple[int, int], tuple[str, str]] = {}

    def dot(self, at: Dot, tone: str) -> None:
        x, y = at[0] // ACROSS, at[1] // DOWN
        if at[0] >= 0 and at[1] >= 0 and x < self.width and y < self.height:
            self._bits[y][x] |= _BITS[at[0] % ACROSS][at[1] % DOWN]
            self._tones[y][x] = tone

    def line(self, path: Sequence[Dot], tone: str) -> list[Dot]:
        """Draw from point to point; returns all dots on the way."""
        dots = [*path[:1]]
        for start, end in pairwise(path):
            dots += [*_between(start, end)]
        for dot in dots:
            self.dot(dot, tone)
        return dots

    def glyph(self, at: Dot, glyph: str, tone: str) -> bool:
        """Put a character over the cell of a dot; False where another one stands, or outside."""
        cell = (at[0] // ACROSS, at[1] // DOWN)
        if not (0 <= cell[0] < self.width and 0 <= cell[1] < self.height):
            return False
        if self._glyphs.get(cell, (glyph, ""))[0] != glyph:
            return False
        self._glyphs[cell] = (glyph, tone)
        return True

    def clear(self, at: Dot) -> None:
        """Take away the character over the cell of a dot."""
        self._glyphs.pop((at[0] // ACROSS, at[1] // DOWN), None)

    def lines(self) -> list[Text]:
        """The picture, top line first."""
        shown = []
        for y in range(self.height):
            line = Text()
            for x in range(self.width):
                glyph, tone = self._glyphs.get((x, y), ("", ""))
                bits = self._bits[y][x]
                line.append(glyph or (chr(_BLANK + bits) if bits else " "), tone or self._tones[y][x])
            shown.append(line)
        return shown


def _between(start: Dot, end: Dot) -> Iterator[Dot]:
    """The dots after `start` up to `end` (Bresenham, 1965)."""
    (x, y), (to_x, to_y) = start, end
    wide, high = abs(to_x - x), -abs(to_y - y)
    step_x, step_y = (1 if x < to_x else -1), (1 if y < to_y else -1)
    off = wide + high
    while (x, y) != (to_x, to_y):
        twice = 2 * off
        if twice >= high:
            off += high
            x += step_x
        if twice <= wide:
            off += wide
            y += step_y
        yield x, y
