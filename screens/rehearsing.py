"""The dry run: what would happen if a file arrived or a recipe were saved, in the words of `footplate dry-run`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.text import Text

from core.errors import UsageError
from core.views.daemon import running
from core.workspace import Workspace
from screens.asking import ConsoleScreen
from screens.levels.outlook import told
from screens.modals.choice import Choose, Option
from screens.plain import plain

FILE, SAVED, EDITED = "file", "saved", "edited"


class Rehearser(ConsoleScreen):
    """A screen that says what would happen; nothing of it does."""

    def action_dry_run(self) -> None:
        """A file, the recipe of the row as its file says now, or as it is edited first."""
        options = [Option("f", "a file arrives: which one is asked for next", FILE)]
        find = self.recipe_at_hand()
        if find is not None:
            options.append(Option("r", "the recipe of the row is saved as its file says now", SAVED))
            if self.desk.changes:
                options.append(Option("e", "it is edited and saved: shown before it is written", EDITED))

        def chosen(value: str | None) -> None:
            if value == FILE:
                self._ask_file(find)
            elif value == EDITED:
                self.action_edit()
            elif value == SAVED and find is not None:
                workspace = self.desk.workspace
                self.find_out("trying the recipe", lambda: _recipe(workspace, find()), self._show)

        self.app.push_screen(Choose("What would happen if …", options), chosen)

    def _ask_file(self, find: Callable[[], str] | None) -> None:
        from screens.modals.path import AskPath, no_file

        workspace = self.desk.workspace

        def named(path: Path | None) -> None:
            if path is not None:
                self.find_out(f"judging {path.name}", lambda: _file(workspace, path, find), self._show)

        title = "What would happen if this file arrived?"
        self.app.push_screen(AskPath(self.desk, title, Path.cwd(), wrong=no_file), named)

    def _show(self, found: tuple[str, list[Text]]) -> None:
        command, lines = found
        said = Text.assemble(("command  ", "quiet"), plain(self.desk.command(command)))
        self.view("Dry run: nothing of this has happened", lambda: [*lines, Text(), said])


def _recipe(workspace: Workspace, name: str) -> tuple[str, list[Text]]:
    from core.services import rehearsal

    return shlex.join(["footplate", "dry-run", name]), _lines(workspace, rehearsal.of_name(workspace, name))


def _file(workspace: Workspace, path: Path, find: Callable[[], str] | None) -> tuple[str, list[Text]]:
    """By the recipe that watches the file's folder; where none does, by that of the row."""
    from core.services import rehearsal

    words = ["footplate", "dry-run", str(path)]
    try:
        found = rehearsal.file_apart(workspace, path)
    except UsageError:  # several recipes could be meant
        if find is None:
            raise
        name = find()
        words += ["--data", name]
        found = rehearsal.file_apart(workspace, path, name)
    return shlex.join(words), _lines(workspace, found)


def _lines(workspace: Workspace, found: dict[str, Any]) -> list[Text]:
    return told(found, daemon=running(workspace) is not None)
