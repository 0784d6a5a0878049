"""What the palette offers: every action of a screen with its key, and every command; found by a few letters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from screens import destinations
from screens.command import THEME, VERBS
from screens.keys import Key


@dataclass(frozen=True)
class Entry:
    """`action` of the key map, or a `line` for the command bar; one that ends with a blank wants to be gone on."""

    words: str
    key: str
    action: str = ""
    line: str = ""

    @property
    def text(self) -> str:
        """What is searched, in small letters."""
        return f"{self.words} {self.action.replace('_', ' ')} {self.line}".casefold()


def entries(keys: Iterable[Key]) -> list[Entry]:
    """The keys of a screen, those that few screens know first; then the commands."""
    known = sorted(dict.fromkeys(keys), key=lambda key: len(key.screens))
    found = [Entry(key.description, key.shown(), action=key.action) for key in known if key.action != "palette"]
    lines = {one.name: (one.about, bool(one.takes)) for one in destinations.ALL}
    lines |= {verb: (about, verb == THEME) for verb, about in VERBS.items()}
    return found + [
        Entry(about, f":{name}", line=f"{name} " if goes_on else name) for name, (about, goes_on) in lines.items()
    ]


def ranked(known: Sequence[Entry], typed: str) -> list[Entry]:
    """Those that have the typed letters in their order, the nearest first; all of them where nothing is typed."""
    letters = typed.casefold().replace(" ", "")
    if not letters:
        return list(known)
    scored = [(score, at) for at, one in enumerate(known) if (score := _score(one, typed, letters)) is not None]
    return [known[at] for _, at in sorted(scored)]


def _score(entry: Entry, typed: str, letters: str) -> float | None:
    """How far the letters are from the entry, nought for its very key; None where they are not in it."""
    if typed in entry.key.split(" "):
        return 0.0
    text = entry.text
    words = typed.casefold().split()
    if all(word in text for word in words):
        starts = sum(text.startswith(word) or f" {word}" in text for word in words)
        return 1.0 + len(words) - starts + text.find(words[0]) / 1000
    found = _spread(text, letters)
    return None if found is None else 10.0 + found


def _spread(text: str, letters: str) -> int | None:
    """How many cells the letters are spread over, at their tightest from the first one on."""
    best: int | None = None
    start = text.find(letters[0])
    while start >= 0:
        at = start
        for letter in letters[1:]:
            at = text.find(letter, at + 1)
            if at < 0:
                return best
        best = at - start if best is None else min(best, at - start)
        start = text.find(letters[0], start + 1)
    return best
