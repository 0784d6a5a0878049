"""What becomes of the files of a watched folder: who remembers them, and which job takes them.

    ingest   a dataset's: each is a version
    score    a model's, to be answered: by what serves in production, so they wait until something does
    label    a model's, the truth of earlier answers
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from core.registry import deliveries, deployments, jobs, sources
from core.registry.database import Transaction
from core.registry.sources import Signature
from core.services.work import delivery_request, ingest_request
from core.vocabulary import JobKind

PRODUCTION = "production"


@dataclass(frozen=True)
class Inbox:
    """`name`: of the dataset, or of the model."""

    name: str
    purpose: JobKind

    @property
    def lane(self) -> str:
        return f"{self.purpose}:{self.name}"

    def known(self, connection: Connection) -> Mapping[bytes, Signature]:
        if self.purpose is JobKind.INGEST:
            return sources.known(connection, self.name)
        return deliveries.known(connection, self.name, self.purpose)

    def has_pending(self, connection: Connection) -> bool:
        if self.purpose is JobKind.INGEST:
            return sources.has_pending(connection, self.name)
        return deliveries.has_pending(connection, self.name, self.purpose)

    def can_work(self, connection: Connection) -> bool:
        """Whether a job would get anywhere."""
        return self.purpose is not JobKind.SCORE or serving(connection, self.name) is not None

    def add_pending(self, tx: Transaction, found: Iterable[tuple[bytes, Signature]]) -> None:
        if self.purpose is JobKind.INGEST:
            sources.add_pending(tx, self.name, found)
        else:
            deliveries.add_pending(tx, self.name, self.purpose, found)

    def ensure(self, tx: Transaction) -> None:
        """A job will take what is pending: one that waits, one that runs (it looks again at its end), or a new one."""
        if not any(job["lane"] == self.lane for job in jobs.live(tx.connection)) and self.can_work(tx.connection):
            ingest = self.purpose is JobKind.INGEST
            jobs.enqueue(tx, ingest_request(self.name) if ingest else delivery_request(self.name, self.purpose))

    def gone(self, connection: Connection, seen: Iterable[bytes]) -> set[bytes]:
        """Refused files that are no longer there: nobody has to mend them."""
        if self.purpose is JobKind.INGEST:
            return set()
        return {row["path"] for row in deliveries.refused(connection, self.name, self.purpose)} - set(seen)

    def forget(self, tx: Transaction, gone: Iterable[bytes]) -> None:
        deliveries.forget_refused(tx, self.name, self.purpose, gone)


def serving(connection: Connection, model: str) -> int | None:
    """The version that serves in production."""
    row = deployments.get(connection, model, PRODUCTION)
    return None if row is None else row["version"]


def score_what_waits(tx: Transaction, model: str) -> None:
    """Something serves in production now: the files that waited for it are answered."""
    inbox = Inbox(model, JobKind.SCORE)
    if inbox.has_pending(tx.connection):
        inbox.ensure(tx)
