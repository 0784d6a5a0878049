"""Where one is on a screen: places on places, a stack of them for each list that it starts with; and where one was."""

from __future__ import annotations

from collections.abc import Sequence

from screens.command import CommandLine
from screens.desk import Desk
from screens.history import View
from screens.level import Column, Level, Listing, Page, Place, Row
from screens.waiting import Waiter
from screens.widgets.columns import resolved
from screens.window import Window


class Placed(Waiter):
    """A frame with stacks of places; `roots` are the lists that it starts with."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.stacks = [[desk.memory.place(self.NAME, level, first=True)] for level in self.roots()]
        self.tab = 0
        self.window = Window()
        self._shown = False  # what the place holds was read
        self._at: tuple[int, list[Place]] | None = None  # tab and places that are shown, until they are left

    def roots(self) -> Sequence[Level]:
        raise NotImplementedError

    def _enter(self) -> None:
        """Show the place on top of the stack."""
        raise NotImplementedError

    # -- where we are

    @property
    def stack(self) -> list[Place]:
        return self.stacks[self.tab]

    @property
    def place(self) -> Place:
        return self.stack[-1]

    @property
    def listing(self) -> Listing | None:
        return self.place.level if isinstance(self.place.level, Listing) else None

    def columns(self) -> list[Column]:
        """Those of the listing, or those that were chosen for the place."""
        listing = self.listing
        return resolved(listing.columns, listing.column, self.place.columns) if listing is not None else []

    def row(self) -> Row | None:
        """The row under the cursor, where there is a table."""
        return self.table.current() if self.listing is not None else None

    def go_to(self, level: Level) -> None:
        """One step deeper."""
        self._remember()
        self.stack.append(self.desk.memory.place(self.NAME, level, first=False))
        self._enter()

    def _remember(self) -> None:
        if self.listing is not None:
            self.place.cursor = self.table.current_identity()

    # -- history

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self.is_up:
            self.arrive()

    def arrive(self) -> None:
        """What is shown now is a view of its own."""
        if self._at is None:
            self._at = (self.tab, list(self.stack))
            self.desk.history.arrive(self._view())

    def leave(self) -> None:
        """Before anything else is shown: remember where one is, and how it is set."""
        if self._at is None:
            return
        place = self._at[1][-1]
        if isinstance(place.level, Page):
            place.cursor = self.page.place() if self._shown else place.cursor
        elif (identity := self.table.current_identity()) is not None:
            place.cursor, place.held = identity, (place.where, place.order, self.window.bookmark())
        self.desk.history.leave(self._view())
        self.desk.memory.remember(self.NAME, self._at[1])
        self._at = None

    def settle(self) -> None:
        """Remember how everything is set, without leaving it."""
        if self._at is not None:
            self.desk.memory.remember(self.NAME, self._at[1], self.table.current_identity())

    def _view(self) -> View:
        assert self._at is not None
        return View.of(self.desk.workspace.root, self.NAME, *self._at)

    def aim(self, line: CommandLine) -> None:
        """Where a command leads on this screen; one that names only the screen leads to where it was left."""
        self.leave()
        to = line.to
        if line.where is not None or (to is not None and to.root):
            self.tab = next((at for at, stack in enumerate(self.stacks) if to and stack[0].level.name == to.root), 0)
            levels = to.beyond(line.argument) if to is not None else []
            beyond = (self.desk.memory.place(self.NAME, level, first=False) for level in levels)
            self.stacks[self.tab] = [self.stack[0], *beyond]
            self.place.where = line.where or ""
            if self.is_up:
                self._enter()
        elif self.is_up:
            self.arrive()

    def show_view(self, view: View) -> None:
        """Where one has been, set as it was left."""
        self.leave()
        self.tab = view.tab
        self.stacks[view.tab] = [step.again() for step in view.steps]
        if self.is_up:
            self._enter()
