"""Monitors: none in this version, and that is what is said."""

from __future__ import annotations

from typing import Any

from core.query.language import parse, parse_order
from core.views.page import LIMIT, Cursor, Page
from core.workspace import Workspace

STATEMENT = "Nothing is monitored yet: this version checks arriving data and gates models; monitors come later."


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Any]:
    """No monitors. Raises UsageError where the filter cannot be read."""
    parse(where), parse_order(order)
    return Page()
