"""What SQLite is taught so that filters can ask it: `footplate_matches(expression, text)`."""

from __future__ import annotations

from typing import Any, Final

from core.query.regex import compiled

MATCHES: Final = "footplate_matches"


def teach(connection: Any) -> None:
    """Give a connection of sqlite3 the functions that filters use."""
    connection.create_function(MATCHES, 2, matches, deterministic=True)


def matches(expression: str, text: Any) -> bool:
    """Whether a regular expression is found in a text; never in what is missing."""
    return text is not None and compiled(expression).search(str(text))
