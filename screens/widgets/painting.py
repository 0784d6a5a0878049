"""From Text to cells: the one place where tones become colours.

Nothing here parses markup or asks a terminal; a Text's characters are taken as they are (`screens.plain` made
them safe), and its spans name tones.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual.app import App
from textual.strip import Strip

from screens.plain import clipped
from screens.themes import MANY, Palette, look, palette

COLOURS = {"256": 256, "standard": 16, "windows": 16}  # how many a terminal has, by the name that Rich gives it
Pieces = tuple[tuple[str, str], ...]  # (text, tone), side by side


@lru_cache(8)
def _palette(theme: str, colours: int) -> Palette:
    return palette(theme, colours)


def palette_of(app: App[Any]) -> Palette:
    """Tone -> Style of the theme in use, on the terminal in use (without one: as many colours as there are)."""
    return _palette(app.theme, MANY if app.is_headless else COLOURS.get(app.console.color_system or "", MANY))


def pieces(text: Text) -> Pieces:
    """A Text cut where its tone changes; where spans overlap the later one counts."""
    plain, spans = text.plain, text.spans
    base = text.style if isinstance(text.style, str) else ""
    if not spans:
        return ((plain, base),) if plain else ()
    cuts = sorted({0, len(plain), *(edge for span in spans for edge in (span.start, span.end) if edge < len(plain))})
    found = []
    for start, end in pairwise(cuts):
        tone = base
        for span in spans:
            if span.start <= start and end <= span.end:
                tone = str(span.style)
        found.append((plain[start:end], tone))
    return tuple(found)


def fitted(text: Text, width: int, *, right: bool = False) -> Pieces:
    """The pieces of `text` in exactly `width` cells: padded, or cut with an ellipsis."""
    length = cell_len(text.plain)
    if length <= width:
        padding = ((" " * (width - length), ""),) if length < width else ()
        return (*padding, *pieces(text)) if right else (*pieces(text), *padding)
    kept: list[tuple[str, str]] = []
    room = width
    for part, tone in pieces(text):
        if cell_len(part) < room:
            kept.append((part, tone))
            room -= cell_len(part)
            continue
        cut = clipped(part + "…", room)
        kept.append((cut, tone))
        room -= cell_len(cut)
        break
    return (*kept, (" " * room, "")) if room else tuple(kept)


def strip_of(parts: Pieces, width: int, colours: Palette, ground: str = "") -> Strip:
    """One painted line of exactly `width` cells on the ground tone.

    Blanks take the tone of what stands before them, so that a line is sent in as few pieces as it can be.
    """
    base = colours[ground]
    merged: list[tuple[str, str]] = []
    for part, tone in parts:
        if merged and part and (tone == merged[-1][1] or (part.isspace() and not _shows(colours, merged[-1][1]))):
            merged[-1] = (merged[-1][0] + part, merged[-1][1])
        elif part:
            merged.append((part, tone))
    segments = [Segment(part, look(colours, tone, ground)) for part, tone in merged]
    return Strip(segments).adjust_cell_length(width, segments[-1].style if segments else base)


def _shows(colours: Palette, tone: str) -> bool:
    """Whether blanks in this tone can be told from others."""
    style = colours.get(tone)
    return bool(tone and style is not None and (style.bgcolor or style.underline or style.reverse))


def line(text: Text, width: int, colours: Palette, ground: str = "") -> Strip:
    return strip_of(fitted(text, width), width, colours, ground)
