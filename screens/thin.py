"""An app that sends as little as it can: what Textual wants painted goes through `screens.wire` first."""

from __future__ import annotations

from typing import Any

from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip

from screens.wire import Wire

LATE_SECONDS = 0.25  # Textual's own timer of 8 ms is lost on a busy machine: the old size would be kept for good


class ThinApp(App[None]):
    """Overrides one private method of Textual, whose version is pinned for the pictures' sake anyway."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._wire = Wire()

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda _: self._wire.forget(), immediate=True)

    def wear_first(self, theme: str) -> None:
        """A theme from the start on: one that is changed to later styles everything twice."""
        self.set_reactive(ThinApp.theme, theme)
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode", update=False)
        self.set_class(not dark, "-light-mode", update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    def on_resize(self) -> None:
        """A terminal may have moved its lines about, also where it is as large as before by now."""
        self._wire.forget()
        self.set_timer(LATE_SECONDS, self._check_resize)

    def repaint(self) -> None:
        """Everything is sent again: another program may have written on the terminal."""
        self._wire.forget()
        self.screen.refresh()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if renderable is None:
            return  # nothing has changed, and what was sent stays as it is
        driver = self._driver
        if (
            not isinstance(renderable, CompositorUpdate) or driver is None or driver.is_inline or self.is_headless
            or self._batch_count or not self._running or self._closed
        ):
            self._wire.forget()
            super()._display(screen, renderable)
            return
        try:
            width, height = self.size
            if screen._compositor.size != self.size:
                self._wire.forget()  # laid out for a terminal that was larger or smaller: the right picture follows
                return
            colours = self.console._color_system or ColorSystem.TRUECOLOR
            lines = whole_lines(screen, renderable, everything=self._wire.knows_nothing)
            written = self._wire.update(lines, (width, height), colours)
            if written:
                self._begin_update()
                driver.write(written)
                self._end_update()
                driver.flush()
        except Exception as error:
            self._handle_exception(error)
        finally:
            self.post_display_hook()


def whole_lines(screen: Screen[Any], update: CompositorUpdate, *, everything: bool = False) -> dict[int, Strip]:
    """The lines that an update touches (or all that the screen has), from edge to edge, by their number."""
    if isinstance(update, LayoutUpdate):
        return {y: Strip.join(line) for y, line in enumerate(update.strips, update.region.y)}
    assert isinstance(update, ChopsUpdate)
    compositor = screen._compositor
    touched = set(range(compositor.size.height)) if everything else {y for y, _, _ in update.spans}
    chops = compositor._render_chops(compositor.size.region, touched.__contains__)
    return {y: Strip.join(chops[y].values()) for y in touched}
