"""Rows and texts as a person hears them: values by name, no pictures, words instead of signs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.text import Text

from screens.format import NOTHING, STATES
from screens.format import WORDS as STATE_WORDS
from screens.level import Column, Row
from screens.plain import plain

SPEAKS = ("recipe", "state", "dataset", "what", "subject", "gate", "who", "facts", "decision")  # without their title
SIGNS = {"✓": "passed:", "✗": "failed:", "★": "champion", "◆": "challenger", "‖": "held", "▸": "here:"}
_GLYPHS = re.escape("".join({glyph for glyph, _ in STATES.values()} | SIGNS.keys()))
_PICTURES = re.compile("[\u2500-\u259f\u25b2-\u25b5\u25c0-\u25c5\u25cf\u2800-\u28ff]+")  # lines, blocks, braille
_SIGN = re.compile(rf"(?<!\S)([{_GLYPHS}])(?=\s+(\S+)|\s*$)\s*")
_STATES = frozenset(word.split(" ")[0] for word in (*STATES, *STATE_WORDS.values()))
_BLANKS = re.compile(r"(?<=\S) {2,}(?=\S)")


def row(columns: Sequence[Column], one: Row, now: datetime) -> str:
    """`run 17, flights, finished, roc_auc 0.6951`; what is not there is left out."""
    parts = []
    for place, column in enumerate(columns):
        value = said(column.cell(one, now).plain, {})
        if value and value != NOTHING:
            bare = place > 0 and column.title in SPEAKS
            parts.append(value if bare else f"{_title(column, one)} {value}")
    return ", ".join(parts)


def _title(column: Column, one: Row) -> str:
    """The score of a run by the name of its metric."""
    metric = getattr(one, "primary", None) if column.title == "score" else None
    return plain(metric or column.title)


def said(text: str, signs: Mapping[str, str] = SIGNS) -> str:
    """Text without what cannot be read out: the sign before a state is left out, another becomes a word."""
    def word(match: re.Match[str]) -> str:
        state = match[2] is not None and match[2].strip(",.") in _STATES
        if state:
            return ""
        spoken = signs.get(match[1], "" if match[1] in SIGNS else match[1])
        return f"{spoken} " if spoken else ""

    return " ".join(_PICTURES.sub("", _SIGN.sub(word, text)).split())


def line(text: Text) -> str:
    """A line of a page: `name: value` where it has a name, else as it stands."""
    shown = text.plain.rstrip()
    indent = " " * min(4, len(shown) - len(shown.lstrip()))
    label = _label(text)
    if label is None:
        drawn = _PICTURES.search(shown) or _SIGN.search(shown)
        return indent + _parted(shown) if drawn else shown
    name, value = shown[:label].strip(), _parted(shown[label:])
    return f"{indent}{name}: {value}" if name else f"    {value}"


def _parted(text: str) -> str:
    """What stood in columns, with commas between."""
    parts = [part for one in _BLANKS.split(text.strip()) if (part := said(one))]
    return ", ".join(parts)


def _label(text: Text) -> int | None:
    """How long the name of a value is at the beginning of a line (`screens.format.field`); None where there is none."""
    first = text.spans[0] if text.spans else None
    if first is None or first.start != 0 or first.style != "quiet" or first.end >= len(text.plain):
        return None
    name = text.plain[: first.end]
    return first.end if name.startswith("  ") and name.endswith(" ") else None


def page(lines: Iterable[Text]) -> list[str]:
    """A page without empty lines."""
    return [shown for one in lines if (shown := line(one)).strip(" ,")]
