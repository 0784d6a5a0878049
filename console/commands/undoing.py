"""`footplate undo` and `footplate redo`: take back what was changed by hand."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from console.commands.call import Call, Limit
from console.output import Column, ago

Event = Annotated[
    int | None, Argument(metavar="EVENT", min=1, help="As --list names it; default: your newest.", show_default=False)
]


def undo(
    call: Call, event: Event = None,
    list_: Annotated[bool, Option("--list", help="What can be undone and redone, newest first.")] = False,
    limit: Limit = 20,
) -> None:
    """Take back your last change, or one that is named; exit 5 where somebody changed it since."""
    from core.services import undoing

    if list_:
        _list(call, limit)
    else:
        call.done(undoing.undo(call.workspace, event))


def redo(call: Call, event: Event = None) -> None:
    """Take back your last undo, or one that is named."""
    from core.services import undoing

    call.done(undoing.redo(call.workspace, event))


def _list(call: Call, limit: int) -> None:
    from core.views import changes

    call.listing(
        changes.list(call.workspace, limit=limit),
        [
            Column("event", lambda one: f"{one.id:,}", right=True),
            Column("when", lambda one: ago(one.at)),
            Column("who", lambda one: one.actor),
            Column("what", lambda one: one.text),
            Column("can be", lambda one: {"undo": "undone", "redo": "redone"}.get(one.can, "–")),
            Column("would bring back", lambda one: "; ".join(one.returns[:3]) or one.why),
        ],
        empty="nobody has changed anything yet that could be undone",
    )
