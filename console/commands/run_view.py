"""Runs for people: a line of a table, one in full, several side by side."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from console import output
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.comparison import Comparison
    from core.views.run_rows import Run
    from core.workspace import Workspace


def run_columns() -> list[Column]:
    from core.views.spans import spans
    from screens.format import duration, significant, status

    def versions(run: Run) -> str:
        return spans(run.data)

    return [
        Column("run", lambda run: str(run.id), right=True),
        Column("recipe", lambda run: run.recipe),
        Column("state", lambda run: status(run.state)),
        Column("cause", lambda run: run.cause.replace("_", " ")),
        Column("metric", lambda run: run.primary),
        Column("value", lambda run: significant(run.value), right=True),
        Column("gate", lambda run: status(run.verdict)),
        Column("model", lambda run: f"v{run.model_version}" if run.model_version else None),
        Column("started", lambda run: ago(run.started_at)),
        Column("took", lambda run: duration(run.seconds), right=True),
        Column("data", versions),
    ]


def write_run(workspace: Workspace, run: int, *, draw: bool) -> None:
    """The page that the console shows of a run; curves only with `draw`."""
    from screens.levels.run import RunPage

    page = RunPage(run, draw=draw, more=f"`footplate runs logs {run} --follow` shows and follows all of it")
    page.width = output.room()
    output.write_lines(page.read(workspace, workspace.clock.now()))


def write_comparison(found: Comparison, now: datetime, *, draw: bool, all: bool) -> None:
    """The page that the console shows of several; what is equal only with `all`."""
    from screens.levels.comparison import compared

    output.write_lines(compared(found, now, output.room(), draw=draw, all=all, hint="--all shows them"))


def curve_columns() -> list[Column]:
    from core.views.curves import COLUMNS

    def cell(place: int) -> Column:
        return Column(COLUMNS[place], lambda row: _shown(row[place]), right=place > 2)

    return [cell(place) for place in range(len(COLUMNS))]


def _shown(value: Any) -> str | None:
    from screens.format import significant

    return significant(value) if isinstance(value, float) else None if value is None else str(value)
