"""One run in full: why it was, what was compared, what it found, what it became, and on what it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from core.views import run_log
from core.views import runs as views
from core.views.curves import COLUMNS
from core.views.curves import curves as numbers_of
from core.views.runs import Full
from core.views.under_way import Usage
from core.views.why import Decision, why
from core.vocabulary import RunState
from core.workspace import Workspace
from screens.evaluation import curves
from screens.evaluation.pictured import pictured
from screens.level import Page
from screens.levels import run_lines as parts
from screens.widgets.blocks import flow

TAIL = 8  # lines of the log on the page
FAILED_TAIL = 20
MORE = "L shows and follows all of it"


class RunPage(Page):
    """`width` is the room that it has; with `draw` there are curves, else tables alone; `more` says how to see all
    of the log. While the run is under way the page has to be read again and again."""

    name = "run"

    def __init__(self, id: int, *, draw: bool = True, more: str = MORE) -> None:
        self.id, self.draw, self._more = id, draw, more
        self.width = 80
        self._before: Usage | None = None

    @property
    def crumb(self) -> str:
        return f"run {self.id}"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        full, record = views.show(workspace, self.id), why(workspace, self.id)
        self.live = full.run.state == RunState.RUNNING
        if self.live:
            return self._under_way(workspace, full, record, now)
        lines = described(full, record, now, self.width, draw=self.draw)
        if full.run.state in (RunState.FAILED, RunState.CANCELLED):
            at = len(parts.head(full, now))
            lines[at:at] = parts.log(run_log.log(workspace, self.id, FAILED_TAIL), self._more, live=False)
        return lines

    def _under_way(self, workspace: Workspace, full: Full, record: Decision, now: datetime) -> list[Text]:
        """What moves comes first: CPU and memory, the curves so far, the log."""
        lines, found = parts.head(full, now), full.under_way
        if found is not None:
            lines += parts.current(found, self._before)
            self._before = found.usage or self._before
        lines += parts.log(run_log.log(workspace, self.id, TAIL), self._more, live=True)
        width = self.width if self.draw else 0
        lines += flow(curves.steps([parts.shown(full)], width, live=True), width)
        return [*lines, *parts.decision(record), *parts.notes(full, now), *parts.standing(full), *parts.recipe(full)]

    def raw(self, workspace: Workspace) -> object:
        return views.show(workspace, self.id)

    def log(self, workspace: Workspace) -> Path | None:
        return views.show(workspace, self.id).log

    @property
    def file(self) -> str:  # type: ignore[override]
        return f"run-{self.id}"

    def numbers(self, workspace: Workspace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        return COLUMNS, numbers_of(workspace, [self.id])

    def numbers_command(self) -> str:
        return f"footplate runs curves {self.id}"

    def row_id(self) -> str:
        return str(self.id)

    def command(self) -> str:
        return f"footplate runs show {self.id}"


def read_run(workspace: Workspace, id: int, now: datetime, width: int = 0) -> list[Text]:
    """Everything about a run, its decision record first; with a `width`, its pictures too."""
    return described(views.show(workspace, id), why(workspace, id), now, width)


def described(full: Full, record: Decision, now: datetime, width: int = 0, *, draw: bool = True) -> list[Text]:
    """The decision record first, then the evidence; with `draw` curves too, else tables alone."""
    lines = [*parts.head(full, now), *parts.decision(record), *parts.metrics(full, width)]
    if width:
        lines += pictured([parts.shown(full)], width, draw=draw)
    return [*lines, *parts.params(full), *parts.notes(full, now), *parts.standing(full), *parts.recipe(full)]
