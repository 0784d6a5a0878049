"""`footplate alerts`: what is wrong, since when, what was done about it, and what a person can do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.commands.many import Whose, each
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.alerts import Alert as Shown

app = group("What the monitors raised: list, show, acknowledge.")

Alert = Annotated[int, Argument(metavar="ALERT", min=1)]
Alerts = Annotated[list[int] | None, Argument(metavar="ALERT...", min=1, show_default=False)]


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All alerts, newest first; --where state=open: those that need somebody."""
    from core.views import alerts, flat
    from screens.format import status

    listing.show(
        call, partial(alerts.list, call.workspace), asked(where, order, limit),
        [
            Column("alert", lambda one: str(one.id), right=True),
            Column("monitor", lambda one: one.monitor),
            Column("state", lambda one: status(one.state)),
            Column("opened", lambda one: ago(one.opened_at)),
            Column("since", lambda one: _since(one)),
            Column("readings", lambda one: str(one.readings), right=True),
            Column("what", lambda one: one.what),
            Column("done", lambda one: one.does or None),
        ],
        flat.ALERTS, empty="no alerts yet" if not where else "no alert is like that",
    )


@app.command("show", cls=Verb)
def show(call: Call, alert: Alert) -> None:
    """One alert: its evidence, what was done, and what can be."""
    from core.views import alerts

    call.one(alerts.show(call.workspace, alert), write)


@app.command("ack", cls=Verb)
def ack(call: Call, alerts: Alerts = None, where: Whose = None) -> int:
    """Somebody knows: it needs nobody any more, and still holds until it is well again."""
    from core.services import alerting
    from core.views import alerts as views

    return each(
        call, alerts, where, listing=partial(views.list, call.workspace), name=lambda one: int(one.id),
        doing=lambda one: alerting.acknowledge(call.workspace, one), did="alerts acknowledged", undo="undo",
    )


def write(one: Shown) -> None:
    from screens.format import moment, status

    output.say(f"alert {one.id}  {one.monitor}  {status(one.state)}  {one.what}")
    facts = [
        ("opened", moment(one.opened_at)), ("since", _since(one)), ("read", one.source),
        ("readings", str(one.readings)), ("rows", None if one.rows is None else f"{one.rows:,}"),
        ("columns", ", ".join(one.columns)), ("the version before", one.before.get("headline")), ("done", one.does),
        ("acknowledged", f"{moment(one.acknowledged_at)} by {one.acknowledged_by}" if one.acknowledged_at else None),
        ("resolved", moment(one.resolved_at) if one.resolved_at else None), *one.commands.items(),
    ]
    for name, value in facts:
        if value:
            output.say(f"  {name:<20} {value}")


def _since(one: Shown) -> str | None:
    return None if one.since is None else f"{one.since['dataset']}@{one.since['version']}"
