"""The line at the bottom: what the keys do here, or what the last key had to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from core.errors import FootplateError
from screens.keys import Key
from screens.plain import plain
from screens.widgets.one_line import OneLine


class Hint(OneLine):
    def __init__(self, **options: Any) -> None:
        super().__init__(id="hint", **options)
        self.said = ""
        self._keys = Text()

    def set_keys(self, keys: Mapping[str, Key], last: str = "? help") -> None:
        """From the map of a screen: the keys that have a word for the hint line."""
        known = list(dict.fromkeys(key for key in keys.values() if key.hint))
        parts = [Text.assemble((key.shown().split()[0], "key"), f" {key.hint}") for key in known]
        self._keys = Text("  ").join(parts)
        self._last = Text(last, "quiet")
        self.say("")

    def say(self, what: str | FootplateError, tone: str = "") -> None:
        """Say something until the next key; an error with its hint; nothing: the keys again."""
        if isinstance(what, FootplateError):
            what, tone = f"{what.message}: {what.hint}" if what.hint else what.message, "bad"
        self.said = plain(what)
        if self.said:
            self.show(Text(self.said, tone))
        else:
            self.show(self._keys, self._last)
