"""Queries on alerts: breached monitors, until they are resolved. At most one a monitor is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, literal_column, select, update

from core.registry.database import Transaction
from core.registry.monitors import REPORT, name_of
from core.registry.tables import Alert, DatasetVersion
from core.vocabulary import AlertState, MonitorKind, Reading, VersionState

ALERT: Any = Alert.__table__  # type: ignore[attr-defined]
VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
LIVE = (AlertState.OPEN, AlertState.ACKNOWLEDGED)
_LIVES: Any = literal_column("alert.state IN ('open', 'acknowledged')")  # to the letter as the index says it
Row = Mapping[Any, Any]  # by name of column


def get(connection: Connection, id: int) -> Row | None:
    return connection.execute(select(ALERT).where(ALERT.c.id == id)).mappings().fetchone()


def open_for(connection: Connection, model: str, kind: str) -> Row | None:
    """The alert of a model's monitor that holds now, acknowledged or not.

    `evidence["since"]` is {"dataset", "version"}: the first data that showed it, where data did.
    """
    return connection.execute(
        select(ALERT).where(ALERT.c.monitor == name_of(model, kind), _LIVES)
    ).mappings().fetchone()


def live(connection: Connection, model: str | None = None) -> Sequence[Row]:
    """All that hold now, oldest first."""
    query = select(ALERT).where(_LIVES)
    found = connection.execute(query if model is None else query.where(ALERT.c.model == model)).mappings().all()
    return sorted(found, key=lambda row: int(row["id"]))  # sorted here: SQLite would scan all of them to sort


def newest(connection: Connection, monitor: str) -> Row | None:
    """The last alert of a monitor, whatever became of it."""
    return connection.execute(
        select(ALERT).where(ALERT.c.monitor == monitor).order_by(ALERT.c.id.desc()).limit(1)
    ).mappings().fetchone()


def add(tx: Transaction, monitor: Row, report: int, evidence: Mapping[str, Any]) -> int:
    """Raise one; the monitor has none that is live."""
    return int(
        tx.execute(
            insert(ALERT).values(
                monitor=monitor["name"], model=monitor["model"], kind=monitor["kind"], state=AlertState.OPEN,
                opened_at=tx.now, report_id=report, last_report_id=report, readings=1, evidence=dict(evidence),
            )
        ).inserted_primary_key[0]
    )


def change(tx: Transaction, id: int, **values: Any) -> None:
    tx.execute(update(ALERT).where(ALERT.c.id == id).values(**values))


def suspects(connection: Connection, dataset: str | None = None) -> Sequence[Row]:
    """Data versions on which a champion did far worse than before and after them: their labels are in doubt until a
    person acknowledges the alert, or retires them: `version_id`, `dataset`, `number`, `alert`, `model`, `champion`,
    `summary`, `at`.
    """
    last = REPORT.alias()
    query = (
        select(
            VERSION.c.id.label("version_id"), VERSION.c.dataset, VERSION.c.version.label("number"),
            ALERT.c.id.label("alert"), ALERT.c.model, REPORT.c.version.label("champion"), REPORT.c.summary, REPORT.c.at,
        )
        .join(last, last.c.id == ALERT.c.last_report_id)
        .join(
            REPORT,
            (REPORT.c.monitor == ALERT.c.monitor) & REPORT.c.id.between(ALERT.c.report_id, ALERT.c.last_report_id)
            & (REPORT.c.verdict == Reading.ALERT) & (REPORT.c.version == last.c.version),
        )
        .join(VERSION, VERSION.c.dataset.concat("@").concat(VERSION.c.version) == REPORT.c.source)
        .where(
            ALERT.c.kind == MonitorKind.PERFORMANCE, ALERT.c.state == AlertState.RESOLVED,
            ALERT.c.acknowledged_at.is_(None), VERSION.c.state == VersionState.ACCEPTED,
        )
        .order_by(VERSION.c.dataset, VERSION.c.version)
    )
    return connection.execute(query if dataset is None else query.where(VERSION.c.dataset == dataset)).mappings().all()
