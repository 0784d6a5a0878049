"""Untrusted text made to take exactly the cells that it says, on every terminal.

`core.text.visible` shows control and bidi characters; what is left to settle is width. Terminals disagree on
joined emoji, flags, variation selectors and zero-width characters, so none of those is let through.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from rich.cells import cell_len, set_cell_size

from core.text import visible

LONGEST: Final = 4_000  # characters of one line that are looked at; a line of a megabyte is cut before that
_MARKS: Final = 2  # combining characters on one base that are kept
_FLAGS: Final = {0x1F1E6 + letter: chr(ord("A") + letter) for letter in range(26)}
_DROPPED: Final = frozenset(  # joiners, variation selectors, skin tones
    [0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0100, 0xE01F0)]
)
_FILLERS: Final = frozenset([0x115F, 0x1160, 0x3164, 0xFFA0, *range(0x1160, 0x1200), *range(0xD7B0, 0xD800)])
_DOT: Final = "·"
_LATIN: Final = {0xA0: " ", 0xAD: _DOT}
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"


def plain(text: object, longest: int = LONGEST) -> str:
    """One line of `text` (anything), safe to draw: every character stands alone and has a known width."""
    raw = str(text)
    if len(raw) > longest:
        raw = raw[: longest - 1] + "…"
    if raw.isascii():
        return visible(raw)
    shown, marks = [], 0
    for character in unicodedata.normalize("NFC", visible(raw)):
        code = ord(character)
        if code < 0x300:
            marks = 0
            shown.append(_LATIN.get(code, character))
            continue
        if code in _DROPPED:
            continue
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
            if marks <= _MARKS:
                shown.append(character if shown else _DOT + character)
            continue
        marks = 0
        if category == "Cf" or code in _FILLERS:
            shown.append(_DOT)
        elif category == "Zs":
            shown.append(" ")
        elif category in ("Cn", "Co", "Cs"):
            shown.append(_UNKNOWN)
        else:
            shown.append(_FLAGS.get(code, character))
    return "".join(shown)


def clipped(text: str, width: int) -> str:
    """`text` (already plain) in at most `width` cells, with an ellipsis where something was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""
