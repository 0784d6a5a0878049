"""Titled pieces of text set side by side where there is room, below each other where there is none. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from screens.plain import clipped

GAP = 3


@dataclass(frozen=True)
class Block:
    """`lines` below a title; its title is a heading that Tab stops at."""

    title: str
    lines: Sequence[Text]

    @property
    def width(self) -> int:
        return max(cell_len(self.title), *(cell_len(line.plain) for line in self.lines)) if self.lines else 0


def flow(blocks: Sequence[Block], width: int) -> list[Text]:
    """The blocks that have lines, as many in a row as fit, a blank line in front of each row."""
    lines: list[Text] = []
    for row in _rows([block for block in blocks if block.lines], width):
        widths = [block.width for block in row]
        titles = [f"{clipped(block.title, wide):<{wide}}" for block, wide in zip(row, widths, strict=True)]
        lines += [Text(), Text((" " * GAP).join(titles).rstrip(), "title")]
        for at in range(max(len(block.lines) for block in row)):
            line = Text()
            for block, wide in zip(row, widths, strict=True):
                cell = block.lines[at] if at < len(block.lines) else Text()
                line.append_text(cell)
                if block is not row[-1]:
                    line.append(" " * (wide - cell_len(cell.plain) + GAP))
            lines.append(line)
    return lines


def _rows(blocks: Sequence[Block], width: int) -> Iterator[list[Block]]:
    row: list[Block] = []
    used = 0
    for block in blocks:
        if row and used + GAP + block.width > width:
            yield row
            row, used = [], 0
        used += block.width + (GAP if row else 0)
        row.append(block)
    if row:
        yield row
