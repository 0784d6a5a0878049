"""Where one has been, across screens and places, as it was left: back, forth, and the view before.

Knows no widget. A view names the very places of a screen, and what was set on each when it was left.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from screens.level import Place

MOST = 100  # views that are kept


@dataclass(frozen=True)
class Step:
    """One place and what was set on it."""

    place: Place
    where: str
    order: str
    cursor: Hashable | None

    @classmethod
    def of(cls, place: Place) -> Step:
        return cls(place, place.where, place.order, place.cursor)

    def again(self) -> Place:
        """The place, set as it was; its marks are what they are by now."""
        self.place.where, self.place.order, self.place.cursor = self.where, self.order, self.cursor
        return self.place


@dataclass(frozen=True, eq=False)
class View:
    """The places of one screen from its root down; `root` is the workspace's folder, `tab` the list of the screen."""

    root: Path
    screen: str
    tab: int
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, root: Path, screen: str, tab: int, stack: Sequence[Place]) -> View:
        return cls(root, screen, tab, tuple(map(Step.of, stack)))

    def is_at(self, other: View) -> bool:
        """Whether both show the same places, however these are set."""
        return (self.root, self.screen, self.tab, len(self.steps)) == (
            other.root, other.screen, other.tab, len(other.steps),
        ) and all(mine.place is theirs.place for mine, theirs in zip(self.steps, other.steps, strict=True))

    def reads_as(self, other: View) -> bool:
        """Whether both show the same rows in the same order."""
        return self.is_at(other) and all(
            (mine.where, mine.order) == (theirs.where, theirs.order)
            for mine, theirs in zip(self.steps, other.steps, strict=True)
        )


class History:
    """Like that of a browser: going somewhere new from the middle forgets what was ahead."""

    def __init__(self) -> None:
        self._views: list[View] = []
        self._at = -1
        self._before: View | None = None

    @property
    def here(self) -> View | None:
        return self._views[self._at] if self._views else None

    def arrive(self, view: View) -> None:
        """A view came up. What was left and comes up with another filter is a view of its own."""
        here = self.here
        if here is not None and here.reads_as(view):
            self._views[self._at] = view
            return
        self._before = here
        del self._views[self._at + 1 :]
        self._views.append(view)
        del self._views[:-MOST]
        self._at = len(self._views) - 1

    def leave(self, view: View) -> None:
        """What is left, as it is set by now."""
        here = self.here
        if here is not None and here.is_at(view):
            self._views[self._at] = view

    def step(self, by: int) -> View | None:
        """Back (-1) or forth (+1); None where there is nothing."""
        to = self._at + by
        if not 0 <= to < len(self._views):
            return None
        self._before, self._at = self.here, to
        return self.here

    def last(self) -> View | None:
        """The view that was shown before this one, whichever way one came; once more leads back again."""
        before = self._before
        if before is None:
            return None
        self._before = self.here
        if before in self._views:
            self._at = self._views.index(before)
        else:
            self._views.insert(self._at + 1, before)
            self._at += 1
        return before
