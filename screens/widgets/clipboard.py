"""Copying to the clipboard of the terminal that people sit at, with OSC 52; inside tmux wrapped for it."""

from __future__ import annotations

import base64
from typing import Any

from textual.app import App

from screens.plain import plain

LIMIT = 74_000  # bytes; about 100 kB encoded is where terminals drop it without a word

SHOWN = 200  # characters of what was copied


def sequence(text: str, *, tmux: bool) -> str:
    """The escape sequence that puts `text` on the clipboard.

    tmux takes it either bare (`set-clipboard on`) or wrapped, to be passed through (`allow-passthrough on`), and
    drops what it is not told to take: it is sent both ways.
    """
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    code = f"\x1b]52;c;{encoded}\a"
    return f"{code}\x1bPtmux;\x1b{code}\x1b\\" if tmux else code


def fits(text: str) -> bool:
    """Whether a terminal would take so much."""
    return len(text.encode("utf-8", "replace")) <= LIMIT


def copy(app: App[Any], text: str) -> str:
    """Send `text` to the terminal; returns the sentence to show. Nobody can know whether it arrived."""
    if not text:
        return "there is nothing to copy here"
    if not fits(text):
        return f"too long for the terminal's clipboard: {len(text):,} characters"
    app.copy_to_clipboard(text)
    first = text.splitlines()[0]
    return f"sent to the terminal: {plain(first[:SHOWN])}{'…' if len(first) > SHOWN else ''}"
