"""Queries on monitors and what they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry.database import Transaction
from core.registry.tables import Monitor, MonitorReport
from core.vocabulary import MonitorKind, Reading

MONITOR: Any = Monitor.__table__  # type: ignore[attr-defined]
REPORT: Any = MonitorReport.__table__  # type: ignore[attr-defined]
UNTIL_RESOLVED: Final = datetime(9999, 1, 1, tzinfo=UTC)  # silenced until its alert is resolved
FOR_GOOD: Final = datetime(9999, 12, 31, tzinfo=UTC)
Row = Mapping[Any, Any]  # by name of column


def name_of(model: str, kind: str) -> str:
    return f"{model}/{kind}"


def get(connection: Connection, name: str) -> Row | None:
    return connection.execute(select(MONITOR).where(MONITOR.c.name == name)).mappings().fetchone()


def all(connection: Connection, model: str | None = None) -> Sequence[Row]:
    """By name; of one model, or of all."""
    query = select(MONITOR).order_by(MONITOR.c.name)
    return connection.execute(query if model is None else query.where(MONITOR.c.model == model)).mappings().all()


def ensure(tx: Transaction, model: str, kind: MonitorKind) -> Row:
    """The monitor, made where there is none yet."""
    name = name_of(model, kind)
    tx.execute(
        upsert(MONITOR).values(name=name, model=model, kind=kind, settings={}, enabled=True).on_conflict_do_nothing()
    )
    found = get(tx.connection, name)
    assert found is not None
    return found


def change(tx: Transaction, name: str, **values: Any) -> None:
    tx.execute(update(MONITOR).where(MONITOR.c.name == name).values(**values))


def silenced(monitor: Row, now: datetime) -> bool:
    """Whether nobody wants to be told of it now."""
    return monitor["silenced_until"] is not None and monitor["silenced_until"] > now


def add_report(tx: Transaction, monitor: Row, values: Mapping[str, Any]) -> int | None:
    """Keep one reading, and what the monitor says by it; None where the same was read before."""
    made = {"columns": [], "evidence": {}, **values}
    made |= {"monitor": monitor["name"], "model": monitor["model"], "kind": monitor["kind"], "at": tx.now}
    if _known(tx.connection, monitor["name"], made["source"], made.get("version")):
        return None
    id = tx.execute(upsert(REPORT).values(**made)).inserted_primary_key[0]
    change(tx, monitor["name"], last_at=tx.now, last_verdict=made["verdict"])
    return int(id)


def _known(connection: Connection, monitor: str, source: str, version: int | None) -> bool:
    same = REPORT.c.version.is_(None) if version is None else REPORT.c.version == version
    return connection.execute(
        select(REPORT.c.id).where(REPORT.c.monitor == monitor, REPORT.c.source == source, same)
    ).fetchone() is not None


def report(connection: Connection, id: int) -> Row | None:
    return connection.execute(select(REPORT).where(REPORT.c.id == id)).mappings().fetchone()


def reports(connection: Connection, monitor: str, limit: int) -> list[Row]:
    """The newest readings of a monitor, newest first, without what lies behind them."""
    columns = [one for one in REPORT.c if one.name not in ("columns", "evidence")]
    return list(
        connection.execute(
            select(*columns).where(REPORT.c.monitor == monitor).order_by(REPORT.c.id.desc()).limit(limit)
        ).mappings()
    )


def recent(connection: Connection, monitor: str, limit: int) -> list[Row]:
    """The newest readings of a monitor, newest first, whole."""
    return list(
        connection.execute(
            select(REPORT).where(REPORT.c.monitor == monitor).order_by(REPORT.c.id.desc()).limit(limit)
        ).mappings()
    )


def last(connection: Connection, monitor: str) -> Row | None:
    """The newest reading, whole."""
    return connection.execute(
        select(REPORT).where(REPORT.c.monitor == monitor).order_by(REPORT.c.id.desc()).limit(1)
    ).mappings().fetchone()


def alarming(connection: Connection, monitor: str, readings: int) -> int:
    """How many of the newest readings that could tell anything are alerts."""
    newest = (
        select(REPORT.c.verdict)
        .where(REPORT.c.monitor == monitor, REPORT.c.verdict != Reading.INSUFFICIENT_DATA)
        .order_by(REPORT.c.id.desc()).limit(readings).subquery()
    )
    return int(
        connection.execute(
            select(func.count()).select_from(newest).where(newest.c.verdict == Reading.ALERT)
        ).scalar_one()
    )


def last_source(connection: Connection, monitor: str, prefix: str) -> str | None:
    """The source that a monitor read last, among those that begin like that."""
    found = connection.execute(
        select(REPORT.c.source)
        .where(REPORT.c.monitor == monitor, func.substr(REPORT.c.source, 1, len(prefix)) == prefix)
        .order_by(REPORT.c.id.desc()).limit(1)
    ).scalar()
    return None if found is None else str(found)
