"""The door to the registry: snapshots to read, short immediate transactions to write.

A write may carry a fence: the job and epoch on whose behalf it is made. If the lease was lost meanwhile,
nothing is written.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from core import clock as clocks
from core.clock import Clock, SystemClock
from core.errors import Busy, Conflict, GivenUp, LostLease, NotFound
from core.events import GENESIS, canonical, chain_hash
from core.query import matching, patience
from core.registry import acts, migrations
from core.text import visible
from core.vocabulary import EventKind, JobState

BUSY_SECONDS = 30.0
WAL_BYTES = 64 << 20
PATIENCE_STEPS = 20_000  # of SQLite's machine, well under a millisecond


@dataclass(frozen=True)
class Fence:
    """A worker's right to write: this job, claimed for the `epoch`-th time."""

    job: int
    epoch: int


class Transaction:
    """An open write: statements and the events that record them, committed together or not at all."""

    def __init__(self, connection: Connection, clock: Clock, actor: str) -> None:
        self.connection = connection
        self.actor = actor
        self._clock = clock
        self.now = clock.now()

    def execute(self, statement: Any, values: Any = None) -> Any:
        return self.connection.execute(statement, values)

    def emit(self, kind: EventKind, subject: str, /, actor: str | None = None, **payload: Any) -> int:
        """Append one event to the chain; returns its id."""
        if (act := acts.current()) is not None:
            payload = {**payload, acts.MARK: act}
        last = self.connection.exec_driver_sql("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1").fetchone()
        id, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
        at, body, who = clocks.iso(self._clock.now()), canonical(payload), visible(actor or self.actor)
        subject = visible(subject)
        made = chain_hash(id, at, kind, who, subject, body, previous)
        self.connection.exec_driver_sql(
            "INSERT INTO event (id, at, kind, actor, subject, payload, previous_hash, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (id, at, str(kind), who, subject, body, previous, made),
        )
        return id


class Database:
    """One SQLite file in WAL mode, with foreign keys and full syncs."""

    def __init__(self, path: Path, clock: Clock | None = None, *, readonly: bool = False) -> None:
        self.path = path
        self.clock = clock or SystemClock()
        self._uri = uri = _uri(path, "ro" if readonly else "rw")
        self.engine = create_engine(
            "sqlite://",  # by a creator: an URL would take a path with ? or # apart
            creator=lambda: sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False),
            poolclass=QueuePool, pool_size=4, max_overflow=8,
        )
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)

    @classmethod
    def create(cls, path: Path, clock: Clock | None = None) -> Database:
        """Make or bring up to date the file at `path`."""
        migrations.upgrade(path)
        return cls(path, clock)

    @classmethod
    def open(cls, path: Path, clock: Clock | None = None, *, readonly: bool = False) -> Database:
        """Open an existing file; migrates it where it is behind, refuses where it is ahead."""
        if not path.exists():
            raise NotFound(f"no registry at {path}", "run `footplate init`")
        if not migrations.is_current(path):
            migrations.upgrade(path)
        return cls(path, clock, readonly=readonly)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent snapshot. Keep it short: a long reader keeps the WAL from being checkpointed.

        Raises GivenUp when whoever waits for it (`core.query.patience`) no longer does.
        """
        cancelled = patience.asked()
        with self.engine.connect() as connection:
            if cancelled is None:
                yield connection
            else:
                with _watched(connection, cancelled):
                    yield connection

    @contextmanager
    def write(self, actor: str, fence: Fence | None = None) -> Iterator[Transaction]:
        """One immediate transaction: commits at the end, rolls back on any error.

        Raises LostLease when the fence no longer holds, Busy when another writer does not let go or the disk is
        full, Conflict where the file may only be read.
        """
        with self.engine.connect().execution_options(footplate_write=True) as connection:
            try:
                with connection.begin():
                    if fence is not None:
                        _check(connection, fence)
                    yield Transaction(connection, self.clock, actor)
            except OperationalError as error:
                if (said := _said(error)) is not None:
                    raise said from None
                raise

    def locked(self, patience: float) -> bool:
        """Whether somebody kept the lock of writers for `patience` seconds; who reads is not kept out by it."""
        with closing(sqlite3.connect(self._uri, uri=True, timeout=patience, isolation_level=None)) as raw:
            try:
                raw.execute("BEGIN IMMEDIATE")
                raw.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                return "locked" in str(error)
        return False

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file as far as readers allow; never waits for them."""
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def change_counter(self) -> ChangeCounter:
        """Tells cheaply whether another connection committed since it was last asked."""
        return ChangeCounter(self)

    def close(self) -> None:
        self.engine.dispose()


class ChangeCounter:
    """`PRAGMA data_version` on a connection of its own (a pooled one would see its own writes as news)."""

    def __init__(self, database: Database) -> None:
        self._connection = sqlite3.connect(
            _uri(database.path, "ro"), uri=True, check_same_thread=False, isolation_level=None
        )

    def value(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _watched(connection: Connection, cancelled: Callable[[], bool]) -> Iterator[None]:
    """SQLite asks every few thousand steps whether it should go on."""
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.set_progress_handler(lambda: int(cancelled()), PATIENCE_STEPS)
    try:
        yield
    except OperationalError as error:
        if "interrupted" in str(error.orig):
            raise GivenUp("given up while it was being read", "ask for less, or wait for it") from None
        raise
    finally:
        raw.set_progress_handler(None, 0)


def _uri(path: Path, mode: str) -> str:
    """SQLite's own URI of a file, whatever bytes its path is made of."""
    return f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"


def _prepare(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()
    matching.teach(connection)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("footplate_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _said(error: OperationalError) -> Exception | None:
    """What SQLite's complaint means to a person; None where that is not known."""
    text = str(error.orig)
    if "locked" in text or "busy" in text:
        return Busy("the registry is locked by another process", "try again in a moment")
    if "is full" in text:
        return Busy("the registry cannot be written: the disk is full", "make room, then try again")
    if "readonly" in text:
        return Conflict("the registry can only be read here", "ask its owner for the right to write")
    return None


def _check(connection: Connection, fence: Fence) -> None:
    row = connection.execute(
        text("SELECT epoch, state, cancel FROM job WHERE id = :job"), {"job": fence.job}
    ).fetchone()
    if row is None or row[0] != fence.epoch or row[1] != JobState.RUNNING:
        raise LostLease(f"job {fence.job} was given to another worker")
