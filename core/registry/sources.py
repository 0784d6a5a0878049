"""What is known of the files in the watched folders. Plain tuples: a rescan of 10,000 files reads them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from core.registry.database import Transaction
from core.registry.tables import Source
from core.vocabulary import SourceState

SOURCE: Any = Source.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Signature:
    """What tells a changed file from an unchanged one without reading it."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True)
class Pending:
    """A settled file that waits to be ingested."""

    id: int
    path: bytes
    signature: Signature


def known(connection: Connection, dataset: str) -> dict[bytes, Signature]:
    """Every path of a dataset that was judged or is pending, with the signature it had."""
    rows = connection.exec_driver_sql(
        "SELECT path, size, mtime_ns, ctime_ns, inode FROM source WHERE dataset = ?", (dataset,)
    ).fetchall()
    return {row[0]: Signature(row[1], row[2], row[3], row[4]) for row in rows}


def add_pending(tx: Transaction, dataset: str, found: Iterable[tuple[bytes, Signature]]) -> int:
    """Remember settled files that are new or changed; returns how many."""
    now = tx.now.isoformat(timespec="microseconds")
    rows = [
        (dataset, path, one.size, one.mtime_ns, one.ctime_ns, one.inode, str(SourceState.PENDING), now)
        for path, one in found
    ]
    if rows:
        tx.connection.exec_driver_sql(
            "INSERT INTO source (dataset, path, size, mtime_ns, ctime_ns, inode, state, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dataset, path) DO UPDATE SET size = excluded.size,"
            " mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, inode = excluded.inode,"
            " state = excluded.state, seen_at = excluded.seen_at",
            rows,
        )
    return len(rows)


def pending(connection: Connection, dataset: str, limit: int | None = None) -> list[Pending]:
    rows = connection.execute(
        select(SOURCE.c.id, SOURCE.c.path, SOURCE.c.size, SOURCE.c.mtime_ns, SOURCE.c.ctime_ns, SOURCE.c.inode)
        .where(SOURCE.c.dataset == dataset, SOURCE.c.state == SourceState.PENDING)
        .limit(limit)
    ).fetchall()
    return [Pending(row[0], row[1], Signature(*row[2:])) for row in rows]


def has_pending(connection: Connection, dataset: str) -> bool:
    return bool(pending(connection, dataset, limit=1))


def take(tx: Transaction, file: Pending, version_id: int) -> None:
    """The file is (part of) a version now; nothing changes where it was seen changed again meanwhile."""
    tx.execute(
        update(SOURCE).where(*_unchanged(file)).values(state=SourceState.TAKEN, version_id=version_id)
    )


def forget(tx: Transaction, file: Pending) -> None:
    """The file is gone or changed: the next look sees it as it is then. Where one has, already, it stays pending."""
    tx.execute(delete(SOURCE).where(*_unchanged(file), SOURCE.c.state == SourceState.PENDING))


def _unchanged(file: Pending) -> list[Any]:
    """The row still says of the file what it said when it was read from here."""
    seen = file.signature
    return [
        SOURCE.c.id == file.id, SOURCE.c.size == seen.size, SOURCE.c.mtime_ns == seen.mtime_ns,
        SOURCE.c.ctime_ns == seen.ctime_ns, SOURCE.c.inode == seen.inode,
    ]
