"""Work and what came of it: jobs, events, and the decisions, a line each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, type_coerce

from core.errors import NotFound
from core.query.fields import Field, Fields, Kind
from core.registry.tables import Event as EventRow
from core.registry.tables import Job as JobRow
from core.registry.types import UtcTime
from core.views import telling
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.run_log import tail
from core.views.shape import moment
from core.views.telling import DECIDED, Told
from core.vocabulary import Cause, EventKind, JobKind, JobState
from core.workspace import Workspace

JOB: Any = JobRow.__table__  # type: ignore[attr-defined]
EVENT: Any = EventRow.__table__  # type: ignore[attr-defined]
STORY = 500  # lines of a story that are told at a time


@dataclass(frozen=True)
class Job:
    """A request for work. `subject` is the recipe or dataset that it is about."""

    id: int
    kind: str
    state: str
    cause: str
    attempts: int
    error: str | None
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    # beside the contract, for screens
    subject: str
    actor: str
    progress: str | None
    not_before: datetime | None
    pid: int | None
    cancelling: bool
    payload: dict[str, Any]
    log: Path

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "kind": self.kind, "state": self.state, "cause": self.cause, "attempts": self.attempts,
            "error": self.error, "queued_at": moment(self.queued_at), "started_at": moment(self.started_at),
            "ended_at": moment(self.ended_at),
        }


@dataclass(frozen=True)
class Event:
    """A fact of the hash-chained log."""

    id: int
    at: datetime
    kind: str
    actor: str
    subject: str
    payload: dict[str, Any]
    hash: str
    previous_hash: str

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "at": moment(self.at), "kind": self.kind, "actor": self.actor, "subject": self.subject,
            "payload": self.payload, "hash": self.hash, "previous_hash": self.previous_hash,
        }


_JOBS = select(
    *(JOB.c[name] for name in (
        "id", "kind", "state", "cause", "attempts", "error", "queued_at", "started_at", "ended_at", "actor", "progress",
        "not_before", "pid", "cancel", "payload",
    ))
)
JOBS = Listing(
    _JOBS,
    Fields(
        {
            "id": Field(JOB.c.id, Kind.NUMBER), "kind": Field(JOB.c.kind, choices=tuple(str(one) for one in JobKind)),
            "state": Field(JOB.c.state, choices=tuple(str(one) for one in JobState)),
            "cause": Field(JOB.c.cause, choices=tuple(str(one) for one in Cause)),
            "attempts": Field(JOB.c.attempts, Kind.NUMBER), "error": Field(JOB.c.error), "actor": Field(JOB.c.actor),
            "subject": Field(func.coalesce(
                func.json_extract(JOB.c.payload, "$.recipe"), func.json_extract(JOB.c.payload, "$.dataset")
            )),
            "queued_at": Field(JOB.c.queued_at, Kind.TIME), "started_at": Field(JOB.c.started_at, Kind.TIME),
            "ended_at": Field(JOB.c.ended_at, Kind.TIME),
        },
        words=(JOB.c.kind, JOB.c.key, JOB.c.state, JOB.c.cause, JOB.c.actor, JOB.c.error),
    ),
    tie=JOB.c.id,
)
_EVENTS = select(*(EVENT.c[name] for name in (
    "id", "at", "kind", "actor", "subject", "payload", "hash", "previous_hash"
)))
_EVENT_FIELDS = Fields(
    {
        "id": Field(EVENT.c.id, Kind.NUMBER), "kind": Field(EVENT.c.kind, choices=tuple(str(one) for one in EventKind)),
        "actor": Field(EVENT.c.actor), "subject": Field(EVENT.c.subject), "payload": Field(EVENT.c.payload),
        "hash": Field(EVENT.c.hash), "at": Field(type_coerce(EVENT.c.at, UtcTime), Kind.TIME),
    },
    words=(EVENT.c.kind, EVENT.c.subject, EVENT.c.actor, EVENT.c.payload),
)
DECISIONS = Listing(_EVENTS.where(DECIDED), _EVENT_FIELDS, tie=EVENT.c.id)


def jobs(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Job]:
    """Jobs, newest first."""
    with workspace.registry.read() as connection:
        rows, cursor = JOBS.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(_job(workspace, row) for row in rows), cursor)


def count_jobs(workspace: Workspace, where: str = "") -> int:
    """How many jobs a filter finds."""
    with workspace.registry.read() as connection:
        return JOBS.count(connection, where, workspace.clock.now())


def job(workspace: Workspace, id: int) -> Job:
    """Raises NotFound."""
    with workspace.registry.read() as connection:
        row = connection.execute(_JOBS.where(JOB.c.id == id)).mappings().fetchone()
    if row is None:
        raise NotFound(f"there is no job {id}", "`footplate jobs list` shows them")
    return _job(workspace, row)


def job_log(workspace: Workspace, id: int, lines: int = 200) -> tuple[str, ...]:
    """The last lines of a job's log, made visible."""
    return tail(job(workspace, id).log, lines)


