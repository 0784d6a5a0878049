"""Up to eight runs side by side: what differs first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from core.views import comparison as views
from core.views.comparison import Comparison, Line
from core.views.run_fields import LOWER_IS_BETTER
from core.workspace import Workspace
from screens import format as f
from screens.level import Page
from screens.plain import clipped, plain
from screens.widgets.spread import padded

NAME, CELL = 20, 16
TITLES = {"metrics": "Metrics", "params": "Parameters that differ", "run": "Facts that differ"}


class ComparisonPage(Page):
    name = "comparison"

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = list(ids)

    @property
    def crumb(self) -> str:
        return "runs " + " = ".join(map(str, self.ids))

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        return compared(views.compare(workspace, self.ids))

    def raw(self, workspace: Workspace) -> object:
        return views.compare(workspace, self.ids)

    def command(self) -> str:
        return "footplate runs compare " + " ".join(map(str, self.ids))


def compared(found: Comparison) -> list[Text]:
    """Metrics with the best one marked, then parameters and facts that differ, then how many are equal."""
    head = Text(" " * (NAME + 2)) + f.joined([padded(Text(f"run {run.id}", "title"), CELL) for run in found.runs], "")
    lines = [head]
    for section, title in TITLES.items():
        shown = [line for line in found.lines if line.section == section and (line.differs or section == "metrics")]
        if shown:
            lines += [Text(), f.heading(title), *(_line(line) for line in shown)]
    equal = sum(1 for line in found.lines if not line.differs)
    return [*lines, Text(), Text(f"  {equal} lines are equal (y shows them all)", "quiet")]


def _line(line: Line) -> Text:
    best = _best(line)
    cells = [
        padded(Text(clipped(_cell(value), CELL - 1), "good" if index in best else ""), CELL)
        for index, value in enumerate(line.values)
    ]
    return Text.assemble("  ", padded(Text(clipped(plain(line.name), NAME - 1), "quiet"), NAME), *cells)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f.significant(value)
    return f.NOTHING if value is None else plain(value)


def _best(line: Line) -> set[int]:
    """Which of the metric's values are best; nothing where all are the same."""
    known = [value for value in line.values if isinstance(value, int | float)]
    if line.section != "metrics" or not line.differs or len(known) < 2:
        return set()
    top = min(known) if line.name in LOWER_IS_BETTER else max(known)
    return {index for index, value in enumerate(line.values) if value == top}
