"""Alerts: what is or was wrong, since when, what was done about it, and what a person can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, func, select

from core.errors import NotFound
from core.query.fields import Field, Fields, Kind
from core.registry import notifications
from core.registry.tables import Alert as AlertRow
from core.text import visible
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.shape import moment, number
from core.vocabulary import AlertState, MonitorKind
from core.workspace import Workspace

ALERT: Any = AlertRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Alert:
    """`since` is {"dataset", "version"}, the first data that showed it, where data did; `does` what was done about it
    by itself, or why not; `before` how the version before does on the same rows; `report` the reading that opened it,
    `last_report` the newest; `commands` what a person can do, by what it is."""

    id: int
    monitor: str
    model: str
    kind: str
    state: str
    opened_at: datetime
    what: str
    does: str
    readings: int
    source: str
    since: Mapping[str, Any] | None
    rows: int | None
    columns: tuple[str, ...]
    value: float | None
    threshold: float | None
    before: Mapping[str, Any]
    commands: Mapping[str, str]
    report: int
    last_report: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "monitor": self.monitor, "model": self.model, "kind": self.kind, "state": self.state,
            "opened_at": moment(self.opened_at), "what": self.what, "does": self.does, "readings": self.readings,
            "source": self.source, "since": None if self.since is None else dict(self.since), "rows": self.rows,
            "columns": [*self.columns], "value": number(self.value), "threshold": number(self.threshold),
            "before": dict(self.before) or None, "commands": dict(self.commands), "report": self.report,
            "last_report": self.last_report, "acknowledged_at": moment(self.acknowledged_at),
            "acknowledged_by": self.acknowledged_by, "resolved_at": moment(self.resolved_at),
        }


_RANK: Final = case((ALERT.c.state == AlertState.OPEN, 2), (ALERT.c.state == AlertState.ACKNOWLEDGED, 1), else_=0)
ALERTS: Final = Listing(
    select(ALERT),
    Fields(
        {
            "id": Field(ALERT.c.id, Kind.NUMBER), "monitor": Field(ALERT.c.monitor), "model": Field(ALERT.c.model),
            "kind": Field(ALERT.c.kind, choices=tuple(map(str, MonitorKind))),
            "state": Field(ALERT.c.state, choices=tuple(map(str, AlertState))),
            "opened_at": Field(ALERT.c.opened_at, Kind.TIME), "resolved_at": Field(ALERT.c.resolved_at, Kind.TIME),
            "acknowledged_at": Field(ALERT.c.acknowledged_at, Kind.TIME),
            "acknowledged_by": Field(ALERT.c.acknowledged_by), "readings": Field(ALERT.c.readings, Kind.NUMBER),
            "rank": Field(_RANK, Kind.NUMBER), "what": Field(func.json_extract(ALERT.c.evidence, "$.what")),
            "does": Field(func.json_extract(ALERT.c.evidence, "$.does")),
            "source": Field(func.json_extract(ALERT.c.evidence, "$.source")),
            "rows": Field(func.json_extract(ALERT.c.evidence, "$.rows"), Kind.NUMBER),
        },
        words=(ALERT.c.monitor, ALERT.c.state, ALERT.c.evidence),
    ),
    tie=ALERT.c.id,
)


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Alert]:
    """Alerts, newest first. Raises UsageError."""
    with workspace.registry.read() as connection:
        rows, cursor = ALERTS.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(map(_alert, rows)), cursor)


def count(workspace: Workspace, where: str = "") -> int:
    with workspace.registry.read() as connection:
        return ALERTS.count(connection, where, workspace.clock.now())


def show(workspace: Workspace, id: int) -> Alert:
    """Raises NotFound."""
    with workspace.registry.read() as connection:
        row = connection.execute(select(ALERT).where(ALERT.c.id == id)).mappings().fetchone()
    if row is None:
        raise NotFound(f"there is no alert {id}", "`footplate alerts list` shows them")
    return _alert(row)


@dataclass(frozen=True)
class Sent:
    """One message about an alert: to which channel, about what, and what became of it."""

    channel: str
    about: str
    state: str
    attempts: int
    error: str | None
    sent_at: datetime | None


def sent(workspace: Workspace, id: int) -> tuple[Sent, ...]:
    """The messages about an alert, oldest first."""
    names = ("channel", "about", "state", "attempts", "error", "sent_at")
    with workspace.registry.read() as connection:
        rows = notifications.of_alert(connection, id)
    return tuple(Sent(**{name: row[name] for name in names}) for row in rows)


def _alert(row: Mapping[Any, Any]) -> Alert:
    seen = row["evidence"]
    return Alert(
        id=row["id"], monitor=row["monitor"], model=row["model"], kind=row["kind"], state=row["state"],
        opened_at=row["opened_at"], what=visible(seen.get("what", "")), does=visible(seen.get("does", "")),
        readings=row["readings"], source=seen.get("source", ""), since=seen.get("since"), rows=seen.get("rows"),
        columns=tuple(seen.get("columns", ())), value=seen.get("value"), threshold=seen.get("threshold"),
        before=seen.get("before") or {}, commands=seen.get("commands", {}), report=row["report_id"],
        last_report=row["last_report_id"], acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"], resolved_at=row["resolved_at"],
    )
