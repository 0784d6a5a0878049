"""The lines of the overview as a listing: filtered, sorted, in columns. They are few, and none is a row of a table."""

from __future__ import annotations

from collections.abc import Sequence

from core.query.language import parse, parse_order
from core.query.memory import picked
from core.views import flat
from core.views.model_line import ModelLine
from core.views.overview import overview
from core.views.page import Cursor, Page, held
from core.workspace import Workspace


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = 0, after: Cursor | None = None
) -> Page[ModelLine]:
    """A line a model, worst first."""
    rows = lines(workspace, overview(workspace).models, where, order)
    return held(rows, limit, after)


def lines(workspace: Workspace, seen: Sequence[ModelLine], where: str, order: str) -> Sequence[ModelLine]:
    """Those of an overview that a filter finds. Raises UsageError."""
    wanted = parse_order(order)
    found = picked(seen, parse(where), wanted, _value, _words, workspace.clock.now())
    if wanted is not None and wanted.field == "state":  # worst first, as it stands
        found.sort(key=lambda line: line.rank, reverse=wanted.descending)
    return found


def _value(name: str) -> flat.Value:
    flat.MODEL_LINES.value(name)  # says what is wrong with a name
    return flat.MODEL_LINES.known[name]


def _words(line: ModelLine) -> str:
    return f"{line.name} {line.state} {line.last} {line.next}"
