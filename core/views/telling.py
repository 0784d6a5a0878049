"""A line a decision:

    09:14 churn@7  1,204 rows ok -> .812 against .806 on 602 (-.004 to +.016) -> promoted
    09:20 churn@8  quarantined: column age is missing
    09:31 churn recipe 3f2a91c0 -> .640 against .806 on 602 (-.190 to -.141) -> refused: the champion stays
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Integer, and_, cast, func, literal_column, or_, select

from core.registry.champions import BREACHED
from core.registry.tables import Event
from core.text import visible
from core.views.run_fields import MODEL_VERSION, RECIPE_VERSION, RUN
from core.views.shape import CAUSES, moment
from core.views.spans import spans
from core.views.why import ending, news
from core.vocabulary import AliasName, Cause, DeploymentState, EventKind, JobKind
from core.workspace import Workspace

EVENT: Any = Event.__table__  # type: ignore[attr-defined]


class Fact(Protocol):
    """An event, as far as a line needs it."""

    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def payload(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Told:
    """A decision. `outcome` is one word for a glyph: promoted, registered, waiting, refused, failed,
    quarantined, accepted, held ..."""

    event: int
    at: datetime
    subject: str  # of the event: "run 12", "flights@7", "model flights", "recipe flights", "job 3"
    name: str  # the recipe, dataset or model
    run: int | None
    outcome: str
    text: str  # the line without its time
    line: str

    def to_json(self) -> dict[str, Any]:
        return {
            "event": self.event, "at": moment(self.at), "subject": self.subject, "name": self.name, "run": self.run,
            "outcome": self.outcome, "text": self.text,
        }


def tell(connection: Connection, workspace: Workspace, events: Sequence[Fact]) -> Iterator[Told]:
    """The lines of some `DECIDED` events, in their order."""
    runs = _runs(connection, [number for event in events if (number := _run_of(event)) is not None])
    zone, now = _zone(workspace), workspace.clock.now()
    for event in events:
        number = _run_of(event)
        name, outcome, text = (
            _OTHERS[event.kind](event) if number is None else _run(connection, event, runs[number])
        )
        text = visible(text)
        line = f"{clock_time(event.at, now, zone)} {text}"
        yield Told(event.id, event.at, event.subject, name, number, outcome, text, line)


def clock_time(at: datetime, now: datetime, zone: tzinfo | None) -> str:
    """`09:14` of today, `2026-11-03 09:14` of another day, in the workspace's time zone."""
    at, now = at.astimezone(zone), now.astimezone(zone)
    return at.strftime("%H:%M" if at.date() == now.date() else "%Y-%m-%d %H:%M")


def _zone(workspace: Workspace) -> tzinfo | None:
    name = workspace.settings.time_zone
    return ZoneInfo(name) if name else None


Said = tuple[str, str, str]  # name, outcome, text

_RUN_KINDS = (EventKind.GATE_PASSED, EventKind.GATE_FAILED, EventKind.GATE_WAITED, EventKind.RUN_FAILED,
              EventKind.RUN_CANCELLED)


def _run_of(event: Fact) -> int | None:
    return int(event.subject.removeprefix("run ")) if event.kind in _RUN_KINDS else None


def _runs(connection: Connection, ids: Sequence[int]) -> dict[int, Mapping[Any, Any]]:
    found: dict[int, Mapping[Any, Any]] = {}
    for start in range(0, len(ids), 500):
        rows = connection.execute(
            select(
                RUN.c.id, RUN.c.recipe, RUN.c.cause, RUN.c.actor, RUN.c.basis, RUN.c.decision, RUN.c.error,
                RECIPE_VERSION.c.hash, MODEL_VERSION.c.version,
            )
            .join_from(RUN, RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id)
            .join(MODEL_VERSION, MODEL_VERSION.c.run_id == RUN.c.id, isouter=True)
            .where(RUN.c.id.in_(ids[start : start + 500]))
        ).mappings()
        found |= {row["id"]: row for row in rows}
    return found


