"""Monitors, worst first; and what one of them has read, newest first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime

from rich.text import Text

from core.views import datasets, flat
from core.views import monitors as views
from core.views.monitored import Monitor, Reading
from core.vocabulary import AlertState, MonitorKind
from core.workspace import Workspace
from screens import format as f
from screens.acts import monitors as acts
from screens.level import Column, Level, Listing, Query, Slice, number
from screens.levels import measures
from screens.levels.datasets import described as of_version
from screens.levels.profile import Profile
from screens.levels.reading import ReadingColumns, ReadingPage, described, reading_command
from screens.levels.run import RunPage, read_run
from screens.plain import plain
from screens.starting import first_steps
from screens.widgets.pictures import trend

TREND = 12
LAST_YEAR = 9999  # of a silence without an end, or until its alert is resolved
SERIES = 200  # readings that the picture of a monitor shows
PLOT_WIDE, PLOT_HIGH = 60, 9
MOVES = (MonitorKind.DRIFT, MonitorKind.PREDICTION)  # read column by column
KEPT = "readings stay: they are what the registry recorded"


class Monitors(Listing):
    name, table = "monitor", flat.MONITORS
    actions, singles = acts.ACTIONS, acts.SINGLES
    lasting = "monitors stay; x switches one off or silences it"
    columns = (
        Column("of", lambda row, now: f.text(row.subject, "strong"), 20, narrowest=8, order="name", letter="n",
               field="name"),
        Column("kind", lambda row, now: f.text(row.kind), order="kind", letter="k"),
        Column("verdict", lambda row, now: verdict(row), 20, order="verdict", letter="s"),
        number("value", lambda row, now: measures.cell(row.value, row.unit), "v"),
        number("bar", lambda row, now: measures.cell(row.threshold, row.unit), "b", "threshold"),
        number("since", lambda row, now: f.ago(row.since, now), "a", "since"),
        number("rows", lambda row, now: f.count(row.rows), "r"),
        Column("silent", lambda row, now: silenced(row, now), order="silenced_until", letter="z"),
        Column("trend", lambda row, now: trend([one.value for one in row.readings], TREND), TREND, field="readings"),
        Column("says", lambda row, now: f.text(row.summary), 60, narrowest=14, field="summary"),
        Column("read", lambda row, now: f.ago(row.at, now), right=True, order="at", letter="t", down=True),
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
            Text.assemble((plain(row.name), "title"), "  ", verdict(row)),
            f.field("says", f.text(row.summary)),
            f.field("since", f.when(row.since, now)),
            f.field("read last", f.when(row.at, now)),
            f.field("model version", f.version(row.version)),
            f.field("rows", f.count(row.rows)),
            f.field("value", measures.explained(row.value, row.unit)),
            f.field("threshold", measures.cell(row.threshold, row.unit)),
            *(f.field(plain(name), f.text(f"{value} (set by a person)")) for name, value in row.settings.items()),
        ]
        if row.alert is not None:
            lines.append(f.field("alert", f"{row.alert}, {row.alert_state}"))
        if row.silenced_until is not None:
            lines.append(f.field("silenced", Text.assemble(silenced(row, now), f" by {plain(row.silenced_by)}")))
        drawn = measures.picture(row.readings, row.unit, PLOT_WIDE, PLOT_HIGH)
        return [*lines, Text(), *drawn, measures.legend(row.readings, row.unit)] if len(row.readings) > 1 else lines

    def row_command(self, row: Monitor) -> str:
        return f"footplate monitors show {f.quoted(row.name)}"

    def command(self) -> str:
        return "footplate monitors list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return first_steps(workspace, "there is nothing to monitor yet")


class Readings(Listing):
    """One monitor's, newest first. `monitor` is it as it is now, and `points` what the picture above is drawn from."""

    name, table = "reading", flat.READINGS
    lasting = KEPT
    singles = acts.SINGLES

    def __init__(self, monitor: str) -> None:
        self.title = monitor
        self.monitor: Monitor | None = None
        self.points: Sequence[Reading] = ()
        self.columns = (
            Column("read", lambda row, now: f.text(row.source, "strong"), 28, narrowest=10, order="source", letter="n",
                   field="source"),
            Column("verdict", lambda row, now: f.status(row.verdict), order="verdict", letter="s"),
            number("value", lambda row, now: measures.cell(row.value, self.unit), "v"),
            number("bar", lambda row, now: measures.cell(row.threshold, self.unit), "b", "threshold"),
            number("rows", lambda row, now: f.count(row.rows), "r"),
            number("at", lambda row, now: f.ago(row.at, now), "a", "at"),
            Column("model", lambda row, now: f.version(row.version), right=True, order="version", letter="m"),
            Column("says", lambda row, now: f.text(row.note), 60, narrowest=10, field="note"),
        )

    @property
    def crumb(self) -> str:
        return self.title

    @property
    def unit(self) -> str:
        return self.monitor.unit if self.monitor is not None else ""

    def read(self, workspace: Workspace, query: Query) -> Slice:
        page = views.readings(
            workspace, self.title, where=query.where, order=query.order, limit=query.limit, after=query.after
        )
        self.monitor = views.show(workspace, self.title)
        self.points = views.series(workspace, self.title, SERIES)
        return Slice.of(page)

    def identity(self, row: Reading) -> Hashable:
        return row.source if row.id is None else row.id

    def open(self, row: Reading) -> Level:
        """What was kept of it; where it was told from the record, the run or the version itself."""
        kind = self.title.rpartition("/")[2]
        if row.id is None:
            return Profile(row.source) if row.run is None else RunPage(row.run)
        return ReadingColumns(self.title, row.id, row.source) if kind in MOVES else ReadingPage(
            self.title, row.id, row.source
        )

    def describe(self, workspace: Workspace, row: Reading) -> list[Text]:
        now = workspace.clock.now()
        if row.id is not None:
            return described(views.report(workspace, row.id), self.unit, now)
        if row.run is not None:
            return read_run(workspace, row.run, now)
        return of_version(datasets.show(workspace, row.source), workspace)

    def raw(self, workspace: Workspace, row: Reading) -> object:
        return row if row.id is None else views.report(workspace, row.id)

    def row_id(self, row: Reading) -> str:
        return str(self.identity(row))

    def row_command(self, row: Reading) -> str:
        if row.id is not None:
            return reading_command(self.title, row.id)
        if row.run is not None:
            return f"footplate runs show {row.run}"
        return f"footplate data show {f.quoted(row.source)}"

    def command(self) -> str:
        return f"footplate monitors show {f.quoted(self.title)}"

    def listed(self) -> str:
        return ""

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [Text(views.show(workspace, self.title).summary, "quiet")]


def verdict(row: Monitor) -> Text:
    """Its word, and whether somebody knows of it."""
    if not row.enabled:
        return f.status("off")
    shown = f.status(row.verdict)
    return shown.append(", known", "quiet") if row.alert_state == AlertState.ACKNOWLEDGED else shown


def silenced(row: Monitor, now: datetime) -> Text:
    if row.silenced_until is None:
        return Text()
    if row.silenced_until.year == LAST_YEAR:
        return Text("‖ no end", "quiet")
    return Text(f"‖ {f.ago(row.silenced_until, now).plain}", "quiet")
