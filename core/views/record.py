"""The decision record of what made no run: what caused it, by which rule, on what evidence, and what would have had to
be different. That of a run is `core.views.why`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import Any

from sqlalchemy import select

from core.errors import NotFound
from core.text import visible
from core.views import activity
from core.views.run_fields import VERSION
from core.views.shape import CAUSES, moment
from core.views.telling import DECIDED, EVENT, Told, tell
from core.views.why import Line
from core.vocabulary import EventKind
from core.workspace import Workspace

PREFIX = "event:"
MENDED = {  # check -> what a file would have to bring
    "unreadable": "the file is a table: CSV (.gz), JSON Lines or Parquet, whole and in one encoding",
    "empty": "the file holds rows below its header",
    "missing_column": "the file brings the column, as the first file did",
    "retyped_column": "the column holds what it held in the first file",
    "no_target": "the file has the target's column, or the recipe names another ([data] target)",
    "dialect_changed": "the file is written as the first one: separator, decimal mark, encoding",
    "duplicate_columns": "every column has a name of its own",
    "bad_rows": "fewer rows are unreadable, or the recipe allows more ([data] bad_rows)",
    "range": "the values lie within the bar, or the recipe moves it ([data.checks] range)",
    "max_missing": "fewer values are missing, or the recipe allows more ([data.checks] max_missing)",
    "link_out": "the file itself lies in the folder, not a link that leads out of it",
}
UNDO = {
    EventKind.VERSION_RETIRED: "footplate data restore {}", EventKind.VERSION_RESTORED: "footplate data retire {}",
    EventKind.VERSION_RELEASED: "footplate data retire {}", EventKind.RECIPE_PAUSED: "footplate resume {}",
    EventKind.RECIPE_RESUMED: "footplate pause {}", EventKind.MODEL_HELD: "footplate models resume {}",
    EventKind.MODEL_RESUMED: "footplate models hold {}",
}
RULES = {
    EventKind.VERSION_RETIRED: "no later run learns from a retired version",
    EventKind.VERSION_RESTORED: "later runs learn from it again",
    EventKind.VERSION_RELEASED: "a person's word is above a check: it counts as accepted",
    EventKind.VERSION_DISCARDED: "the bytes in quarantine are deleted; the record stays",
    EventKind.RECIPE_PAUSED: "none of its files is taken, and nothing is trained, until it is resumed",
    EventKind.RECIPE_RESUMED: "what arrived meanwhile is taken and learned from",
    EventKind.MODEL_HELD: "nothing is promoted until it is resumed; data, training and monitors go on",
    EventKind.MODEL_RESUMED: "the next challenger that passes its gate is promoted",
    EventKind.ALIAS_MOVED: "a person's word is above the gate",
}


@dataclass(frozen=True)
class Record:
    """`lines` are the record in words, in the order to be read; `run` where the decision was a run's."""

    event: int
    at: datetime
    subject: str
    name: str
    outcome: str
    text: str
    run: int | None
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "event": self.event, "at": moment(self.at), "subject": self.subject, "name": self.name,
            "outcome": self.outcome, "text": self.text, "run": self.run, "lines": [one.to_json() for one in self.lines],
        }


def record(workspace: Workspace, event: int) -> Record:
    """Of one decision, by the number of its event. Raises NotFound where that decided nothing."""
    found = activity.events(workspace, where=f"id={event}", limit=1).rows
    with workspace.registry.read() as connection:
        decided = bool(connection.execute(select(1).where(EVENT.c.id == event, DECIDED)).scalar())
        if not found or not decided:
            raise NotFound(f"event {event} is no decision", "`footplate events --decisions` lists them")
        [told] = tell(connection, workspace, found)
        fact = found[0]
        row: Any = {}
        dataset, at, number = fact.subject.rpartition("@")
        if at and number.isdecimal():
            row = connection.execute(
                select(VERSION.c.file_name, VERSION.c.reasons, VERSION.c.state, VERSION.c.rows)
                .where(VERSION.c.dataset == dataset, VERSION.c.version == int(number))
            ).mappings().fetchone() or {}
    lines = tuple(Line(label, visible(text)) for label, text in _lines(fact, told, row))
    return Record(fact.id, fact.at, fact.subject, told.name, told.outcome, told.text, told.run, lines)


Facts = Iterator[tuple[str, str]]


