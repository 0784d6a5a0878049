"""What every screen of the console is made of, from the frame up to its questions."""

from __future__ import annotations

from screens.finding import Finder
from screens.questions import Alternatives as Alternatives
from screens.questions import Prepared as Prepared
from screens.questions import refuse as refuse


class ConsoleScreen(Finder):
    """A screen with all keys that every table has."""
