"""A shell in the workspace, and a console that only reads for a while."""

from __future__ import annotations

from textual.app import SuspendNotSupported

from screens import shell
from screens.picking import Picker


class Leaver(Picker):
    """A screen that one can leave for a shell."""

    def action_read_only(self) -> None:
        """Nothing can be changed from here until the key is pressed again; what was started with stays."""
        key, desk = self.desk.key("read_only"), self.desk
        if desk.read_only:
            self.say(f"this console was started with --read-only: {key} does not lift that", "warn")
            return
        desk.reading = not desk.reading
        self.heading_again()
        self.say(f"read-only for now: {key} lifts it" if desk.reading else "changes can be made again")

    def action_shell(self) -> None:
        """Give the terminal to a shell, and take it back."""
        if not self.desk.changes:
            self.say("a console that only reads opens no shell", "warn")
        elif self.app.is_web:
            self.say("there is no shell on the web", "warn")
        else:
            try:
                with self.app.suspend():
                    trouble = shell.run(self.desk.workspace.root)
            except SuspendNotSupported:
                trouble = "this terminal cannot be given to a shell"
            self.reload()
            self.say(trouble or "back from the shell", "bad" if trouble else "")
