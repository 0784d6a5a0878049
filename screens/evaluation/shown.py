"""A run as the pictures need it, and how large they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from rich.text import Text

from core.views.pictures import Points
from screens.plain import clipped, plain
from screens.widgets.blocks import GAP
from screens.widgets.plot import legend

WIDE, WIDEST = 50, 74  # cells of one picture, at least where several stand side by side, and at most
LABEL = 24  # cells of a name in a legend
LONGEST = 100  # cells of a line of prose
MOST_LINES = 8  # curves in one picture


@dataclass(frozen=True)
class Shown:
    """`pictures` as `core.training.curves` makes them; `place` is the run's mark and tone in every picture."""

    label: str
    pictures: Mapping[str, Any]
    points: Points = field(default_factory=dict)
    place: int = 0
    judged: bool = False  # so that it ought to have pictures

    def picture(self, name: str) -> Any:
        """None where the run has none of that name."""
        return self.pictures.get(name) or None


def having(runs: Sequence[Shown], name: str) -> list[Shown]:
    return [run for run in runs if run.picture(name)]


def size(width: int) -> tuple[int, int]:
    """Cells across and down of one picture, so that as many as can stand side by side in `width`."""
    beside = max(1, (width + GAP) // (WIDE + GAP))
    across = min(WIDEST, (width - GAP * (beside - 1)) // beside)
    return across, max(10, min(17, across // 4))


def name(text: object) -> str:
    """A name out of somebody's data, for a legend or a table."""
    return clipped(plain(text), LABEL)


def named(runs: Sequence[Shown], width: int) -> list[Text]:
    """The legend of runs, as many in a line as fit; nothing of one alone."""
    if len(runs) < 2:
        return []
    return in_lines([line for run in runs for line in legend([run.label], run.place)], width)


def in_lines(pieces: Sequence[Text], width: int) -> list[Text]:
    """Pieces of text one after the other, as many in a line as fit."""
    lines: list[Text] = []
    for piece in pieces:
        if lines and lines[-1].cell_len + 2 + piece.cell_len <= width:
            lines[-1].append("  ").append_text(piece)
        else:
            lines.append(piece.copy())
    return lines


def prose(text: str, width: int, tone: str = "quiet") -> list[Text]:
    """A sentence beside a picture, in as many lines as it takes."""
    return [Text(line, tone) for line in wrap(text, max(20, min(width, LONGEST)))]
