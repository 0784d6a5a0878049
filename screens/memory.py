"""What the console keeps of one workspace while it is open: how each list was set, the lines that were typed, the
theme, the screen. It is taken from `screens.state` and given back to it, by whatever thread.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path

from screens import state
from screens.level import Level, Listing, Place
from screens.state import Kept, ListState


class Memory:
    """Without a `root` nothing is ever written."""

    def __init__(self, root: Path | None = None, kept: Kept | None = None) -> None:
        kept = kept or Kept()
        self.theme, self.over = kept.theme, kept.over
        self.screen = kept.screen
        self.lines = list(kept.lines)
        self._root, self._lists = root, dict(kept.lists)
        self._name, self._opened_at = kept.name, kept.opened_at
        self._now = self._written = kept
        self._lock = threading.Lock()

    def opened(self, name: str, at: str) -> None:
        """The workspace is open: among those that are known it is the newest."""
        self._name, self._opened_at = name, at

    # -- lists

    def place(self, screen: str, level: Level, *, first: bool) -> Place:
        """A level as it was set when it was left: order and columns of its kind; the `first` one of a screen also
        with its filter and its cursor."""
        one = self._lists.get(_name(screen, level)) if isinstance(level, Listing) else None
        if one is None:
            return Place(level)
        if not first:
            return Place(level, order=one.order, columns=one.columns)
        return Place(level, one.where, one.order, one.cursor, columns=one.columns)

    def remember(self, screen: str, places: Sequence[Place], cursor: Hashable | None = None) -> None:
        """How the places of a screen are set, the first one first; the last one's `cursor`, where it is shown."""
        for at, place in enumerate(places):
            if not isinstance(place.level, Listing):
                continue
            name, kept = _name(screen, place.level), ListState("", place.order, None, place.columns)
            if at == 0:
                last = cursor if len(places) == 1 and cursor is not None else place.cursor
                kept = replace(kept, where=place.where, cursor=last if isinstance(last, int | str) else None)
            self._lists[name] = kept

    # -- the theme

    def theme_over(self, setting: str) -> str:
        """The theme that was chosen, unless the settings say another one since."""
        return self.theme if self.theme and self.over == setting else setting

    def choose_theme(self, name: str, setting: str) -> None:
        self.theme, self.over = name, setting

    # -- keeping

    def take_down(self) -> bool:
        """What is to be written, as it is now; whether that is anything new."""
        self._now = Kept(
            "" if self._root is None else str(self._root), self._name, self._opened_at, self.theme, self.over,
            self.screen, tuple(self.lines), dict(self._lists),
        )
        return self._now != self._written

    def write(self) -> None:
        """Write what was taken down last; whichever thread comes last writes the newest."""
        with self._lock:
            now = self._now
            if self._root is not None and now != self._written and state.save(self._root, now):
                self._written = now


def _name(screen: str, level: Level) -> str:
    return f"{screen} {level.name}"
