"""The keys of a graph that one walks: where a screen shows one, they move along it instead of scrolling a text."""

from __future__ import annotations

from textual import events

from screens.asking import ConsoleScreen
from screens.browsing import Browser
from screens.levels.lineage import Fold, LineagePart
from screens.window import Window

LEFT_OUT = 3  # lines of the frame around the body


class Walker(ConsoleScreen):
    """A screen among whose pages may be a lineage."""

    def walk(self) -> LineagePart | None:
        level = self.place.level
        return level if isinstance(level, LineagePart) else None

    def _wished(self, what: str) -> bool:
        """Whether there is a graph that takes the key."""
        graph = self.walk()
        if graph is not None:
            graph.wish(what)
            self.reload()
        return graph is not None

    def _start(self, how: str = "again", window: Window | None = None) -> None:
        if (graph := self.walk()) is not None:
            graph.room = (max(20, self.size.width - 2), max(6, self.size.height - LEFT_OUT))
        super()._start(how, window)

    def on_browser_read(self, message: Browser.Read) -> None:
        super().on_browser_read(message)
        graph = self.walk()
        if graph is None:
            return
        if graph.said:
            self.say(graph.said)
            graph.said = ""
        if graph.wishes and not self._busy:
            self.reload()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        if self.walk() is not None:
            self.reload()

    def action_down(self) -> None:
        if not self._wished("down"):
            super().action_down()

    def action_up(self) -> None:
        if not self._wished("up"):
            super().action_up()

    def action_first(self) -> None:
        if not self._wished("first"):
            super().action_first()

    def action_last(self) -> None:
        if not self._wished("last"):
            super().action_last()

    def action_page_down(self) -> None:
        if not self._wished("page_down"):
            super().action_page_down()

    def action_page_up(self) -> None:
        if not self._wished("page_up"):
            super().action_page_up()

    def action_columns_left(self) -> None:
        if not self._wished("left"):
            super().action_columns_left()

    def action_columns_right(self) -> None:
        if not self._wished("right"):
            super().action_columns_right()

    def action_open(self) -> None:
        graph = self.walk()
        if graph is None:
            super().action_open()
        elif graph.walk is not None and isinstance(graph.walk.here, Fold):
            self._wished("unfold")
        elif (level := graph.open()) is not None:
            self.go_to(level)
