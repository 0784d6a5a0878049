"""What goes to the terminal: the cells that changed, and lines that moved as one scroll.

Textual paints every line that it holds for dirty. Over a slow link that is felt: a table that moves by a row would
send all of it. Here the terminal's picture is remembered line by line, and what it shows already is not sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from core.text import visible

Codes = tuple[str, str, str]  # attributes, foreground, background: SGR parameters
Run = tuple[str, Codes]
Line = tuple[Run, ...]

PLAIN: Codes = ("", "", "")
FARTHEST = 10  # lines by which a block is looked for elsewhere
FEWEST = 4  # lines that have to be saved by scrolling


class Wire:
    """`update` gives the bytes that bring the terminal from the picture before to this one."""

    def __init__(self) -> None:
        self._lines: list[Line | None] = []  # None: nobody knows what is there
        self._size = (0, 0)

    @property
    def knows_nothing(self) -> bool:
        return not self._lines

    def forget(self) -> None:
        """Somebody else has written on the terminal."""
        self._lines = []

    def update(self, strips: Mapping[int, Strip], size: tuple[int, int], colours: ColorSystem) -> str:
        """`strips` are whole lines by their number; `size` is columns and lines."""
        if size != self._size or len(self._lines) != size[1]:
            self._lines, self._size = [None] * size[1], size
        wanted = {y: line_of(strip, colours) for y, strip in strips.items() if 0 <= y < size[1]}
        changed = {y: line for y, line in wanted.items() if line != self._lines[y]}
        if not changed:
            return ""
        pen = Pen()
        if (move := moved(self._lines, wanted, min(changed), max(changed))) is not None:
            pen.scroll(*move)
            scrolled(self._lines, *move)
        for y in sorted(wanted):
            if wanted[y] != self._lines[y]:
                pen.line(y, self._lines[y], wanted[y])
                self._lines[y] = wanted[y]
        return pen.done()


def line_of(strip: Strip, colours: ColorSystem) -> Line:
    """The runs of one look in a line, nothing in them that a terminal would obey."""
    runs: list[Run] = []
    for text, style, control in strip:
        if control is not None or not text:
            continue
        shown, codes = text if text.isprintable() else visible(text), codes_of(style, colours) if style else PLAIN
        if runs and runs[-1][1] == codes:
            runs[-1] = (runs[-1][0] + shown, codes)
        else:
            runs.append((shown, codes))
    return tuple(runs)


@lru_cache(512)
def codes_of(style: Style, colours: ColorSystem) -> Codes:
    bare = Style(
        bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline, reverse=style.reverse,
        strike=style.strike,
    )
    front = style.color.downgrade(colours).get_ansi_codes() if style.color is not None else ()
    back = style.bgcolor.downgrade(colours).get_ansi_codes(foreground=False) if style.bgcolor is not None else ()
    return Strip.render_ansi(bare, colours), ";".join(front), ";".join(back)


def moved(
    before: Sequence[Line | None], wanted: Mapping[int, Line], top: int, bottom: int
) -> tuple[int, int, int] | None:
    """(top, bottom, by): these lines, moved up by `by` (down where negative), are mostly what is wanted."""
    if bottom - top + 1 < FEWEST + 1 or any(y not in wanted for y in range(top, bottom + 1)):
        return None
    stays = sum(before[y] == wanted[y] for y in range(top, bottom + 1))
    best, saved = 0, 0
    for by in (*range(1, FARTHEST + 1), *range(-1, -FARTHEST - 1, -1)):
        there = range(max(top, top - by), min(bottom, bottom - by) + 1)
        fits = sum(before[y + by] == wanted[y] for y in there) - stays
        if fits > saved:
            best, saved = by, fits
    return (top, bottom, best) if saved >= FEWEST else None


def scrolled(lines: list[Line | None], top: int, bottom: int, by: int) -> None:
    """The same in the picture that is remembered."""
    block = lines[top : bottom + 1]
    empty: list[Line | None] = [None] * abs(by)
    lines[top : bottom + 1] = block[by:] + empty if by > 0 else empty + block[:by]


class Pen:
    """Gathers what is written, and knows in which look the terminal writes by then."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._codes: Codes = PLAIN

    def scroll(self, top: int, bottom: int, by: int) -> None:
        edge, step = (bottom, "\n") if by > 0 else (top, "\x1bM")
        self._written.append(f"\x1b[{top + 1};{bottom + 1}r\x1b[{edge + 1};1H{step * abs(by)}\x1b[r")

    def line(self, y: int, before: Line | None, after: Line) -> None:
        """The runs of a line that are not there yet."""
        known, at = dict(placed(before)) if before is not None else {}, -1
        for x, (text, codes) in placed(after):
            old = known.get(x)
            if old == (text, codes):
                continue
            start = x
            if old is not None and old[1] == codes and len(old[0]) == len(text) and (old[0] + text).isascii():
                pairs = enumerate(zip(old[0], text, strict=True))
                skipped = next(place for place, (one, other) in pairs if one != other)
                text, start = text[skipped:], x + skipped
                while text[-1] == old[0][start - x + len(text) - 1]:
                    text = text[:-1]
            if start != at:
                self._written.append(f"\x1b[{y + 1};{start + 1}H")
            self._look(codes)
            self._written.append(text)
            at = start + cell_len(text)

    def _look(self, codes: Codes) -> None:
        if codes == self._codes:
            return
        attributes, front, back = codes
        old_attributes, old_front, old_back = self._codes
        if attributes != old_attributes or (old_front and not front) or (old_back and not back):
            self._written.append(f"\x1b[{';'.join(filter(None, ('0', attributes, front, back)))}m")
        else:
            new = (front if front != old_front else "", back if back != old_back else "")
            self._written.append(f"\x1b[{';'.join(filter(None, new))}m")
        self._codes = codes

    def done(self) -> str:
        if self._codes != PLAIN:
            self._written.append("\x1b[0m")
        return "".join(self._written)


def placed(line: Line) -> Iterator[tuple[int, Run]]:
    """Each run with the column that it begins in."""
    x = 0
    for run in line:
        yield x, run
        x += cell_len(run[0])
