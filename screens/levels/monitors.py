"""Monitors, and what one of them has read."""

from __future__ import annotations

from collections.abc import Hashable

from rich.text import Text

from core.views import datasets, flat, rhythm
from core.views import monitors as views
from core.views.monitors import Monitor, Reading
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Query, Slice, number
from screens.levels.datasets import described
from screens.levels.profile import Profile
from screens.levels.run import RunPage, read_run
from screens.plain import plain
from screens.starting import first_steps
from screens.widgets.markers import plot
from screens.widgets.pictures import bar, trend

TREND = 16
BAR = 20
PLOT_WIDE, PLOT_HIGH = 60, 8
LASTING = "readings stay: they are what the registry recorded"


class Monitors(Listing):
    name, table = "monitor", flat.MONITORS
    lasting = LASTING
    columns = (
        Column("monitor", lambda row, now: f.text(row.name, "strong"), 32, narrowest=12, order="name", letter="n"),
        Column("verdict", lambda row, now: f.status(row.verdict), order="verdict", letter="s"),
        Column("trend", lambda row, now: trend([one.value for one in row.readings], TREND), TREND, field="readings"),
        Column("says", lambda row, now: f.text(row.summary), 60, narrowest=14, field="summary"),
        Column("newest", lambda row, now: f.ago(row.at, now), right=True, order="at", letter="a", down=True),
    )

    @property
    def crumb(self) -> str:
        return "monitors"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(views.list(workspace, where=query.where, order=query.order))

    def identity(self, row: Monitor) -> Hashable:
        return row.name

    def open(self, row: Monitor) -> Level:
        return Readings(row.name)

    def describe(self, workspace: Workspace, row: Monitor) -> list[Text]:
        now = workspace.clock.now()
        lines = [
            Text.assemble((plain(row.name), "title"), "  ", f.status(row.verdict)),
            f.field("says", f.text(row.summary)),
            f.field("newest", f.when(row.at, now)),
            f.field("reads", row.unit),
        ]
        if len(row.readings) > 1:
            lines += [Text(), *plot({"o": [one.value for one in row.readings]}, {"o": "busy"}, PLOT_WIDE, PLOT_HIGH)]
            lines.append(Text(f"  {plain(row.readings[0].source)} to {plain(row.readings[-1].source)}", "quiet"))
        return [*lines, Text(), Text(views.STATEMENT, "quiet")]

    def row_command(self, row: Monitor) -> str:
        return f"footplate monitors show {f.quoted(row.name)}"

    def command(self) -> str:
        return "footplate monitors list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "there is nothing to monitor yet")


class Readings(Listing):
    """One monitor's, newest first; each leads to the version or the run that was read."""

    name, table = "reading", flat.READINGS
    lasting = LASTING

    def __init__(self, monitor: str) -> None:
        self.monitor = monitor
        self.most = 0.0  # the largest of them: what a bar is full at
        self.columns = (
            Column("source", lambda row, now: f.text(row.source, "strong"), 28, order="source", letter="n"),
            number("value", lambda row, now: self._value(row), "v"),
            Column("", lambda row, now: self._bar(row), BAR, field="value"),
            Column("at", lambda row, now: f.ago(row.at, now), right=True, order="at", letter="a", down=True),
            Column("note", lambda row, now: f.text(row.note), 60, narrowest=10),
        )

    @property
    def crumb(self) -> str:
        return self.monitor

    def read(self, workspace: Workspace, query: Query) -> Slice:
        page = views.readings(workspace, self.monitor, where=query.where, order=query.order)
        self.most = max((abs(one.value) for one in page if one.value is not None), default=0.0)
        return Slice.of(page)

    def _value(self, row: Reading) -> Text:
        kind = self.monitor.rpartition("/")[2]
        if kind == views.FRESHNESS:
            return f.text(None if row.value is None else rhythm.span(row.value))
        return f.count(None if row.value is None else int(row.value)) if kind == views.QUALITY else f.metric(row.value)

    def _bar(self, row: Reading) -> Text:
        return bar(None if row.value is None or not self.most else abs(row.value) / self.most, BAR)

    def identity(self, row: Reading) -> Hashable:
        return row.source

    def open(self, row: Reading) -> Level:
        return Profile(row.source) if row.run is None else RunPage(row.run)

    def describe(self, workspace: Workspace, row: Reading) -> list[Text]:
        now = workspace.clock.now()
        if row.run is not None:
            return read_run(workspace, row.run, now)
        return described(datasets.show(workspace, row.source), workspace)

    def row_command(self, row: Reading) -> str:
        if row.run is not None:
            return f"footplate runs show {row.run}"
        return f"footplate data show {f.quoted(row.source)}"

    def command(self) -> str:
        return f"footplate monitors show {f.quoted(self.monitor)}"

    def listed(self) -> str:
        return ""

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [Text(views.show(workspace, self.monitor).summary, "quiet")]

