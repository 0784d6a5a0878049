"""A value of a JSON Lines file as text, for eyes."""

from __future__ import annotations

import json
from typing import Any

CELL = 4_000  # characters that are kept


def spelled(value: Any) -> str | None:
    """A text as it is, everything else as JSON; None for null.

    >>> spelled("a"), spelled(1.5), spelled(True), spelled(None)
    ('a', '1.5', 'true', None)
    """
    if value is None or isinstance(value, str):
        return None if value is None else value[:CELL]
    return json.dumps(value, ensure_ascii=False, sort_keys=True)[:CELL]