def _run(connection: Connection, event: Fact, row: Mapping[Any, Any]) -> Said:
    start = _start(connection, row)
    if event.kind in (EventKind.RUN_FAILED, EventKind.RUN_CANCELLED):
        word = "failed" if event.kind == EventKind.RUN_FAILED else "cancelled"
        why = event.payload.get("error") or row["error"] or "no reason was left"
        return row["recipe"], word, f"{start} -> {word}: {why}"
    headline = event.payload.get("headline") or (row["basis"] or {}).get("headline") or ""
    decision = row["decision"] or {}
    outcome = decision.get("outcome") or "none"
    end = outcome if outcome == "promoted" else ending({**decision, "outcome": outcome})
    return row["recipe"], outcome, " -> ".join(part for part in (start, headline, end) if part)


def _start(connection: Connection, row: Mapping[Any, Any]) -> str:
    """What a run was about: the versions that were new to it, or what else caused it."""
    recipe, cause = row["recipe"], row["cause"]
    if cause == Cause.NEW_DATA:
        new = news(connection, row["id"], recipe)
        if new:
            rows = sum(rows for _, _, rows in new)
            return f"{spans((dataset, version) for dataset, version, _ in new)}  {rows:,} rows ok"
    if cause == Cause.RECIPE_CHANGE:
        return f"{recipe} recipe {row['hash'][:8]}"
    if cause == Cause.MANUAL:
        return f"{recipe} run {row['id']} by {row['actor']}"
    return f"{recipe} run {row['id']}, {CAUSES.get(cause, cause)}"


def _name(event: Fact) -> str:
    """`flights` of "flights@7", "model flights", "recipe flights"."""
    head, at, tail = event.subject.rpartition("@")
    if at and tail.isdecimal():
        return head
    return event.subject.partition(" ")[2] or event.subject


def _quarantined(event: Fact) -> Said:
    reasons = event.payload.get("reasons") or [{}]
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return _name(event), "quarantined", f"{event.subject}  quarantined: {reasons[0].get('message', '')}{more}"


def _accepted(event: Fact) -> Said:
    return _name(event), "accepted", f"{event.subject}  {event.payload.get('rows') or 0:,} rows ok, without labels"


def _by(word: str, said: str) -> Callable[[Fact], Said]:
    return lambda event: (_name(event), word, f"{event.subject}  {said} by {event.actor}")


def _moved(event: Fact) -> Said:
    payload = event.payload
    name = _name(event)
    before = "" if payload.get("before") is None else f", before it was v{payload['before']}"
    text = f"{name} champion v{payload.get('version')}{before}: {payload.get('why')} ({event.actor})"
    return name, "promoted", text


def _model(word: str, said: str) -> Callable[[Fact], Said]:
    def made(event: Fact) -> Said:
        reason = event.payload.get("reason")
        return _name(event), word, f"{_name(event)} {said} by {event.actor}{f': {reason}' if reason else ''}"

    return made


def _rejected(event: Fact) -> Said:
    return _name(event), "broken", f"{_name(event)} recipe cannot be used: {event.payload.get('message')}"


def _job_failed(event: Fact) -> Said:
    return event.subject, "failed", f"{event.subject} failed: {event.payload.get('error')}"


def _not_asked(event: Fact) -> Said:
    name, payload = _name(event), event.payload
    what = f"recipe {str(payload.get('hash'))[:8]}" if payload.get("cause") == Cause.RECIPE_CHANGE else "new data"
    return name, "no run", f"{name} {what} -> no run: {payload.get('why')}"


def _rolled_back(event: Fact) -> Said:
    payload, name = event.payload, _name(event)
    then = "nothing serves" if payload.get("version") is None else f"v{payload['version']} serves again"
    what = f"{payload['what']} of " if payload.get("what") else ""
    text = f"{what}{name} v{payload.get('left')} rolled back in {payload.get('environment')}: {payload.get('why')}"
    return name, "rolled back", f"{text}; {then}" + ("" if payload.get("by_itself") else f" ({event.actor})")


def _came_in(event: Fact) -> Said:
    payload, name = event.payload, _name(event)
    if payload.get("state") == DeploymentState.WAITING:
        where = f"{name} v{payload.get('candidate')} before {payload.get('environment')}"
        return name, "waiting", f"{where}: {payload.get('why')}"
    return name, "deployed", f"{name} in {payload.get('environment')}: {payload.get('why')}"


def _not_loaded(event: Fact) -> Said:
    payload, name = event.payload, _name(event)
    version = payload.get("candidate") or payload.get("version")
    where = f"by the server of {payload.get('environment')}"
    return name, "failed", f"{name} v{version} cannot be loaded {where}, which goes on as it was: {payload.get('why')}"


