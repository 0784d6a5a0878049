"""Markdown that is made of other people's words: nothing in them becomes a link, a heading or a tag."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.text import visible

SPECIAL = frozenset("\\`*_{}[]<>#|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, its cells escaped; nothing where there are no rows."""
    body = [f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows]
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *body] if body else []


def escaped(text: str) -> str:
    """`text` in one line that Markdown shows as it is."""
    return "".join(f"\\{one}" if one in SPECIAL else one for one in visible(text))


def mono(text: str) -> str:
    """`text` for between backticks."""
    return visible(text).replace("`", "'").replace("|", "/")


def bullets(lines: Iterable[str]) -> list[str]:
    """A list, a line each."""
    return [f"- {escaped(line)}" for line in lines]