def events(
    workspace: Workspace, *, kind: str | None = None, subject: str | None = None, since: int | None = None,
    where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None,
) -> Page[Event]:
    """Events, newest first; of one kind, or one subject ("flights@7", "run 12", "model flights").

    `since` (an id) gives those that came after it instead, oldest first: to follow the log, hand back the last id.
    """
    statement = _EVENTS
    if kind is not None:
        statement = statement.where(EVENT.c.kind == kind)
    if subject is not None:
        statement = statement.where(EVENT.c.subject == subject)
    if since is not None:
        statement = statement.where(EVENT.c.id > since)
    listing = Listing(statement, _EVENT_FIELDS, tie=EVENT.c.id, newest_first=since is None)
    with workspace.registry.read() as connection:
        rows, cursor = listing.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(map(_event, rows)), cursor)


def count_events(workspace: Workspace, where: str = "", *, decided: bool = False) -> int:
    """How many events a filter finds; `decided`: only those that are decisions."""
    listing = DECISIONS if decided else Listing(_EVENTS, _EVENT_FIELDS, tie=EVENT.c.id)
    with workspace.registry.read() as connection:
        return listing.count(connection, where, workspace.clock.now())


def last_event(workspace: Workspace) -> int:
    """The id of the newest event; 0 where there is none."""
    with workspace.registry.read() as connection:
        return int(connection.execute(select(func.max(EVENT.c.id))).scalar() or 0)


def decisions(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Told]:
    """What was decided, by the daemon or by people, newest first, a line each."""
    with workspace.registry.read() as connection:
        rows, cursor = DECISIONS.read(connection, where, order, limit, after, workspace.clock.now())
        told = tuple(telling.tell(connection, workspace, [_event(row) for row in rows]))
    return Page(told, cursor)


def story(workspace: Workspace, after: int = 0, limit: int = STORY) -> tuple[tuple[int, str], ...]:
    """(event id, line) of the decisions after an event, oldest first; ask again from the last id for more."""
    statement = _EVENTS.where(DECIDED, EVENT.c.id > after).order_by(EVENT.c.id).limit(limit)
    with workspace.registry.read() as connection:
        found = [_event(row) for row in connection.execute(statement).mappings()]
        return tuple((one.event, one.line) for one in telling.tell(connection, workspace, found))


def _job(workspace: Workspace, row: Any) -> Job:
    payload = row["payload"] or {}
    known = ("id", "kind", "state", "cause", "attempts", "error", "queued_at", "started_at", "ended_at", "actor",
             "progress", "not_before", "pid")
    return Job(
        **{name: row[name] for name in known}, subject=payload.get("recipe") or payload.get("dataset") or "",
        cancelling=bool(row["cancel"]), payload=payload, log=workspace.logs / "jobs" / f"{row['id']}.log",
    )


def _event(row: Any) -> Event:
    return Event(
        id=row["id"], at=datetime.fromisoformat(row["at"]), kind=row["kind"], actor=row["actor"],
        subject=row["subject"], payload=json.loads(row["payload"]), hash=row["hash"],
        previous_hash=row["previous_hash"],
    )
