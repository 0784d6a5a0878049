"""Reading the event log as it is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from core.events import EventRow
from core.vocabulary import EventKind


def chain(connection: Connection) -> Iterator[EventRow]:
    """Every event in order of its id, streamed."""
    result = connection.exec_driver_sql(
        "SELECT id, at, kind, actor, subject, payload, previous_hash, hash FROM event ORDER BY id"
    )
    for row in result.yield_per(1000):
        yield EventRow(*row)


def total(connection: Connection, kind: EventKind, subject: str, name: str, since: str, until: str) -> int:
    """The sum of what events of a kind about a subject say under `name`, from `since` to before `until` (ISO)."""
    found = connection.exec_driver_sql(
        "SELECT sum(json_extract(payload, ?)) FROM event WHERE subject = ? AND +kind = ? AND at >= ? AND at < ?",
        (f"$.{name}", subject, str(kind), since, until),
    ).scalar()
    return int(found or 0)


def last(connection: Connection, kind: EventKind, subject: str, having: str) -> dict[str, Any] | None:
    """The payload of the newest event of a kind about a subject that says something under `having`; None: none does."""
    found = connection.exec_driver_sql(
        "SELECT payload FROM event WHERE subject = ? AND +kind = ? AND json_extract(payload, ?) IS NOT NULL"
        " ORDER BY id DESC LIMIT 1", (subject, str(kind), f"$.{having}"),
    ).scalar()
    return None if found is None else dict(json.loads(found))
