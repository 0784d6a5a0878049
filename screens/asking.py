"""What every screen of the console is made of, from the frame up to its questions."""

from __future__ import annotations

from screens.columns import Chooser
from screens.command import COLUMNS, CommandLine
from screens.editing import RecipeEditor
from screens.leaving import Leaver
from screens.questions import Alternatives as Alternatives
from screens.questions import Prepared as Prepared
from screens.questions import refuse as refuse
from screens.showing import Shower
from screens.switching import Switcher
from screens.watching import FolderAdder


class ConsoleScreen(Shower, Leaver, Switcher, Chooser, RecipeEditor, FolderAdder):
    """A screen with all keys that every table has."""

    def obey(self, line: CommandLine) -> None:
        if line.verb == COLUMNS:
            self.set_columns(line.argument)
        else:
            super().obey(line)
