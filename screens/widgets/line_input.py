"""A line to type in whose characters all have the width that they take: what is pasted is made plain first."""

from __future__ import annotations

from typing import Any

from textual.widgets import Input

from screens.plain import plain


class LineInput(Input):
    """Textual's Input would show a pasted control character as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(select_on_focus=False, **options)  # what was typed before it was there would be typed over

    def insert_text_at_cursor(self, text: str) -> None:
        super().insert_text_at_cursor(plain(text))

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(plain(text), start, end)
