"""What is seen while the rest of the console is still imported: the frame, and its rows as soon as they can be read.
Keys that come are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from screens.keys import MAP, of_screen
from screens.plain import plain
from screens.widgets.big_table import BigTable
from screens.widgets.hint import Hint
from screens.widgets.one_line import OneLine

if TYPE_CHECKING:
    from screens.level import Listing, Row


class Opening(Screen[None]):
    """The lines that the first screen begins with, where they will stand; it knows neither registry nor levels."""

    is_up = False  # as no screen of a workspace: there is nothing to be remembered of it

    DEFAULT_CSS = """
    Opening { background: $background; layers: default bar; }
    """

    def __init__(self, workspace: str, screen: str, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock
        self.typed: list[events.Key] = []
        self._workspace, self._screen = plain(workspace), screen
        self._keys = of_screen(MAP, screen)

    def compose(self) -> ComposeResult:
        yield OneLine(id="header")
        yield OneLine(id="crumbs", ground="")
        yield OneLine(id="verdict", ground="")
        yield BigTable(self._clock)
        yield Hint()

    def on_mount(self) -> None:
        header = Text.assemble(("footplate ", "quiet"), (self._workspace, "strong"))
        self.query_one("#header", OneLine).show(header)
        self.query_one("#crumbs", OneLine).show(Text(self._screen.capitalize(), "title"))
        self.query_one(Hint).set_keys(self._keys, "? help")

    def show_rows(self, listing: Listing, rows: Sequence[Row]) -> None:
        """The first rows of the first screen, before anything can be done with them."""
        table = self.query_one(BigTable)
        table.show(listing.columns, listing.identity)
        table.update_rows(rows)

    def on_key(self, event: events.Key) -> None:
        key = self._keys.get(event.character or "") or self._keys.get(event.key)
        if key is not None and key.action == "quit":
            self.app.exit()
        elif event.key == "ctrl+c":
            event.stop()  # what answers it is imported later
            self.query_one(Hint).say("q quits the console; the daemon lives on")
        else:
            self.typed.append(event)
