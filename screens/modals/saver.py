"""A text that can be taken away: onto the clipboard of the terminal, or into a file where that is too small."""

from __future__ import annotations

import re
from pathlib import Path

from textual import work

from core.errors import FootplateError
from core.services import exporting
from screens.desk import Desk
from screens.modals.overlay import Overlay
from screens.paths import is_folder, is_there, whole
from screens.trouble import told
from screens.widgets.bar import Bar
from screens.widgets.clipboard import copy, fits
from screens.widgets.text_pane import TextPane

SAVE = "save"  # what the bar is open for


class Saver(Overlay[None]):
    """A modal with a bar and a pane of text; `name` is what its file is called."""

    desk: Desk

    @property
    def pane(self) -> TextPane:
        return self.query_one(TextPane)

    @property
    def bar(self) -> Bar:
        return self.query_one(Bar)

    def titled(self) -> str:
        raise NotImplementedError

    def taken_away(self) -> str:
        """The text as it stands there."""
        return "\n".join(line.plain.rstrip() for line in self.pane.lines)

    def action_copy_text(self) -> None:
        text = self.taken_away()
        if fits(text):
            key = self.desk.key("save_text")
            self.bar.say(f"{copy(self.app, text)}; {key} saves it to a file" if text else copy(self.app, text))
        else:
            self._offer(f"{len(text):,} characters are too long for the terminal's clipboard; Enter writes a file")

    def action_save_text(self) -> None:
        self._offer("the text as it stands here; Enter writes, Esc leaves it")

    def _offer(self, why: str) -> None:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", self.titled()).strip("-.") or "text"
        self.bar.open(SAVE, "save to ", f"{name}.txt", below=why)

    def on_bar_entered(self, event: Bar.Entered) -> None:
        if event.purpose != SAVE:
            return
        event.stop()
        out = whole(event.text.strip(), Path())
        if not out.name or is_folder(out) or not is_folder(out.parent):
            self.bar.complain(FootplateError("no such place for a file", "name a file in a folder that is there"))
        elif is_there(out):
            self.bar.complain(FootplateError(f"{out.name} is there already", "name another one"))
        else:
            self.bar.close()
            self._save(out, self.taken_away())

    @work(thread=True, exit_on_error=False, group=SAVE)
    def _save(self, out: Path, text: str) -> None:
        said: FootplateError | str = f"saved: {out.absolute()}"
        try:
            exporting.publish(out, f"{text}\n")
        except Exception as error:
            said = told(self.desk.workspace, error)
        self.app.call_from_thread(self._saved, said)

    def _saved(self, said: FootplateError | str) -> None:
        if self.is_there:
            self.bar.say(said, "" if isinstance(said, FootplateError) else "good")
