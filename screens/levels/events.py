"""The hash-chained log: who did what."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime

from rich.text import Text

from core.views import activity as views
from core.views.activity import Event
from core.workspace import Workspace
from screens import format as f
from screens.level import Column, Listing, Query, Slice, number
from screens.plain import plain


class Events(Listing):
    name, order, serial = "event", "-id", "id"
    columns = (
        number("event", lambda row, now: Text(f"{row.id}", "quiet"), "n", "id"),
        number("when", lambda row, now: f.ago(row.at, now), "a", "at"),
        Column("what", lambda row, now: f.text(row.kind, "strong"), 28, order="kind", letter="k"),
        Column("subject", lambda row, now: f.text(row.subject), 32, narrowest=14, order="subject", letter="s"),
        Column("who", lambda row, now: f.text(row.actor, "quiet"), 28, narrowest=8, order="actor", letter="w"),
        Column("facts", lambda row, now: facts(row), 100, narrowest=10),
    )

    @property
    def crumb(self) -> str:
        return "events"

    def read(self, workspace: Workspace, query: Query) -> Slice:
        return Slice.of(
            views.events(workspace, where=query.where, order=query.order, limit=query.limit, after=query.after)
        )

    def count(self, workspace: Workspace, where: str) -> int:
        return views.count_events(workspace, where)

    def identity(self, row: Event) -> Hashable:
        return row.id

    def describe(self, workspace: Workspace, row: Event) -> list[Text]:
        return event_lines(row, workspace.clock.now())

    def row_command(self, row: Event) -> str:
        return f"footplate events --where {f.quoted(f'id={row.id}')} --json"

    def command(self) -> str:
        return "footplate events"


def facts(row: Event) -> Text:
    """The payload in one line, without what is empty."""
    shown = [f"{key} {_short(value)}" for key, value in row.payload.items() if value not in (None, "", [], {})]
    return Text(plain(", ".join(shown)), "quiet")


def _short(value: object) -> str:
    if isinstance(value, float):
        return f.significant(value)
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def event_lines(row: Event, now: datetime) -> list[Text]:
    lines = [
        Text.assemble((plain(row.kind), "title"), f"  event {row.id}"),
        f.field("when", f.when(row.at, now)),
        f.field("who", row.actor),
        f.field("subject", row.subject),
    ]
    if row.payload:
        lines += [Text(), f.heading("Facts")]
        lines += [f.field(plain(key), f.text(value)) for key, value in row.payload.items()]
    return [*lines, Text(), f.heading("Chain"), f.field("hash", row.hash), f.field("before it", row.previous_hash)]
