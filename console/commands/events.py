"""`footplate events`: what happened."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Where, asked
from console.output import Column
from core.errors import UsageError

if TYPE_CHECKING:
    from core.views.activity import Event
    from core.views.stream import Entry
    from core.workspace import Workspace

POLL_SECONDS = 0.2
BATCH = 500


@listing.listed
def events(
    call: Call, limit: Limit = 100, where: Where = None, order: Order = None,
    follow: Annotated[
        bool, Option("--follow", "-f", help="Then go on with what happens, until ctrl-c; JSON Lines with --json.")
    ] = False,
    log: Annotated[bool, Option("--log", help="The daemon's log among them, in the order of time.")] = False,
    decisions: Annotated[bool, Option("--decisions", help="Only what was decided, in words.")] = False,
) -> None:
    """What happened, newest first; with --follow oldest first, and what is still to come."""
    if log and not listing.chosen(call):
        streamed(call, limit, where, order, follow)
        return
    from core.views import activity, flat

    if follow and order:
        raise UsageError("--follow has an order of its own: that of time", "leave --order out")
    if follow and (decisions or listing.chosen(call)):
        raise UsageError("--follow tells events as they come", "leave the other option out")
    if decisions:
        listing.show(
            call, partial(activity.decisions, call.workspace), asked(where, order, limit),
            [Column("at", lambda one: f"{one.at:%Y-%m-%d %H:%M:%S}"), Column("decision", lambda one: one.text)],
            flat.DECISIONS, empty="nothing was decided yet" if not where else "no decision is like that",
        )
        return
    if listing.chosen(call):
        wish = asked(where, order, limit)
        if log:
            from core.views import stream

            entries = partial(stream.list, call.workspace)
            listing.show(call, entries, wish, [], flat.STREAM, empty="no entry is like that")
        else:
            read = partial(activity.events, call.workspace)
            listing.show(call, read, wish, [], flat.EVENTS, empty="no event is like that")
        return
    page = activity.events(call.workspace, **asked(where, order, limit))
    if follow:
        start = activity.last_event(call.workspace)
        for event in reversed(page.rows):
            tell(call, event)
        for event in coming(call.workspace, max([start, *(one.id for one in page.rows)]), " ".join(where or ())):
            tell(call, event)
    call.page(
        page,
        [
            Column("id", lambda event: f"{event.id:,}", right=True),
            Column("at", lambda event: f"{event.at:%Y-%m-%d %H:%M:%S}"),
            Column("event", lambda event: event.kind),
            Column("subject", lambda event: event.subject),
            Column("actor", lambda event: event.actor),
            Column("details", details),
        ],
        empty="nothing has happened yet" if not where else "no event is like that",
    )


def streamed(call: Call, limit: int, where: list[str] | None, order: str | None, follow: bool) -> None:
    """Events and the daemon's log as one stream."""
    from core.views import stream

    asked_for = asked(where, order, limit)
    start = stream.now(call.workspace)
    page = stream.list(call.workspace, **asked_for)
    if follow:
        for entry in (*reversed(page.rows), *_streaming(call.workspace, start, asked_for["where"])):
            tell(call, entry)
    call.page(
        page,
        [
            Column("at", lambda entry: f"{entry.at:%Y-%m-%d %H:%M:%S}"),
            Column("what", lambda entry: entry.kind),
            Column("subject", lambda entry: entry.subject),
            Column("actor", lambda entry: entry.actor),
            Column("details", details),
        ],
        empty="nothing has happened yet" if not where else "no entry is like that",
    )


def _streaming(workspace: Workspace, after: Any, where: str) -> Iterator[Entry]:
    """Entries after a cursor as they come, for ever. The log tells nobody that it grows: it is looked at."""
    from core.views import stream

    while True:
        while page := stream.list(workspace, where=where, order="at", limit=0, after=after):
            yield from page.rows
            after = stream.after(page.rows, after)
        time.sleep(POLL_SECONDS)


def coming(workspace: Workspace, last: int, where: str) -> Iterator[Event]:
    """Events after `last` as they are committed, for ever."""
    from core.views import activity

    changes = workspace.registry.change_counter()
    try:
        while True:
            seen = changes.value()
            while page := activity.events(workspace, since=last, where=where, limit=BATCH):
                yield from page.rows
                last = page.rows[-1].id
            while changes.value() == seen:
                time.sleep(POLL_SECONDS)
    finally:
        changes.close()


def tell(call: Call, event: Event | Entry) -> None:
    if call.json:
        output.write_json_line(event)
    else:
        output.say(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.kind}  {event.subject}  {details(event)}".rstrip())


def details(event: Event | Entry) -> str:
    """The payload in a line, long lists and objects cut; of the log what it says."""
    if event.kind == "log":
        return " / ".join(line.strip() for line in str(event.payload["text"]).split("\n"))
    said = {name: value for name, value in event.payload.items() if value not in (None, "", [], {})}
    return "  ".join(f"{name}={_short(value)}" for name, value in said.items())


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
