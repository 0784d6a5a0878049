"""The key that adds a folder: the wizard asks, the service of `footplate recipes new` writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from screens.questions import Asker

if TYPE_CHECKING:
    from screens.modals.wizard import Wanted


class FolderAdder(Asker):
    """A screen from which a folder can be added."""

    def action_add_folder(self) -> None:
        """Ask for folder, target and name; nothing is written before the last yes."""
        if self.may_change():
            from screens.modals.wizard import Wizard

            self.app.push_screen(Wizard(self.desk, Path.cwd()), self._wanted)

    def _wanted(self, wanted: Wanted | None) -> None:
        if wanted is None:
            self.say("nothing was written")
            return
        from core.services import proposing

        desk = self.desk

        def write() -> str:
            said = proposing.create(desk.workspace, wanted.wish)
            return f"{said}; {desk.start_daemon(desk.workspace)}" if wanted.daemon else said

        self.do(write)
