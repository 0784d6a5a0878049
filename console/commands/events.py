"""`footplate events`: what happened."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from typer import Option

from console import output
from console.commands.call import Call, Limit, Order, Where, asked
from console.output import Column
from core.errors import UsageError

if TYPE_CHECKING:
    from core.views.activity import Event
    from core.workspace import Workspace

POLL_SECONDS = 0.2
BATCH = 500


def events(
    call: Call, limit: Limit = 100, where: Where = None, order: Order = None,
    follow: Annotated[
        bool, Option("--follow", "-f", help="Then go on with what happens, until ctrl-c; JSON Lines with --json.")
    ] = False,
) -> None:
    """What happened, newest first; with --follow oldest first, and what is still to come."""
    from core.views import activity

    if follow and order:
        raise UsageError("--follow has an order of its own: that of time", "leave --order out")
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


def tell(call: Call, event: Event) -> None:
    if call.json:
        output.write_json_line(event)
    else:
        output.say(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.kind}  {event.subject}  {details(event)}".rstrip())


def details(event: Event) -> str:
    """The payload in a line, long lists and objects cut."""
    said = {name: value for name, value in event.payload.items() if value not in (None, "", [], {})}
    return "  ".join(f"{name}={_short(value)}" for name, value in said.items())


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