def _lines(event: activity.Event, told: Told, version: Mapping[str, Any]) -> Facts:
    yield "decided", told.text
    if told.run is not None:
        yield "record", f"run {told.run} tells the whole of it: `footplate why {told.run}`"
        return
    made = _MADE.get(EventKind(event.kind), _by_hand)
    yield from made(event, told, version)


def _quarantined(event: activity.Event, told: Told, version: Mapping[str, Any]) -> Facts:
    file = event.payload.get("file") or version.get("file_name")
    yield "cause", f"{file} arrived" if file else "a file arrived"
    yield "rule", "what breaks a check of the first file's schema, or of [data.checks], waits for a person"
    for one in event.payload.get("reasons") or version.get("reasons") or ():
        where = f" (line {one['line']:,})" if one.get("line") else ""
        yield "evidence", f"{one.get('check')}: {one.get('message')}{where}"
        if hint := MENDED.get(str(one.get("check"))):
            yield "would change it", hint
    state = version.get("state")
    if state and state != "quarantined":
        yield "since then", f"it is {state}"
    else:
        yield "or", f"a person's word: `footplate data quarantine release {quote(event.subject)}`"
    yield "in full", f"`footplate data quarantine show {quote(event.subject)}`"


def _accepted(event: activity.Event, told: Told, version: Mapping[str, Any]) -> Facts:
    yield "cause", f"{version.get('file_name') or 'a file'} arrived"
    yield "rule", "rows without a value of the target are profiled, scored and watched, and never learned from"
    yield "evidence", f"{event.payload.get('rows') or 0:,} rows, none of them with a label"
    yield "would change it", "the file brings values of the target"


def _rejected(event: activity.Event, told: Told, version: Mapping[str, Any]) -> Facts:
    yield "cause", f"recipes/{told.name}.toml was saved"
    yield "rule", "what cannot be used changes nothing: the last version that could be read stays in force"
    key = event.payload.get("key")
    yield "evidence", f"{f'{key}: ' if key else ''}{event.payload.get('message')}"
    if event.payload.get("hint"):
        yield "would change it", str(event.payload["hint"])


def _job_failed(event: activity.Event, told: Told, version: Mapping[str, Any]) -> Facts:
    number = event.subject.removeprefix("job ")
    yield "cause", event.subject
    yield "rule", "a job that fails for good waits for a person; nothing of what it did is kept"
    yield "evidence", str(event.payload.get("error") or "no reason was left")
    yield "would change it", f"its reason is mended, then `footplate jobs retry {number}`"
    yield "log", f"`footplate jobs logs {number}`"


def _not_asked(event: activity.Event, told: Told, version: Mapping[str, Any]) -> Facts:
    payload = event.payload
    yield "cause", CAUSES.get(str(payload.get("cause")), str(payload.get("cause")))
    yield "rule", str(payload.get("rule"))
    yield "evidence", str(payload.get("why"))
    if payload.get("hash"):
        champion = f", champion v{payload['champion']}" if payload.get("champion") else ""
        yield "evidence", f"recipe {str(payload['hash'])[:8]}{champion}"
    yield "would change it", str(payload.get("change"))
    yield "or", f"a run by hand: `footplate train {quote(told.name)}`"


def _by_hand(event: activity.Event, told: Told, version: Mapping[str, Any]) -> Facts:
    """What somebody did."""
    reason = event.payload.get("reason") or event.payload.get("why")
    yield "cause", f"{event.actor}{f': {reason}' if reason else ''}"
    kind = EventKind(event.kind)
    if kind in RULES:
        yield "rule", RULES[kind]
    if event.payload.get("before") is not None:
        yield "evidence", f"before it was v{event.payload['before']}"
    if version.get("file_name"):
        yield "evidence", f"{version['file_name']}, {version.get('rows') or 0:,} rows"
    if kind in UNDO:
        yield "takes it back", f"`{UNDO[kind].format(quote(event.subject if version else told.name))}`"
    elif kind == EventKind.ALIAS_MOVED:
        yield "takes it back", f"`footplate models rollback {quote(told.name)}`, or `footplate undo {event.id}`"


_MADE: dict[EventKind, Callable[[activity.Event, Told, Mapping[str, Any]], Facts]] = {
    EventKind.VERSION_QUARANTINED: _quarantined, EventKind.VERSION_ACCEPTED: _accepted,
    EventKind.RECIPE_REJECTED: _rejected, EventKind.JOB_FAILED: _job_failed, EventKind.RUN_NOT_ASKED: _not_asked,
}
