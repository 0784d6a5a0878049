"""The palette: type a few letters of what you want to do, and Enter does it."""

from __future__ import annotations

from rich.text import Text

from screens.desk import Desk
from screens.going import Goer
from screens.palette import Entry, entries, ranked
from screens.plain import plain
from screens.widgets.bar import Bar
from screens.widgets.drawer import Drawer

PALETTE = "palette"  # what the bar is open for
WIDE = 12  # cells of a key
STEPS = {"up": -1, "down": 1, "shift+tab": -1, "tab": 1}


class Picker(Goer):
    """A screen whose actions can be picked by their words."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._offered: list[Entry] = []

    @property
    def drawer(self) -> Drawer:
        return self.query_one(Drawer)

    def action_palette(self) -> None:
        self._offered = entries(self.keys.values())
        self.bar.open(PALETTE, ";")
        self.drawer.open(list(map(shown, self._offered)))

    def on_bar_typed(self, event: Bar.Typed) -> None:
        if event.purpose == PALETTE:
            event.stop()
            event.prevent_default()
            self._offered = ranked(entries(self.keys.values()), event.text)
            self.drawer.show(list(map(shown, self._offered)) or [Text("  nothing has these letters", "quiet")])

    def on_bar_pressed(self, event: Bar.Pressed) -> None:
        if event.purpose == PALETTE:
            event.stop()
            event.prevent_default()
            pages = {"pageup": -self.drawer.tall, "pagedown": self.drawer.tall}
            if by := STEPS.get(event.key) or pages.get(event.key):
                self.drawer.move(by)

    def on_bar_entered(self, event: Bar.Entered) -> None:
        if event.purpose == PALETTE:
            event.stop()
            event.prevent_default()
            self._pick(self.drawer.cursor)

    def on_bar_left(self, event: Bar.Left) -> None:
        if event.purpose == PALETTE:
            self.drawer.close()

    def on_drawer_chosen(self, event: Drawer.Chosen) -> None:
        event.stop()
        self._pick(event.index)

    def _pick(self, index: int) -> None:
        self._close_bar()
        self.drawer.close()
        if not 0 <= index < len(self._offered):
            return
        entry = self._offered[index]
        if entry.action:
            self.act(entry.action)
        elif entry.line.endswith(" "):
            self.open_command(entry.line)
        else:
            self.run_command(entry.line)


def shown(entry: Entry) -> Text:
    return Text.assemble((f"{entry.key:<{WIDE}}", "key"), "  ", plain(entry.words))
