"""An event in lines."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from core.views.activity import Event
from core.views.stream import Entry
from screens import format as f
from screens.plain import plain


def event_lines(row: Event | Entry, now: datetime) -> list[Text]:
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
