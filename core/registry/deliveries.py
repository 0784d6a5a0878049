"""What is known of the files that are scored or hold labels: seen, taken, refused; each path of a model once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from core.registry.database import Transaction
from core.registry.sources import Signature
from core.registry.tables import Delivery
from core.vocabulary import JobKind, SourceState

DELIVERY: Any = Delivery.__table__  # type: ignore[attr-defined]
Row = Mapping[Any, Any]  # by name of column
BEGUN = "begun"  # instead of an error, while a file is worked on


@dataclass(frozen=True)
class Delivered:
    """A settled file that waits for its job. `hash`: of what was taken from this path before; `begun`: an attempt
    was made, and ended before it said how."""

    id: int
    path: bytes
    signature: Signature
    hash: str | None
    begun: bool = False


def known(connection: Connection, model: str, purpose: JobKind) -> dict[bytes, Signature]:
    """Every path that was taken, refused or is pending, with the signature that it had."""
    rows = connection.execute(
        select(DELIVERY.c.path, DELIVERY.c.size, DELIVERY.c.mtime_ns, DELIVERY.c.ctime_ns, DELIVERY.c.inode)
        .where(*_of(model, purpose))
    ).fetchall()
    return {row[0]: Signature(*row[1:]) for row in rows}


def add_pending(tx: Transaction, model: str, purpose: JobKind, found: Iterable[tuple[bytes, Signature]]) -> None:
    """Remember settled files that are new or changed."""
    now = tx.now.isoformat(timespec="microseconds")
    rows = [
        (model, str(purpose), path, one.size, one.mtime_ns, one.ctime_ns, one.inode, str(SourceState.PENDING), now)
        for path, one in found
    ]
    if rows:
        tx.connection.exec_driver_sql(
            "INSERT INTO delivery (model, purpose, path, size, mtime_ns, ctime_ns, inode, state, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (model, purpose, path) DO UPDATE SET"
            " size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,"
            " inode = excluded.inode, state = excluded.state, seen_at = excluded.seen_at, error = NULL",
            rows,
        )


def pending(connection: Connection, model: str, purpose: JobKind, limit: int | None = None) -> list[Delivered]:
    rows = connection.execute(
        select(
            DELIVERY.c.id, DELIVERY.c.path, DELIVERY.c.hash, DELIVERY.c.size, DELIVERY.c.mtime_ns,
            DELIVERY.c.ctime_ns, DELIVERY.c.inode, DELIVERY.c.error,
        )
        .where(*_of(model, purpose), DELIVERY.c.state == SourceState.PENDING).limit(limit)
    ).fetchall()
    return [Delivered(row[0], row[1], Signature(*row[3:7]), row[2], row[7] == BEGUN) for row in rows]


def has_pending(connection: Connection, model: str, purpose: JobKind) -> bool:
    return bool(pending(connection, model, purpose, limit=1))


def taken(connection: Connection, model: str, purpose: JobKind, hash: str) -> Sequence[Row]:
    """The files with these bytes that were taken, newest first."""
    return connection.execute(
        select(DELIVERY)
        .where(*_of(model, purpose), DELIVERY.c.hash == hash, DELIVERY.c.state == SourceState.TAKEN)
        .order_by(DELIVERY.c.done_at.desc())
    ).mappings().all()


def begin(tx: Transaction, file: Delivered) -> None:
    """It is being worked on: whoever finds it so after a crash takes the others first."""
    tx.execute(update(DELIVERY).where(*_unchanged(file)).values(error=BEGUN))


def scored(connection: Connection, model: str, since: datetime, until: datetime) -> int:
    """How many rows of files were answered."""
    return int(
        connection.execute(
            select(func.sum(DELIVERY.c.rows)).where(
                *_of(model, JobKind.SCORE), DELIVERY.c.state == SourceState.TAKEN, DELIVERY.c.done_at >= since,
                DELIVERY.c.done_at < until,
            )
        ).scalar() or 0
    )


def end(tx: Transaction, file: Delivered, state: SourceState, **values: Any) -> None:
    """What became of a file; nothing changes where it was seen changed again meanwhile."""
    made = {"error": None, **values, "state": state, "done_at": tx.now}
    tx.execute(update(DELIVERY).where(*_unchanged(file)).values(**made))


def forget(tx: Transaction, file: Delivered) -> None:
    """The file is gone or changed: the next look sees it as it is then."""
    tx.execute(delete(DELIVERY).where(*_unchanged(file), DELIVERY.c.state == SourceState.PENDING))


def by_hand(tx: Transaction, model: str, purpose: JobKind, path: bytes, one: Signature, **values: Any) -> None:
    """A file that a person gave, taken at once."""
    tx.execute(delete(DELIVERY).where(*_of(model, purpose), DELIVERY.c.path == path))
    tx.execute(insert(DELIVERY).values(
        model=model, purpose=purpose, path=path, size=one.size, mtime_ns=one.mtime_ns, ctime_ns=one.ctime_ns,
        inode=one.inode, state=SourceState.TAKEN, seen_at=tx.now, done_at=tx.now, **values,
    ))


def refused(connection: Connection, model: str | None = None, purpose: JobKind | None = None) -> Sequence[Row]:
    """Files that cannot be used, newest first."""
    query = select(DELIVERY).where(DELIVERY.c.state == SourceState.REFUSED).order_by(DELIVERY.c.done_at.desc())
    if model is not None:
        query = query.where(DELIVERY.c.model == model)
    if purpose is not None:
        query = query.where(DELIVERY.c.purpose == purpose)
    return connection.execute(query).mappings().all()


def forget_refused(tx: Transaction, model: str, purpose: JobKind, paths: Iterable[bytes]) -> None:
    """Refused files that are gone need nobody any more."""
    for path in paths:
        tx.execute(
            delete(DELIVERY)
            .where(*_of(model, purpose), DELIVERY.c.path == path, DELIVERY.c.state == SourceState.REFUSED)
        )


def _of(model: str, purpose: JobKind) -> list[Any]:
    return [DELIVERY.c.model == model, DELIVERY.c.purpose == purpose]


def _unchanged(file: Delivered) -> list[Any]:
    seen = file.signature
    return [
        DELIVERY.c.id == file.id, DELIVERY.c.size == seen.size, DELIVERY.c.mtime_ns == seen.mtime_ns,
        DELIVERY.c.ctime_ns == seen.ctime_ns, DELIVERY.c.inode == seen.inode,
    ]
