"""From one workspace to another in the same console: `:ws` lists them, `:ws NAME` or `:ws PATH` goes there."""

from __future__ import annotations

import os
from pathlib import Path

from rich.text import Text
from textual import work

from screens.asks import LETTERS, left_out
from screens.command import ALIASES, WORKSPACE, CommandLine
from screens.finding import Finder
from screens.going import BAR
from screens.inquiry import Option
from screens.modals.choice import Choose
from screens.paths import Completion, complete
from screens.picking import Picker
from screens.plain import plain
from screens.workspaces import Known, known, meant, words


class Switcher(Picker, Finder):
    """A screen from which one goes to other workspaces."""

    def obey(self, line: CommandLine) -> None:
        if line.verb != WORKSPACE:
            super().obey(line)
            return
        given = tuple(self.desk.given)
        if line.argument:
            text = line.argument
            self.find_out("looking for it", lambda: meant(text, known(given)), self._go_to)
        else:
            self.find_out("looking for workspaces", lambda: known(given), self._which)

    def _go_to(self, root: Path) -> None:
        self.post_message(self.Move(root))

    def _which(self, found: list[Known]) -> None:
        here = os.path.realpath(self.desk.workspace.root)
        options = []
        for letter, one in zip(LETTERS, found, strict=False):
            mark = "  (here)" if os.path.realpath(one.root) == here else ""
            options.append(Option(letter, plain(f"{one.name}  {one.root}{mark}"), str(one.root)))
        how = ":ws NAME goes there, :ws PATH opens another one"
        more = Text(f"  {left_out(len(found), how) or how}", "quiet")

        def chosen(root: str | None) -> None:
            if root is not None:
                self._go_to(Path(root))

        self.app.push_screen(Choose("Which workspace?", options, [more]), chosen)

    # -- completion

    def open_command(self, text: str) -> None:
        super().open_command(text)
        self._read_workspaces(tuple(self.desk.given))

    def _complete(self, by: int) -> None:
        """A path goes on as folders do, a name like every other."""
        text = self.bar.text
        word, _, path = text.lstrip(": ").partition(" ")
        if ALIASES.get(word, word) != WORKSPACE or os.sep not in path:
            super()._complete(by)
            return

        def completed(found: Completion) -> None:
            if self.bar.purpose != BAR or self.bar.text != text:
                return
            self._completing = [f"{word} {found.text}"]  # so that the help stays for it
            self.bar.put(self._completing[0])
            self.bar.help("  ".join(found.names) or "no folder begins so")

        self.find_out("looking for folders", lambda: complete(path, Path(), folders_only=True), completed)

    @work(thread=True, exclusive=True, exit_on_error=False, group="workspaces")
    def _read_workspaces(self, given: tuple[Path, ...]) -> None:
        self.post_message(self.Named({WORKSPACE: words(known(given))}))