def _alert(word: str, key: str) -> Callable[[Fact], Said]:
    """A line about an alert: its monitor, and what the event says of it."""
    def made(event: Fact) -> Said:
        again = " again" if event.payload.get("again") else ""
        text = f"{event.payload.get('monitor')} {word}{again}: {event.payload.get(key)}"
        return event.payload.get("model", ""), word, text

    return made


def _acknowledged(event: Fact) -> Said:
    word = "acknowledged" if event.payload.get("on", True) else "open again"
    monitor = str(event.payload.get("monitor"))
    return monitor.rpartition("/")[0], word, f"{monitor} {event.subject} {word} by {event.actor}"


def _scored(event: Fact) -> Said:
    name, payload = _name(event), event.payload
    rows = f"{payload.get('rows') or 0:,} rows of {payload.get('file')}"
    return name, "scored", f"{name} v{payload.get('version')} scored {rows} -> {payload.get('out')}"


def _file_refused(event: Fact) -> Said:
    name, payload = _name(event), event.payload
    what = "labels cannot be used" if payload.get("purpose") == JobKind.LABEL else "cannot be scored"
    return name, "refused", f"{name} {payload.get('file')}: {what}: {payload.get('error')}"


def _labelled(event: Fact) -> Said:
    name, payload = _name(event), event.payload
    odd = [
        f"{payload[key]:,} {word}" for key, word in (
            ("repeated", "said before"), ("contradicting", "against what was said before"),
            ("unknown", "of unknown ids"),
        ) if payload.get(key)
    ]
    rows = f"{payload.get('rows') or 0:,} labels from {payload.get('source')}"
    return name, "labelled", f"{name} {rows}{': ' if odd else ''}{', '.join(odd)}"


_OTHERS: dict[str, Callable[[Fact], Said]] = {
    EventKind.VERSION_QUARANTINED: _quarantined,
    EventKind.VERSION_ACCEPTED: _accepted,
    EventKind.VERSION_RETIRED: _by("retired", "retired"),
    EventKind.VERSION_RESTORED: _by("accepted", "accepted again"),
    EventKind.VERSION_RELEASED: _by("accepted", "released from quarantine"),
    EventKind.VERSION_DISCARDED: _by("discarded", "discarded"),
    EventKind.ALIAS_MOVED: _moved,
    EventKind.MODEL_HELD: _model("held", "held"),
    EventKind.MODEL_RESUMED: _model("resumed", "resumed"),
    EventKind.RECIPE_REJECTED: _rejected,
    EventKind.RECIPE_PAUSED: _model("paused", "paused"),
    EventKind.RECIPE_RESUMED: _model("resumed", "resumed"),
    EventKind.JOB_FAILED: _job_failed,
    EventKind.RUN_NOT_ASKED: _not_asked,
    EventKind.FILE_SCORED: _scored,
    EventKind.FILE_REFUSED: _file_refused,
    EventKind.LABELS_TAKEN: _labelled,
    EventKind.DEPLOYMENT_ROLLED_BACK: _rolled_back,
    EventKind.DEPLOYMENT_CHANGED: _came_in,
    EventKind.MODEL_NOT_LOADED: _not_loaded,
}

# the `+` keeps SQLite from the index on kinds: these are read in order of their ids, a few at a time
_KIND: Any = literal_column("+event.kind")


def _said(key: str) -> Any:
    return func.json_extract(EVENT.c.payload, f"$.{key}")


DECIDED = and_(
    _KIND.in_((*_RUN_KINDS, *_OTHERS)),
    # labelled rows are told of by the run that learns from them
    or_(_KIND != EventKind.VERSION_ACCEPTED, func.coalesce(_said("labelled"), 0) == 0),
    # and so are the moves that its gate made
    or_(
        _KIND != EventKind.ALIAS_MOVED,
        and_(_said("alias") == AliasName.CHAMPION, _said("run").is_(None), _said("why") != BREACHED),
    ),
    # a deployment that follows its champion at once, or goes back with it, says nothing new
    or_(_KIND != EventKind.DEPLOYMENT_CHANGED, _said("candidate").is_not(None), _said("passed").is_not(None)),
    # and the failure of a job that had begun one
    or_(
        _KIND != EventKind.JOB_FAILED,
        ~select(1).where(RUN.c.job_id == cast(func.substr(EVENT.c.subject, 5), Integer)).exists(),
    ),
)
