"""Events and the daemon's log as one stream in the order of time, a page at a time from either end.

The filter is that of the events; lines of the log are asked by the same conditions, as rows of the kind `log`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Integer, String, column, func, select, type_coerce, values

from core import clock
from core.errors import UsageError
from core.query.conditions import conditions
from core.query.fields import Field, Fields, Kind
from core.query.language import parse, parse_order
from core.registry.tables import Event as EventRow
from core.registry.types import UtcTime
from core.views import logs
from core.views.logs import LogEntry, Place
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.shape import moment
from core.vocabulary import EventKind
from core.workspace import Workspace

EVENT: Any = EventRow.__table__  # type: ignore[attr-defined]
LOG_KIND = "log"
BATCH = 200  # of events, and of lines of the log, that are looked at together
KINDS = (*(str(kind) for kind in EventKind), LOG_KIND)


@dataclass(frozen=True)
class Entry:
    """An event (`id`), or an entry of the log (`place` and `file`; its text is in `lines`)."""

    at: datetime
    kind: str
    actor: str
    subject: str
    payload: dict[str, Any]
    id: int | None = None
    hash: str | None = None
    previous_hash: str | None = None
    place: Place | None = None
    file: str = ""
    lines: tuple[str, ...] = ()

    @property
    def key(self) -> int | Place:
        """Tells it from every other one: an event by its number, a line by its place."""
        return self.place if self.place is not None else self.id or 0

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "at": moment(self.at), "kind": self.kind, "actor": self.actor, "subject": self.subject,
            "payload": self.payload if self.place is None else {"text": self.payload["text"], "file": self.file},
            "hash": self.hash, "previous_hash": self.previous_hash,
        }


def _fields(table: Any) -> Fields:
    return Fields(
        {
            "id": Field(table.c.id, Kind.NUMBER), "kind": Field(table.c.kind, choices=KINDS),
            "actor": Field(table.c.actor), "subject": Field(table.c.subject), "payload": Field(table.c.payload),
            "hash": Field(table.c.hash), "at": Field(type_coerce(table.c.at, UtcTime), Kind.TIME),
        },
        words=(table.c.kind, table.c.subject, table.c.actor, table.c.payload),
    )


_EVENTS = select(*(EVENT.c[name] for name in (
    "id", "at", "kind", "actor", "subject", "payload", "hash", "previous_hash"
)))


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Entry]:
    """Newest first, or with the order `at` oldest first; by `id` the events alone. `limit` 0: all."""
    wanted = parse_order(order)
    if wanted is not None and wanted.field not in ("at", "id"):
        raise UsageError("this is a stream: its order is that of time", "write at, or -at")
    down = wanted is None or wanted.descending
    event_after, place = after if after is not None else (None, None)
    with workspace.registry.read() as connection:
        events = _events(connection, workspace, where, down, event_after)
        numbered = wanted is not None and wanted.field == "id"
        lines = iter(()) if numbered else _lines(connection, workspace, where, down, place)
        found = [*islice(_merged(events, lines, down), limit + 1 if limit else None)]
    if not limit or len(found) <= limit:
        return Page(tuple(found))
    found.pop()
    return Page(tuple(found), _cursor(found, event_after, place, down=down))


def after(found: Sequence[Entry], before: Cursor) -> Cursor:
    """The cursor after some entries that were read oldest first, after the cursor `before`."""
    return _cursor(found, *before, down=False)


def now(workspace: Workspace) -> Cursor:
    """A cursor after all that there is: what comes next, with the order `at`."""
    with workspace.registry.read() as connection:
        last = connection.execute(select(func.max(EVENT.c.id))).scalar() or 0
    return int(last), logs.end(workspace)


def count(workspace: Workspace, where: str = "") -> int:
    """How many entries a filter finds."""
    with workspace.registry.read() as connection:
        events = Listing(_EVENTS, _fields(EVENT), tie=EVENT.c.id).count(connection, where, workspace.clock.now())
        return events + sum(1 for _ in _lines(connection, workspace, where, True, None))


def _cursor(found: Sequence[Entry], event_after: int | None, place: Place | None, *, down: bool) -> Cursor:
    """After the last of each kind that was handed out."""
    for entry in found:
        if entry.id is not None:
            event_after = entry.id
        elif entry.place is not None:
            place = entry.place if down else (entry.place[0], int(entry.payload["end"]))
    return event_after, place


def _merged(events: Iterator[Entry], lines: Iterator[Entry], down: bool) -> Iterator[Entry]:
    """Two streams that are each in order; of two of the same time the event is older."""
    event, line = next(events, None), next(lines, None)
    while event is not None or line is not None:
        if event is None or (line is not None and (line.at >= event.at if down else line.at < event.at)):
            assert line is not None
            yield line
            line = next(lines, None)
        else:
            yield event
            event = next(events, None)


def _events(
    connection: Connection, workspace: Workspace, where: str, down: bool, after: int | None
) -> Iterator[Entry]:
    listing = Listing(_EVENTS, _fields(EVENT), tie=EVENT.c.id, newest_first=down)
    cursor: Cursor | None = None if after is None else (after,)
    while True:
        rows, cursor = listing.read(connection, where, "", BATCH, cursor, workspace.clock.now())
        yield from map(_event, rows)
        if cursor is None:
            return


def _event(row: Any) -> Entry:
    return Entry(
        datetime.fromisoformat(row["at"]), row["kind"], row["actor"], row["subject"], json.loads(row["payload"]),
        row["id"], row["hash"], row["previous_hash"],
    )


def _lines(
    connection: Connection, workspace: Workspace, where: str, down: bool, place: Place | None
) -> Iterator[Entry]:
    entries = logs.newest_first(workspace, place) if down else logs.oldest_first(workspace, place)
    while batch := [*islice(map(_line, entries), BATCH)]:
        yield from _passing(connection, workspace, where, batch)


def _line(found: LogEntry) -> Entry:
    payload = {"text": "\n".join(found.lines), "end": found.end}
    return Entry(
        found.at, LOG_KIND, "daemon", found.file.name, payload, place=(found.inode, found.start),
        file=str(found.file), lines=found.lines,
    )


def _passing(connection: Connection, workspace: Workspace, where: str, batch: Sequence[Entry]) -> Iterator[Entry]:
    """Those for which the filter holds, asked of SQLite as it is asked of the events."""
    asked = parse(where)
    if not asked:
        yield from batch
        return
    names = ("kind", "actor", "subject", "payload", "hash", "at")
    rows = [
        (number, None, entry.kind, entry.actor, entry.subject, entry.payload["text"], None, clock.iso(entry.at))
        for number, entry in enumerate(batch)
    ]
    numbers, texts = (column("line", Integer), column("id", Integer)), (column(name, String) for name in names)
    numbered = values(*numbers, *texts, name="log").data(rows).cte()
    kept = set(connection.execute(
        select(numbered.c.line).where(*conditions(asked, _fields(numbered), workspace.clock.now()))
    ).scalars())
    yield from (entry for number, entry in enumerate(batch) if number in kept)
