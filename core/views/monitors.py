"""Monitors: what each has read, and what it says by it; where none has read yet, what the record tells already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, text

from core.errors import NotFound
from core.query.fields import Field, Fields, Kind, nearest
from core.query.language import parse, parse_order
from core.query.memory import picked
from core.registry.tables import Alert as AlertRow
from core.registry.tables import Monitor as MonitorRow
from core.registry.tables import MonitorReport
from core.registry.tables import Recipe as RecipeRow
from core.text import shortened, visible
from core.views import flat
from core.views.derived_monitors import arrivals, derived, freshness
from core.views.monitored import LAST, UNITS, WORST_FIRST
from core.views.monitored import Monitor as Monitor
from core.views.monitored import Reading as Reading
from core.views.monitored import Report as Report
from core.views.page import Cursor, Listing, Page, held
from core.vocabulary import MonitorKind
from core.vocabulary import Reading as Said
from core.workspace import Workspace

STATEMENT: Final = "estimates without labels are blind to concept drift"  # the known failure of `estimate`
FRESHNESS, QUALITY, PERFORMANCE = MonitorKind.FRESHNESS, MonitorKind.QUALITY, MonitorKind.PERFORMANCE
MONITOR: Any = MonitorRow.__table__  # type: ignore[attr-defined]
REPORT: Any = MonitorReport.__table__  # type: ignore[attr-defined]
ALERT: Any = AlertRow.__table__  # type: ignore[attr-defined]
RECIPE: Any = RecipeRow.__table__  # type: ignore[attr-defined]
_LIGHT = [one for one in REPORT.c if one.name not in ("columns", "evidence")]
_READINGS: Final = Fields(
    {
        "source": Field(REPORT.c.source), "at": Field(REPORT.c.at, Kind.TIME), "note": Field(REPORT.c.summary),
        "verdict": Field(REPORT.c.verdict, choices=tuple(map(str, Said))), "value": Field(REPORT.c.value, Kind.NUMBER),
        "threshold": Field(REPORT.c.threshold, Kind.NUMBER), "lower": Field(REPORT.c.lower, Kind.NUMBER),
        "upper": Field(REPORT.c.upper, Kind.NUMBER), "version": Field(REPORT.c.version, Kind.NUMBER),
        "rows": Field(REPORT.c.rows, Kind.NUMBER), "id": Field(REPORT.c.id, Kind.NUMBER),
    },
    words=(REPORT.c.source, REPORT.c.summary, REPORT.c.verdict),
)


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = 0, after: Cursor | None = None
) -> Page[Monitor]:
    """All monitors, the worst first. Raises UsageError."""
    now = workspace.clock.now()
    with workspace.registry.read() as connection:
        found = _all(connection, now)
    wanted = parse_order(order)
    kept = picked(found, parse(where), wanted, _value, _words, now)
    if wanted is not None and wanted.field == "verdict":  # the worst first, not by the word
        kept.sort(key=lambda one: WORST_FIRST.index(Said(one.verdict)), reverse=wanted.descending)
    return held(kept, limit, after)


def show(workspace: Workspace, name: str) -> Monitor:
    """One, with the columns of its newest reading. Raises NotFound with the nearest name."""
    now = workspace.clock.now()
    with workspace.registry.read() as connection:
        row = connection.execute(select(MONITOR).where(MONITOR.c.name == name)).mappings().fetchone()
        if row is not None:
            return _stored(connection, row, now, whole=True)
        found = {one.name: one for one in _all(connection, now)}
    if name not in found:
        near = nearest(name, [*found])
        raise NotFound(
            f"there is no monitor {shortened(name)!r}",
            f"did you mean {near}?" if near else "`footplate monitors list` shows them",
        )
    return found[name]


def readings(
    workspace: Workspace, name: str, *, where: str = "", order: str = "", limit: int = 0, after: Cursor | None = None
) -> Page[Reading]:
    """What one monitor read, newest first. Raises NotFound and UsageError."""
    now = workspace.clock.now()
    one = show(workspace, name)
    if not any(reading.id for reading in one.readings):
        kept = picked(one.readings[::-1], parse(where), parse_order(order), _of_reading, _reading_words, now)
        return held(kept, limit, after)
    listing = Listing(select(*_LIGHT).where(REPORT.c.monitor == name), _READINGS, tie=REPORT.c.id)
    with workspace.registry.read() as connection:
        rows, cursor = listing.read(connection, where, order, limit, after, now)
    return Page(tuple(map(_reading, rows)), cursor)


def report(workspace: Workspace, id: int) -> Report:
    """One reading, whole. Raises NotFound."""
    with workspace.registry.read() as connection:
        row = connection.execute(select(REPORT).where(REPORT.c.id == id)).mappings().fetchone()
    if row is None:
        raise NotFound(f"there is no reading {id}", "`footplate monitors show NAME` shows those of a monitor")
    return _report(row)


def series(workspace: Workspace, name: str, limit: int) -> tuple[Reading, ...]:
    """The last readings of one monitor, oldest first: more than it is shown with. Raises NotFound."""
    query = select(*_LIGHT).where(REPORT.c.monitor == name).order_by(REPORT.c.id.desc()).limit(limit)
    with workspace.registry.read() as connection:
        rows = connection.execute(query).mappings().all()[::-1]
    return tuple(map(_reading, rows)) or show(workspace, name).readings


def newest(workspace: Workspace, name: str) -> Report | None:
    """The newest reading of a monitor, whole; None where none was kept."""
    with workspace.registry.read() as connection:
        row = _newest(connection, name)
    return None if row is None else _report(row)


def _all(connection: Connection, now: datetime) -> Sequence[Monitor]:
    rows = connection.execute(select(MONITOR).order_by(MONITOR.c.name)).mappings().all()
    stored = [_stored(connection, row, now) for row in rows]
    known = {(one.subject, one.kind) for one in stored if one.readings}
    shown = [one for one in stored if one.readings or one.kind not in (QUALITY, PERFORMANCE)]
    found = [*shown, *derived(connection, now, known)]
    return sorted(found, key=lambda one: WORST_FIRST.index(Said(one.verdict)))


def _stored(connection: Connection, row: Mapping[Any, Any], now: datetime, *, whole: bool = False) -> Monitor:
    """A monitor that reads by itself; `whole`: with what lies behind its newest reading."""
    name = row["name"]
    read = connection.execute(
        select(*_LIGHT).where(REPORT.c.monitor == name).order_by(REPORT.c.id.desc()).limit(LAST)
    ).mappings().all()[::-1]
    alert = connection.execute(
        select(ALERT.c.id, ALERT.c.state)
        .where(ALERT.c.monitor == name, text("alert.state IN ('open', 'acknowledged')"))  # as the index says it
    ).fetchone()
    last = read[-1] if read else None
    behind = _newest(connection, name) if whole and read else None
    unit = UNITS.get(row["kind"]) or _metric(connection, name)
    made: dict[str, Any] = {
        "kind": row["kind"], "subject": row["model"], "model": row["model"], "unit": unit,
        "verdict": row["last_verdict"] or Said.INSUFFICIENT_DATA, "at": row["last_at"],
        "summary": visible(last["summary"]) if last else "nothing was read yet",
        "readings": tuple(map(_reading, read)), "version": last["version"] if last else None,
        "rows": last["rows"] if last else None, "threshold": last["threshold"] if last else None,
        "columns": tuple(behind["columns"]) if behind else (), "evidence": behind["evidence"] if behind else {},
        "enabled": bool(row["enabled"]), "settings": row["settings"],
        "silenced_until": row["silenced_until"] if row["silenced_until"] and row["silenced_until"] > now else None,
        "silenced_by": row["silenced_by"], "alert": alert[0] if alert else None,
        "alert_state": alert[1] if alert else None,
    }
    if row["kind"] == FRESHNESS:
        made |= _pauses(connection, row["model"], now)
    return Monitor(**made)


def _pauses(connection: Connection, model: str, now: datetime) -> dict[str, Any]:
    """Of freshness the pauses between arrivals are shown, not the moments at which it was looked."""
    dataset = connection.execute(select(RECIPE.c.dataset).where(RECIPE.c.name == model)).scalar() or model
    one = freshness(model, dataset, arrivals(connection, dataset), now)
    return {"readings": one.readings, "summary": one.summary, "threshold": None}


def _newest(connection: Connection, name: str) -> Mapping[Any, Any] | None:
    return connection.execute(
        select(REPORT).where(REPORT.c.monitor == name).order_by(REPORT.c.id.desc()).limit(1)
    ).mappings().fetchone()


def _metric(connection: Connection, name: str) -> str:
    """The metric that a monitor of performance goes by."""
    row = _newest(connection, name)
    return str((row["evidence"] or {}).get("metric", "")) if row is not None else ""


def _reading(row: Mapping[Any, Any]) -> Reading:
    return Reading(
        row["source"], row["at"], row["value"], visible(row["summary"]), row["verdict"], row["threshold"],
        row["lower"], row["upper"], row["version"], row["rows"], row["id"],
    )


def _report(row: Mapping[Any, Any]) -> Report:
    return Report(**{**row, "columns": tuple(row["columns"]), "summary": visible(row["summary"])})


def _value(name: str) -> flat.Value:
    flat.MONITORS.value(name)  # says what is wrong with a name
    return flat.MONITORS.known[name]


def _of_reading(name: str) -> flat.Value:
    flat.READINGS.value(name)
    return flat.READINGS.known[name]


def _words(one: Monitor) -> str:
    return f"{one.name} {one.verdict} {one.summary}"


def _reading_words(one: Reading) -> str:
    return f"{one.source} {one.note}"
