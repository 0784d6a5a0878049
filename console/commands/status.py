"""`footplate status`: is all well, and if not, what to do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Option

from console import output
from console.commands import listing
from console.commands.call import Call, Order, Where, asked
from console.output import Column
from core.errors import UsageError

if TYPE_CHECKING:
    from core.views.overview import ModelLine, Overview

SAID = 72  # characters of a decision in a table that no terminal cuts; the verdict and `why` say it whole


@listing.listed
def status(
    call: Call, short: Annotated[bool, Option("--short", help="The verdict alone, in one line.")] = False,
    where: Where = None, order: Order = None,
) -> int:
    """All well, or what needs you; then a line a model, worst first. Exit 1 when a person is needed."""
    from core.views import flat, model_lines, overview

    if listing.chosen(call):
        read = partial(model_lines.list, call.workspace)
        listing.show(call, read, asked(where, order, 0), [], flat.MODEL_LINES, empty="nothing is watched here yet")
        return 0
    if where or order:
        raise UsageError("--where and --order are for chosen columns", "say --columns, --csv or --out, too")
    found = overview.overview(call.workspace)
    call.one(found, lambda one: output.say(one.verdict) if short else show(one))
    return 0 if found.well else 1


def show(found: Overview) -> None:
    """The verdict, a line a model, and the command that answers each need."""
    from core.text import shortened
    from screens.format import count, status

    output.say(found.verdict)
    if found.models:
        output.write_table(
            found.models,
            [
                Column("model", lambda one: one.name),
                Column("state", lambda one: status(one.state)),
                Column("champion", lambda one: f"v{one.champion}" if one.champion else None),
                Column("metric", lambda one: one.metric),
                Column("value", _value, right=True),
                Column("newest", lambda one: one.newest),
                Column("arrived", lambda one: output.ago(one.newest_at)),
                Column("last decision", lambda one: shortened(one.last, SAID)),
                Column("next", lambda one: shortened(one.next, SAID)),
            ],
            empty="",
        )
    else:
        output.say("no recipes yet: `footplate recipes new NAME --watch FOLDER --target COL`")
    for need in found.needs:
        output.say(f"{need.subject}: `{need.command}`")
    if found.daemon.running:
        loop = found.loop
        output.say(
            f"daemon {found.daemon.pid}: {count(loop.arriving)} files arriving,"
            f" {count(loop.ingesting)} ingest and {count(loop.training)} train jobs"
        )


def _value(one: ModelLine) -> str | None:
    """The champion's metric, and what it gained over the one before on the same rows."""
    from screens.format import signed, significant

    if one.value is None:
        return None
    return significant(one.value) + (f" ({signed(one.gain)})" if one.gain is not None else "")
