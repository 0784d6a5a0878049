"""Undo and redo: what would come back is shown first."""

from __future__ import annotations

from screens.acting import Actor
from screens.returns import prepare


class Undoer(Actor):
    """A screen whose changes can be taken back."""

    def undo_scope(self) -> str:
        """The subject (as "model flights") whose last change is undone, whoever made it; empty: one's own last."""
        return ""

    def action_undo(self) -> None:
        scope = self.undo_scope()
        self.ask(lambda: prepare(self.desk.workspace, scope, redo=False))

    def action_redo(self) -> None:
        scope = self.undo_scope()
        self.ask(lambda: prepare(self.desk.workspace, scope, redo=True))
