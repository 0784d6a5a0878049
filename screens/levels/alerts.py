"""Alerts, those that hold first; and one of them: what, since when, on how many rows, and what can be done about it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime

from rich.text import Text

from core.views import alerts as views
from core.views import flat
from core.views import monitors as monitor_views
from core.views.alerts import Alert
from core.views.monitored import Monitor
from core.workspace import Workspace
from screens import format as f
from screens.acts import alerts as acts
from screens.level import Column, Level, Listing, Page, Query, Slice, number
from screens.levels import measures
from screens.levels.reading import before_lines
from screens.plain import plain

SERIES, PLOT_WIDE, PLOT_HIGH = 60, 70, 9
KEYS = {"why": "Enter", "roll back and hold": "B", "silence": "s 8"}


class Alerts(Listing):
    name, order, table, serial = "alert", "-rank", flat.ALERTS, "id"
    actions, singles = acts.ACTIONS, acts.SINGLES
    lasting = "alerts stay: they are the record of what was wrong; acknowledge one, or silence its monitor"
    columns = (
        number("alert", lambda row, now: Text(f"{row.id}", "strong"), "i", "id"),
        Column("state", lambda row, now: f.status(row.state), order="state", letter="s"),
        Column("monitor", lambda row, now: f.text(row.monitor, "strong"), 30, narrowest=12, order="monitor",
               letter="n"),
        number("since", lambda row, now: f.ago(row.opened_at, now), "a", "opened_at"),
        Column("what", lambda row, now: f.text(row.what), 70, narrowest=16, order="what", letter="w"),
        number("rows", lambda row, now: f.count(row.rows), "r"),
        number("readings", lambda row, now: f.count(row.readings), "g"),
        Column("did", lambda row, now: f.text(row.does or None, "quiet"), 50, narrowest=10, field="does"),
        number("ended", lambda row, now: f.ago(row.resolved_at, now), "e", "resolved_at"),
    )

    @property
    def crumb(self) -> str:
        return "alerts"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        order = query.order or self.order
        return Slice.of(views.list(workspace, where=query.where, order=order, limit=query.limit, after=query.after))

    def count(self, workspace: Workspace, where: str) -> int:
        return views.count(workspace, where)

    def identity(self, row: Alert) -> Hashable:
        return row.id

    def open(self, row: Alert) -> Level:
        return AlertPage(row.id)

    def describe(self, workspace: Workspace, row: Alert) -> list[Text]:
        return told(workspace, row.id, workspace.clock.now())

    def row_command(self, row: Alert) -> str:
        return f"footplate alerts show {row.id}"

    def command(self) -> str:
        return "footplate alerts list"

    def nothing(self, workspace: Workspace) -> list[Text]:
        return [Text.assemble(("✓ ", "good"), "no monitor has raised an alert")]


class AlertPage(Page):
    name = "alert page"

    def __init__(self, id: int) -> None:
        self.id = int(id)
        self.alert: Alert | None = None  # as it was read last

    @property
    def crumb(self) -> str:
        return f"alert {self.id}"

    def read(self, workspace: Workspace, now: datetime) -> list[Text]:
        self.alert = views.show(workspace, self.id)
        return told(workspace, self.id, now)

    def raw(self, workspace: Workspace) -> object:
        return views.show(workspace, self.id)

    def row_id(self) -> str:
        return str(self.id)

    def command(self) -> str:
        return f"footplate alerts show {self.id}"


def told(workspace: Workspace, id: int, now: datetime) -> list[Text]:
    one = views.show(workspace, id)
    monitor = monitor_views.show(workspace, one.monitor)
    unit = monitor.unit
    lines = [
        Text.assemble((f"{plain(one.monitor)}", "title"), "  ", f.status(one.state)),
        f.field("what", f.text(one.what, "strong")),
        f.field("since", f.when(one.opened_at, now)),
    ]
    if one.since:
        lines.append(f.field("first seen in", f.text(f"{one.since.get('dataset')}@{one.since.get('version')}")))
    lines.append(f.field("rows", Text.assemble(f.count(one.rows), f" of {plain(one.source)}" if one.source else "")))
    lines.append(f.field("readings", f.counted(one.readings, "reading") + " so far"))
    lines.append(f.field("value", Text.assemble(
        measures.cell(one.value, unit), " against ", measures.cell(one.threshold, unit),
        (f"  {measures.means(unit)}", "quiet"),
    )))
    if one.columns:
        lines.append(f.field("columns", f.text(", ".join(one.columns))))
    lines.append(f.field("model version", f.version(monitor.version)))
    lines += before_lines(one.before) or [f.field("last good", Text("was not measured on these rows", "quiet"))]
    if one.does:
        lines.append(f.field("did", f.text(one.does)))
    lines += _people(one, monitor, now)
    lines += [Text(), f.heading("What can be done")]
    lines += [
        Text.assemble((f"  {KEYS.get(name, ''):<6}", "key"), f" {plain(name):<20}", (plain(command), "quiet"))
        for name, command in one.commands.items()
    ]
    ack = (f"footplate alerts ack {one.id}", "quiet")
    lines.append(Text.assemble(("  a     ", "key"), f" {'acknowledge':<20}", ack))
    points = monitor_views.series(workspace, one.monitor, SERIES)
    drawn = measures.picture(points, unit, PLOT_WIDE, PLOT_HIGH)
    if drawn:
        lines += [Text(), f.heading("Its readings"), *drawn, measures.legend(points, unit)]
    return [*lines, *_sent(workspace, id, now)]


def _people(one: Alert, monitor: Monitor, now: datetime) -> list[Text]:
    lines = []
    if one.acknowledged_at is not None:
        lines.append(f.field("acknowledged", Text.assemble(
            f.when(one.acknowledged_at, now), f" by {plain(one.acknowledged_by)}"
        )))
    if monitor.silenced_until is not None:
        lines.append(f.field("silenced until", f.when(monitor.silenced_until, now)))
    if one.resolved_at is not None:
        lines.append(f.field("resolved", f.when(one.resolved_at, now)))
    return lines


def _sent(workspace: Workspace, id: int, now: datetime) -> Sequence[Text]:
    found = views.sent(workspace, id)
    if not found:
        return [Text(), Text("  nobody was told: [notify] of footplate.toml has no channel", "quiet")]
    lines = [Text(), f.heading("Who was told")]
    for one in found:
        said = Text.assemble("  ", f.status(one.state), f"  {plain(one.channel)}, {plain(one.about)}  ")
        tried = Text(f.counted(one.attempts, "attempt"))
        said.append_text(f.ago(one.sent_at, now) if one.sent_at is not None else tried)
        if one.error:
            said.append(f"  {plain(one.error)}", "quiet")
        lines.append(said)
    return lines
