"""Queries on the outbox: what people are told, written with the alert and sent later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry.database import Transaction
from core.registry.tables import Notification

NOTIFICATION: Any = Notification.__table__  # type: ignore[attr-defined]
WAITING: Final = "waiting"
SENT: Final = "sent"
FAILED: Final = "failed"
Row = Mapping[Any, Any]  # by name of column


def add(
    tx: Transaction, alert: int, channel: str, about: str, body: Mapping[str, Any], not_before: datetime | None = None
) -> None:
    """Once an alert, channel and occasion, however often it is asked for."""
    tx.execute(
        upsert(NOTIFICATION)
        .values(alert_id=alert, channel=channel, about=about, state=WAITING, body=dict(body), attempts=0,
                not_before=not_before)
        .on_conflict_do_nothing()
    )


def withdraw(tx: Transaction, alert: int, about: str) -> None:
    """What was not sent yet need not be."""
    tx.execute(
        delete(NOTIFICATION).where(
            NOTIFICATION.c.alert_id == alert, NOTIFICATION.c.about == about, NOTIFICATION.c.state == WAITING
        )
    )


def due(connection: Connection, now: datetime) -> Sequence[Row]:
    """What may be sent now, oldest first."""
    return connection.execute(
        select(NOTIFICATION)
        .where(
            NOTIFICATION.c.state == WAITING,
            or_(NOTIFICATION.c.not_before.is_(None), NOTIFICATION.c.not_before <= now),
        )
        .order_by(NOTIFICATION.c.id)
    ).mappings().all()


def sent_since(connection: Connection, channel: str, moment: datetime) -> int:
    """How many messages a channel took since then; what went along with another one has an `error` that says so."""
    return int(
        connection.execute(
            select(func.count()).select_from(NOTIFICATION).where(
                NOTIFICATION.c.channel == channel, NOTIFICATION.c.state == SENT, NOTIFICATION.c.sent_at >= moment,
                NOTIFICATION.c.error.is_(None),
            )
        ).scalar_one()
    )


def change(tx: Transaction, ids: Sequence[int], **values: Any) -> None:
    tx.execute(update(NOTIFICATION).where(NOTIFICATION.c.id.in_(list(ids))).values(**values))


def of_alert(connection: Connection, alert: int) -> Sequence[Row]:
    return connection.execute(
        select(NOTIFICATION).where(NOTIFICATION.c.alert_id == alert).order_by(NOTIFICATION.c.id)
    ).mappings().all()
