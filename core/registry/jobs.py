"""The durable queue: enqueue, claim, finish, fail, hand back. Every function takes an open transaction.

    QUEUED -> RUNNING -> FINISHED | FAILED | CANCELLED
       ^         |
       |         +-> DEFERRED (its own fault: a later attempt)  -> QUEUED when its time has come
       +---------+   (handed back: the daemon ended)

A job that waits again may meet a younger one with its key, asked for while it ran: the younger one goes,
since the older one takes up everything that there is when it starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, literal_column, select, update

from core.registry.database import Fence, Transaction
from core.registry.tables import Dataset, Job, Recipe
from core.vocabulary import Cause, EventKind, JobKind, JobState

JOB: Any = Job.__table__  # type: ignore[attr-defined]
RECIPE: Any = Recipe.__table__  # type: ignore[attr-defined]
DATASET: Any = Dataset.__table__  # type: ignore[attr-defined]
Row = Mapping[Any, Any]  # by name of column
WAITING = (JobState.QUEUED, JobState.DEFERRED)
LIVE = (*WAITING, JobState.RUNNING)
# to the letter as the partial indexes say it: with bound parameters SQLite would read the whole table
_WAITS: Any = literal_column("job.state IN ('queued', 'deferred')")
_LIVES: Any = literal_column("job.state IN ('queued', 'deferred', 'running')")
_OWNER = func.coalesce(
    func.json_extract(JOB.c.payload, "$.recipe"),
    select(DATASET.c.recipe).where(DATASET.c.name == func.json_extract(JOB.c.payload, "$.dataset")).scalar_subquery(),
)
# asked for by itself, for a recipe that a person has paused: it waits until that is resumed (monitors go on reading)
_PARKED = and_(
    JOB.c.kind != JobKind.OBSERVE,
    JOB.c.cause.not_in((Cause.MANUAL, Cause.REPRODUCE)),
    select(1).where(RECIPE.c.paused, RECIPE.c.name == _OWNER).exists(),
)
ENDED = (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True)
class Request:
    """What to enqueue. `key`: a waiting job with it already asks for the same; `lane`: not two at a time."""

    kind: JobKind
    key: str
    lane: str
    cause: Cause
    payload: Mapping[str, Any]
    memory: int
    timeout: float
    cpus: int = 1
    not_before: datetime | None = None


def enqueue(tx: Transaction, request: Request) -> tuple[int, bool]:
    """Add a job unless one with its key already waits; returns (job id, whether it is new)."""
    waiting = tx.execute(
        select(JOB.c.id).where(JOB.c.key == request.key, _WAITS)
    ).scalar()
    if waiting is not None:
        return int(waiting), False
    state = JobState.DEFERRED if request.not_before else JobState.QUEUED
    id = tx.execute(
        insert(JOB).values(
            kind=request.kind, key=request.key, lane=request.lane, state=state, cause=request.cause,
            payload=dict(request.payload), actor=tx.actor, attempts=0, epoch=0, cpus=request.cpus,
            memory=request.memory, timeout=request.timeout, not_before=request.not_before, cancel=False,
            queued_at=tx.now,
        )
    ).inserted_primary_key[0]
    tx.emit(
        EventKind.JOB_QUEUED, f"job {id}", kind=request.kind, cause=request.cause, key=request.key,
        not_before=request.not_before.isoformat() if request.not_before else None,
    )
    return int(id), True


def get(connection: Connection, id: int) -> Row | None:
    return connection.execute(select(JOB).where(JOB.c.id == id)).mappings().fetchone()


def live(connection: Connection) -> Sequence[Row]:
    """All jobs that wait or run, oldest first."""
    return connection.execute(select(JOB).where(_LIVES).order_by(JOB.c.id)).mappings().all()


def last_failure(connection: Connection, lane: str) -> datetime | None:
    """When the last job of a lane that failed did so."""
    return connection.execute(
        select(func.max(JOB.c.ended_at)).where(JOB.c.lane == lane, JOB.c.state == JobState.FAILED)
    ).scalar()


def last_asked(connection: Connection, key: str) -> datetime | None:
    """When the last job with a key was asked for."""
    return connection.execute(
        select(func.max(JOB.c.queued_at)).where(JOB.c.key == key)
    ).scalar()


def wake(tx: Transaction) -> int:
    """Deferred jobs whose time has come are queued; returns how many."""
    return int(
        tx.execute(
            update(JOB)
            .where(JOB.c.state == JobState.DEFERRED, JOB.c.not_before <= tx.now)
            .values(state=JobState.QUEUED, not_before=None)
        ).rowcount
    )


def claimable(connection: Connection) -> Sequence[Row]:
    """Queued jobs whose lane is free and whose recipe is not paused: ingest first, then people's wishes, then the rest;
    oldest first."""
    busy = select(JOB.c.lane).where(JOB.c.state == JobState.RUNNING)
    return connection.execute(
        select(JOB)
        .where(JOB.c.state == JobState.QUEUED, JOB.c.lane.not_in(busy), ~_PARKED)
        .order_by(case((JOB.c.kind == JobKind.INGEST, 0), (JOB.c.cause == Cause.MANUAL, 1), else_=2), JOB.c.id)
        .limit(64)
    ).mappings().all()


def parked(connection: Connection) -> set[int]:
    """Waiting jobs that no daemon takes up before their recipe is resumed."""
    waits = JOB.c.state.in_((JobState.QUEUED, JobState.DEFERRED))
    return set(connection.execute(select(JOB.c.id).where(_LIVES, waits, _PARKED)).scalars())


def claim(tx: Transaction, id: int, lease: timedelta) -> Fence | None:
    """Lease a queued job whose lane is free; None when somebody was faster."""
    row = get(tx.connection, id)
    if row is None or row["state"] != JobState.QUEUED:
        return None
    taken = tx.execute(
        select(JOB.c.id).where(JOB.c.lane == row["lane"], JOB.c.state == JobState.RUNNING).limit(1)
    ).scalar()
    if taken is not None:
        return None
    epoch = int(row["epoch"]) + 1
    tx.execute(
        update(JOB).where(JOB.c.id == id).values(
            state=JobState.RUNNING, cancel=False, epoch=epoch, lease_until=tx.now + lease, started_at=tx.now,
            ended_at=None, error=None, progress=None,
        )
    )
    tx.emit(EventKind.JOB_STARTED, f"job {id}", kind=row["kind"], cause=row["cause"], epoch=epoch)
    return Fence(id, epoch)


def renew(tx: Transaction, fences: Sequence[Fence], lease: timedelta) -> None:
    for fence in fences:
        tx.execute(
            update(JOB)
            .where(JOB.c.id == fence.job, JOB.c.epoch == fence.epoch, JOB.c.state == JobState.RUNNING)
            .values(lease_until=tx.now + lease)
        )


def note(tx: Transaction, fence: Fence, **values: Any) -> None:
    """Set `pid` or `progress` of a running job."""
    tx.execute(update(JOB).where(JOB.c.id == fence.job, JOB.c.epoch == fence.epoch).values(**values))


def finish(tx: Transaction, fence: Fence, **payload: Any) -> None:
    """The job did what it was asked to."""
    _end(tx, fence, JobState.FINISHED, None)
    tx.emit(EventKind.JOB_FINISHED, f"job {fence.job}", **payload)


def fail(tx: Transaction, fence: Fence, error: str) -> None:
    """The job will not be tried again."""
    tx.execute(update(JOB).where(JOB.c.id == fence.job).values(attempts=JOB.c.attempts + 1))
    _end(tx, fence, JobState.FAILED, error)
    tx.emit(EventKind.JOB_FAILED, f"job {fence.job}", error=error)


def retry_later(tx: Transaction, fence: Fence, error: str, at: datetime) -> None:
    """The attempt failed by its own fault; another follows at `at`."""
    _absorb_twin(tx, fence.job)
    tx.execute(
        update(JOB).where(JOB.c.id == fence.job).values(
            state=JobState.DEFERRED, attempts=JOB.c.attempts + 1, not_before=at, error=error, lease_until=None,
            pid=None, ended_at=None,
        )
    )
    tx.emit(EventKind.JOB_DEFERRED, f"job {fence.job}", error=error, until=at.isoformat())


def hand_back(tx: Transaction, fence: Fence, why: str) -> None:
    """The attempt ended because the daemon or the machine did: queued again, and it does not count."""
    _absorb_twin(tx, fence.job)
    tx.execute(
        update(JOB).where(JOB.c.id == fence.job).values(
            state=JobState.QUEUED, lease_until=None, pid=None, started_at=None
        )
    )
    tx.emit(EventKind.JOB_RETRIED, f"job {fence.job}", reason=why)


def running(connection: Connection, fence: Fence) -> Row | None:
    """The job, if it still runs and on behalf of this attempt."""
    row = get(connection, fence.job)
    return row if row is not None and row["state"] == JobState.RUNNING and row["epoch"] == fence.epoch else None


def hurry(tx: Transaction, id: int) -> None:
    """A deferred job need not wait any longer."""
    tx.execute(
        update(JOB).where(JOB.c.id == id, JOB.c.state == JobState.DEFERRED)
        .values(state=JobState.QUEUED, not_before=None)
    )


def cancel(tx: Transaction, id: int) -> bool:
    """Cancel a waiting job at once, ask a running one to stop; returns whether it is over already."""
    row = get(tx.connection, id)
    assert row is not None
    if row["state"] == JobState.RUNNING:
        tx.execute(update(JOB).where(JOB.c.id == id).values(cancel=True))
        return False
    tx.execute(update(JOB).where(JOB.c.id == id).values(state=JobState.CANCELLED, ended_at=tx.now))
    tx.emit(EventKind.JOB_CANCELLED, f"job {id}")
    return True


def cancelled(tx: Transaction, fence: Fence) -> None:
    """A running job was stopped because a person asked for it."""
    _end(tx, fence, JobState.CANCELLED, "cancelled")
    tx.emit(EventKind.JOB_CANCELLED, f"job {fence.job}")


def _end(tx: Transaction, fence: Fence, state: JobState, error: str | None) -> None:
    tx.execute(
        update(JOB).where(JOB.c.id == fence.job).values(
            state=state, error=error, ended_at=tx.now, lease_until=None, pid=None, cancel=False
        )
    )


def _absorb_twin(tx: Transaction, id: int) -> None:
    """A waiting job with the same key asks for what this one, which is about to wait again, will do."""
    key = tx.execute(select(JOB.c.key).where(JOB.c.id == id)).scalar_one()
    twin = tx.execute(select(JOB.c.id).where(JOB.c.key == key, JOB.c.id != id, _WAITS)).scalar()
    if twin is not None:
        why = f"job {id} asks for the same, and runs again"
        tx.execute(update(JOB).where(JOB.c.id == twin).values(state=JobState.CANCELLED, ended_at=tx.now, error=why))
        tx.emit(EventKind.JOB_CANCELLED, f"job {twin}", reason=why, same_as=id)
