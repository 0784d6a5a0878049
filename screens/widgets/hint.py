"""The line at the bottom: what the keys do here, or what the last key had to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from core.errors import FootplateError
from screens.keys import Key
from screens.plain import plain
from screens.widgets.one_line import OneLine

BETWEEN = "  "


class Hint(OneLine):
    """Keys that have a word of their own, those of this screen first; as many as fit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.said = ""
        self._keys: list[Text] = []
        self._last = Text()

    def set_keys(self, keys: Mapping[str, Key], last: str = "? help") -> None:
        """From the map of a screen."""
        # the fewer screens know a key, the more it belongs to this one
        known = sorted(dict.fromkeys(key for key in keys.values() if key.hint), key=lambda key: len(key.screens))
        self._keys = [Text.assemble((key.shown().split()[0], "key"), f" {key.hint}") for key in known]
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
            self.show(self._fitting(), self._last)

    def on_resize(self) -> None:
        if not self.said:
            self.show(self._fitting(), self._last)

    def _fitting(self) -> Text:
        room, shown = self.size.width - cell_len(self._last.plain) - 4, Text()
        for part in self._keys:
            more = cell_len(part.plain) + (len(BETWEEN) if shown else 0)
            if more > room:
                break
            shown.append(BETWEEN if shown else "").append_text(part)
            room -= more
        return shown
