"""Events and the daemon's log as one stream; each entry leads to what it is about."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from rich.text import Text

from core.views import activity, flat, stream
from core.views import recipes as recipe_views
from core.views.stream import LOG_KIND, Entry
from core.vocabulary import EventKind as Kind
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Level, Listing, Place, Query, Slice, number
from screens.levels.datasets import Versions
from screens.levels.described import Described
from screens.levels.events import event_lines, fact
from screens.levels.folders import Folders
from screens.levels.jobs import Jobs
from screens.levels.models import ModelVersions
from screens.levels.replay import ReplayPage
from screens.levels.run import RunPage
from screens.levels.version import MetricsPart, RecordPart
from screens.plain import plain

WORDS: dict[str, str] = {  # kind of event -> the state whose glyph it bears
    Kind.DAEMON_STARTED: "resumed", Kind.DAEMON_STOPPED: "retired", Kind.RECIPE_ADDED: "accepted",
    Kind.RECIPE_CHANGED: "accepted", Kind.RECIPE_REJECTED: "broken", Kind.RECIPE_REMOVED: "removed",
    Kind.RECIPE_PAUSED: "paused", Kind.RECIPE_RESUMED: "resumed", Kind.VERSION_ADDED: "pending",
    Kind.VERSION_ACCEPTED: "accepted", Kind.VERSION_QUARANTINED: "quarantined", Kind.VERSION_SUPERSEDED: "superseded",
    Kind.VERSION_RETIRED: "retired", Kind.VERSION_RESTORED: "accepted", Kind.VERSION_RELEASED: "accepted",
    Kind.VERSION_DISCARDED: "discarded", Kind.JOB_QUEUED: "queued", Kind.JOB_STARTED: "running",
    Kind.JOB_FINISHED: "finished", Kind.JOB_FAILED: "failed", Kind.JOB_DEFERRED: "deferred",
    Kind.JOB_RETRIED: "queued", Kind.JOB_CANCELLED: "cancelled", Kind.JOB_ACKNOWLEDGED: "finished",
    Kind.JOB_REOPENED: "failed", Kind.RUN_STARTED: "running", Kind.RUN_FINISHED: "finished", Kind.RUN_FAILED: "failed",
    Kind.RUN_CANCELLED: "cancelled", Kind.GATE_PASSED: "passed", Kind.GATE_FAILED: "refused",
    Kind.GATE_WAITED: "insufficient_data", Kind.APPROVAL_REQUESTED: "needs_approval",
    Kind.APPROVAL_GIVEN: "passed", Kind.MODEL_VERSION_REGISTERED: "registered", Kind.ALIAS_MOVED: "promoted",
    Kind.MODEL_HELD: "held", Kind.MODEL_RESUMED: "resumed", Kind.MODEL_EVALUATED: "finished",
    Kind.RECIPE_REPLAYED: "finished",
}
MOST = 60  # characters of one fact


class Stream(Listing):
    table = flat.STREAM
    name, order, serial = "event", "-at", "id"
    columns = (
        number("when", lambda row, now: f.ago(row.at, now), "", "", field="at"),
        Column("what", lambda row, now: what(row), 30, narrowest=12, field="kind"),
        Column("subject", lambda row, now: f.text(row.subject), 32, narrowest=12),
        Column("who", lambda row, now: f.text(row.actor, "quiet"), 28, narrowest=6, field="actor"),
        Column("facts", lambda row, now: facts(row), 400, narrowest=10, field="payload"),
    )

    @property
    def crumb(self) -> str:
        return "events and log"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(
            stream.list(workspace, where=query.where, order=query.order, limit=query.limit, after=query.after)
        )

    def count(self, workspace: Workspace, where: str) -> int:
        return stream.count(workspace, where)

    def identity(self, row: Entry) -> Hashable:
        return row.key

    def describe(self, workspace: Workspace, row: Entry) -> list[Text]:
        now = workspace.clock.now()
        if row.place is not None:
            head = [Text.assemble((plain(row.subject), "title"), f"  {f.moment(row.at)}"), f.field("file", row.file)]
            return [*head, Text(), *(Text(plain(line)) for line in row.lines)]
        return event_lines(row, now)

    def log(self, workspace: Workspace, row: Entry) -> Path | None:
        """The log of the run or the job that an entry is about."""
        name, _, tail = row.subject.partition(" ")
        if name == "job" and tail.isdecimal():
            return activity.job(workspace, int(tail)).log
        if name == "run" and tail.isdecimal():
            return RunPage(int(tail)).log(workspace)
        return Path(row.file) if row.file else None

    def row_id(self, row: Entry) -> str:
        return str(row.id) if row.id is not None else row.subject

    def row_command(self, row: Entry) -> str:
        if row.place is not None:
            return "footplate events --log --where kind=log"
        return f"footplate events --where {f.quoted(f'id={row.id}')} --json"

    def command(self) -> str:
        return "footplate events --log"


def what(row: Entry) -> Text:
    """A glyph, and what happened."""
    if row.kind == LOG_KIND:
        return Text("≡ log", "quiet")
    glyph = f.status(WORDS.get(row.kind, "none"))
    return Text.assemble((glyph.plain[:1], str(glyph.style)), f" {plain(row.kind)}")


def facts(row: Entry) -> Text:
    """The payload in one line, without what is empty; of the log the first line, and how many follow."""
    if row.place is not None:
        more = f"  (+{len(row.lines) - 1:,} lines)" if len(row.lines) > 1 else ""
        return Text.assemble(plain(row.lines[0] if row.lines else ""), (more, "quiet"))
    shown = [_short(key, value) for key, value in row.payload.items() if value not in (None, "", [], {}, False)]
    return Text(plain(", ".join(shown)), "quiet")


def _short(key: str, value: object) -> str:
    words = fact(key, value)
    return words if len(words) <= MOST else words[: MOST - 1] + "…"


def leads_to(workspace: Workspace, row: Entry) -> Place | None:
    """The thing that an entry is about, with the cursor on it; None where there is no more than the entry itself."""
    name, _, tail = row.subject.partition(" ")
    dataset, at, version = row.subject.rpartition("@")
    level: Level | None = None
    cursor: Hashable | None = None
    if name == "run" and tail.isdecimal():
        level = RunPage(int(tail))
    elif name == "job" and tail.isdecimal():
        level = Described(Jobs(), activity.job(workspace, int(tail)))
    elif name == "model" and tail:
        number_ = row.payload.get("version")
        part = MetricsPart if row.kind == Kind.MODEL_EVALUATED else RecordPart
        level = part(tail, number_) if isinstance(number_, int) else ModelVersions(tail)
    elif name == "recipe" and tail:
        replayed = row.kind == Kind.RECIPE_REPLAYED
        level = ReplayPage(tail) if replayed else Described(Folders(), recipe_views.show(workspace, tail))
    elif at and version.isdecimal():
        level, cursor = Versions(dataset), int(version)
    return None if level is None else Place(level, cursor=cursor)
