"""The help, made from the key map: nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from screens.desk import Desk
from screens.keys import QUESTION, SCREENS, TEXT, Key
from screens.plain import plain

WIDE = 16


def help_lines(desk: Desk, screen: str) -> list[Text]:
    """What the keys do here first, then everywhere, then in texts and questions."""
    here = [key for key in desk.keys if screen in key.screens and key.screens != SCREENS]
    here.sort(key=lambda key: len(key.screens))  # what only this screen does comes first
    everywhere = [key for key in desk.keys if key.screens == SCREENS]
    lines: list[Text] = []
    if desk.key_problems:
        lines += [Text("Wrong with [keys] in footplate.toml", "bad")]
        lines += [*(Text(f"  {plain(one)}", "warn") for one in desk.key_problems), Text()]
    if here:
        lines += [Text(f"On {screen}" if screen in SCREENS else f"In a {screen}", "title"), *_lines(here), Text()]
    lines += [Text("Everywhere", "title"), *_lines(everywhere)]
    for other, title in ((TEXT, "In a text"), (QUESTION, "In a question")):
        if screen != other:
            lines += [Text(), Text(title, "title"), *_lines(key for key in desk.keys if other in key.screens)]
    lines += [
        Text(),
        Text("Keys can be changed in footplate.toml: [keys] promote = \"U\"", "quiet"),
    ]
    return lines


def _lines(keys: Iterable[Key]) -> list[Text]:
    return [Text.assemble("  ", (f"{key.shown():<{WIDE}}", "key"), " ", key.description) for key in keys]
