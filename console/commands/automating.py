"""`footplate recipes waiting` and `triggers`: which files wait and why, what starts runs by itself and when next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument

from console.commands import listing
from console.commands.call import Call, Limit, Order, Where, asked
from console.commands.names import recipe_names
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.page import Page


def waiting(
    call: Call,
    name: Annotated[
        str | None, Argument(metavar="NAME", autocompletion=recipe_names, show_default=False)
    ] = None,
    limit: Limit = 100, where: Where = None, order: Order = None,
) -> None:
    """Files in watched folders that are not taken yet, and why each waits."""
    from core.services import arrivals
    from core.views import flat
    from core.views.daemon import running

    workspace = call.workspace
    daemon = running(workspace) is not None
    listing.show(
        call, paged(lambda **wish: arrivals.waiting(workspace, name or "", daemon=daemon, **wish)),
        asked(where, order, limit),
        [
            Column("recipe", lambda one: one.recipe),
            Column("file", lambda one: one.file),
            Column("waits for", lambda one: one.why),
            Column("bytes", lambda one: f"{one.bytes:,}", right=True),
            Column("changed", lambda one: ago(one.changed_at)),
        ],
        flat.WAITING, empty="no file waits",
    )


def triggers(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """What starts runs by itself: whether it would now, and when next."""
    from core.services import triggers as service
    from core.views import flat
    from screens.format import moment, status

    listing.show(
        call, paged(lambda **wish: service.triggers(call.workspace, **wish)), asked(where, order, limit),
        [
            Column("recipe", lambda one: one.recipe),
            Column("trigger", lambda one: one.kind),
            Column("state", lambda one: status(one.state)),
            Column("next", lambda one: moment(one.next_at) if one.next_at else None),
            Column("woken by", lambda one: one.says),
            Column("not before", lambda one: f"{moment(one.free_at)}: {one.why}" if one.free_at else None),
        ],
        flat.TRIGGERS, empty="no recipe can be used yet",
    )


def paged(read: Callable[..., Sequence[Any]]) -> Callable[..., Page[Any]]:
    """What is read at once, as a listing takes it."""

    def page(*, where: str = "", order: str = "", limit: int = 0, after: Any = None) -> Page[Any]:
        from core.views.page import held

        return held(read(where=where, order=order), limit, after)

    return page
