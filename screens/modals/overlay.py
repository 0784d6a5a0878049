"""What lies over a screen: it is left once, however many keys come at a time, and perhaps before it was there.

Keys that are pressed quickly all reach the screen that was on top when the first of them came. What comes after the
one that opened an overlay, or closed it, is meant for what is on top by then; but nobody has answered a question who
has not seen it.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

Result = TypeVar("Result")


class Overlay(ModalScreen[Result]):
    """Has `begin` called once it is made, and `press` with each key that is meant for it."""

    TAKES_WHAT_CAME_BEFORE: ClassVar[bool] = True  # keys that were pressed before it was on top
    _left = False

    @property
    def is_there(self) -> bool:
        """What it is made of can be asked for: not before it is, and not any more once it is being taken down."""
        return not self._left and self.app.is_running and self.is_attached and bool(self.children)

    def begin(self) -> None:
        """Show what it is about."""
        raise NotImplementedError

    def press(self, event: events.Key) -> None:
        raise NotImplementedError

    def on_mount(self) -> None:
        if self.is_there:
            self.begin()

    def on_key(self, event: events.Key) -> None:
        if not self.is_active:
            hand_on(self.app, event)
        elif self.is_there:
            self.press(event)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave it with a result. Textual takes down whatever is on top: twice would be the screen below."""
        if self._left or not self.is_active:
            return AwaitComplete()
        self._left = True
        return super().dismiss(result)


def hand_on(app: App[Any], event: events.Key) -> None:
    """A key that reached what is not on top any more, or not yet again."""
    event.stop()
    event.prevent_default()
    if isinstance(app.screen, Overlay) and not app.screen.TAKES_WHAT_CAME_BEFORE:
        return
    app.post_message(events.Key(event.key, event.character))
