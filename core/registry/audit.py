"""Reading the event log as it is stored."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from core.events import EventRow


def chain(connection: Connection) -> Iterator[EventRow]:
    """Every event in order of its id, streamed."""
    result = connection.exec_driver_sql(
        "SELECT id, at, kind, actor, subject, payload, previous_hash, hash FROM event ORDER BY id"
    )
    for row in result.yield_per(1000):
        yield EventRow(*row)
