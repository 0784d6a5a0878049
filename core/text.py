"""Hostile text made harmless to look at: what would move a cursor or turn a line around becomes a glyph."""

from __future__ import annotations

from typing import Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_BIDI: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SEPARATORS: Final = "\u2028\u2029\ufeff"


def _glyphs() -> dict[int, str]:
    table = {code: chr(0x2400 + code) for code in range(0x20)}  # C0 has pictures of its own: ␀ .. ␟
    table[0x7F] = "\N{SYMBOL FOR DELETE}"
    table |= dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT)
    table |= {ord(mark): f"<U+{ord(mark):04X}>" for mark in _BIDI + _SEPARATORS}
    table |= dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT)
    return table


_GLYPHS: Final = _glyphs()


def visible(text: str) -> str:
    """`text` with every control character, bidi control and lone surrogate shown as a printable glyph.

    The result can be printed and encoded as UTF-8; text without such characters comes back as it is.

    >>> visible("red\\x1b[31m")
    'red␛[31m'
    """
    return text if text.isprintable() else text.translate(_GLYPHS)


def shortened(text: str, width: int = 40) -> str:
    """`visible(text)`, at most `width` characters long, with an ellipsis where something was cut."""
    shown = visible(text[: width + 1])
    return shown if len(text) <= width and len(shown) <= width else shown[: width - 1] + "…"
