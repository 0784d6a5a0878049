"""What every screen of the console is made of, from the frame up to its questions."""

from __future__ import annotations

from screens.picking import Picker
from screens.questions import Alternatives as Alternatives
from screens.questions import Prepared as Prepared
from screens.questions import refuse as refuse
from screens.undoing import Undoer


class ConsoleScreen(Picker, Undoer):
    """A screen with all keys that every table has."""
