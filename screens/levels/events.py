"""An event in lines, and its facts as one would say them."""

from __future__ import annotations

import re
from datetime import datetime

from rich.text import Text

from core.views.activity import Event
from core.views.stream import Entry
from screens import format as f
from screens.plain import plain

NUMBERS = ("run", "job", "version", "before", "pid", "attempt", "event", "alert", "epoch")  # that name something
OWN_NAMES = ("metrics", "params")  # of what has names of its own
HASH = re.compile(r"[0-9a-f]{40,64}")


def fact(key: str, value: object) -> str:
    """`rows 2,500`, `by itself`, `hash 3f2a91c0b7d4`."""
    return words(key) if value is True else f"{words(key)} {said(key, value)}"


def words(key: str) -> str:
    return key.replace("_", " ").strip()


def said(key: str, value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: f.NOTHING, True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return f.significant(value)
    if isinstance(value, int):
        return f.size(value) if key == "bytes" else str(value) if key in NUMBERS else f"{value:,}"
    if isinstance(value, list | tuple):
        return "; ".join(said(key, one) for one in value) or f.NOTHING
    if isinstance(value, dict):
        own = key in OWN_NAMES
        parts = [f"{name} {said(name, one)}" if own else fact(name, one) for name, one in value.items()]
        return str(value.get("message") or ", ".join(parts)) or f.NOTHING
    text = str(value)
    return f.short(text) if HASH.fullmatch(text) else text


def event_lines(row: Event | Entry, now: datetime) -> list[Text]:
    lines = [
        Text.assemble((plain(row.kind), "title"), f"  event {row.id}"),
        f.field("when", f.when(row.at, now)),
        f.field("who", row.actor),
        f.field("subject", row.subject),
    ]
    if row.payload:
        lines += [Text(), f.heading("Facts")]
        lines += [
            f.field(plain(words(key)), f.text(value if isinstance(value, str) else said(key, value)))
            for key, value in row.payload.items()
        ]
    return [*lines, Text(), f.heading("Chain"), f.field("hash", row.hash), f.field("before it", row.previous_hash)]
