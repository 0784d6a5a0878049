"""`footplate monitors`: what can be read of data and models today."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.monitors import Monitor

app = group("Is data late or odd, does the champion hold. Thresholds, drift and alerts are not in this version.")

Name = Annotated[str, Argument(metavar="SUBJECT/KIND", help="As the list shows it: flights/freshness.")]


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All monitors, what is odd first."""
    from core.views import flat, monitors
    from screens.format import status

    listing.show(
        call, partial(monitors.list, call.workspace), asked(where, order, limit),
        [
            Column("monitor", lambda one: one.name),
            Column("verdict", lambda one: status(one.verdict)),
            Column("says", lambda one: one.summary),
            Column("newest", lambda one: ago(one.at)),
        ],
        flat.MONITORS, empty="there is nothing to monitor yet" if not where else "no monitor is like that",
    )


@app.command("show", cls=Verb)
def show(call: Call, monitor: Name) -> None:
    """What one monitor read, newest first."""
    from core.views import monitors

    call.one(monitors.show(call.workspace, monitor), write)


def write(one: Monitor) -> None:
    from screens.format import moment, status

    output.say(f"{one.name}  {status(one.verdict)}  {one.summary}")
    output.write_table(
        one.readings[::-1],
        [
            Column("source", lambda reading: reading.source),
            Column("at", lambda reading: moment(reading.at)),
            Column(one.unit or "value", lambda reading: None if reading.value is None else f"{reading.value:.4g}",
                   right=True),
            Column("note", lambda reading: reading.note),
        ],
        empty="nothing was read yet",
    )
