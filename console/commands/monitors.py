"""`footplate monitors`: what is watched of data and models, by which thresholds, and what was read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.output import Column, ago
from core.errors import UsageError

if TYPE_CHECKING:
    from core.views.monitors import Monitor, Report

app = group("Is data late or odd, does it drift, is the champion still worth what it was.")

Name = Annotated[str, Argument(metavar="MODEL/KIND", help="As the list shows it: flights/drift.")]
FURTHEST = 12  # columns of a reading that are printed
MARKS = " ▁▂▃▄▅▆▇█"


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All monitors, the worst first."""
    from core.views import flat, monitors
    from screens.format import status

    listing.show(
        call, partial(monitors.list, call.workspace), asked(where, order, limit),
        [
            Column("monitor", lambda one: one.name),
            Column("verdict", lambda one: status(one.verdict)),
            Column("says", lambda one: one.summary),
            Column("newest", lambda one: ago(one.at)),
            Column("alert", lambda one: None if one.alert is None else f"{one.alert} {one.alert_state}"),
            Column("is", lambda one: "off" if not one.enabled else "silent" if one.silenced_until else None),
        ],
        flat.MONITORS, empty="there is nothing to monitor yet" if not where else "no monitor is like that",
    )


@app.command("show", cls=Verb)
def show(
    call: Call, monitor: Name,
    reading: Annotated[
        int | None, Option("--reading", metavar="ID", help="One reading, whole: its columns, then and now.")
    ] = None,
) -> None:
    """What one monitor read, newest first, and what lies behind the newest reading."""
    from core.views import monitors

    if reading is not None:
        found = monitors.report(call.workspace, reading)
        if found.monitor != monitor:
            raise UsageError(f"reading {reading} is one of {found.monitor}", f"`footplate monitors show {monitor}`")
        call.one(found, write_report)
    else:
        call.one(monitors.show(call.workspace, monitor), write)


@app.command("check", cls=Verb)
def check(
    call: Call, name: Annotated[str, Argument(metavar="MODEL", help="Or one of its monitors, MODEL/KIND.")]
) -> None:
    """Have what has arrived read now, where it was not yet."""
    from core.services import monitoring

    call.done(monitoring.check(call.workspace, name))


@app.command("threshold", cls=Verb)
def threshold(
    call: Call, monitor: Name,
    settings: Annotated[
        list[str] | None, Argument(metavar="KEY=VALUE...", help="level=0.01, effect=0.2, min_rows=100.")
    ] = None,
    default: Annotated[bool, Option("--default", help="As the recipe says again.")] = False,
    on: Annotated[bool | None, Option("--on/--off", help="Whether it reads at all.")] = None,
) -> None:
    """Set what a monitor goes by, over what the recipe's [monitors] say."""
    from core.services import monitoring

    if not settings and not default and on is None:
        raise UsageError("nothing to set", "write KEY=VALUE, --default, --on or --off")
    pairs: dict[str, str] = {}
    for text in settings or ():
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{text!r} sets nothing", "write it like effect=0.2")
        pairs[key] = value
    call.done(monitoring.threshold(call.workspace, monitor, pairs, enabled=on, default=default))


@app.command("silence", cls=Verb)
def silence(
    call: Call, monitor: Name,
    how_long: Annotated[str, Argument(metavar="TIME", help="8h, 2d, resolved, forever; off: it speaks again.")] = "8h",
) -> None:
    """Nobody is told of a monitor for a while; it goes on reading."""
    from core.services import monitoring

    call.done(monitoring.silence(call.workspace, monitor, how_long))


def write(one: Monitor) -> None:
    from screens.format import moment, status

    output.say(f"{one.name}  {status(one.verdict)}  {one.summary}")
    if not one.enabled:
        output.say(f"off: it reads nothing (on: footplate monitors threshold {one.name} --on)")
    if one.silenced_until is not None:
        output.say(f"silent until {moment(one.silenced_until)}, by {one.silenced_by}")
    if one.settings:
        output.say("set by people: " + ", ".join(f"{key} {value}" for key, value in one.settings.items()))
    if one.alert is not None:
        output.say(f"alert {one.alert} is {one.alert_state}: footplate alerts show {one.alert}")
    output.write_table(
        one.readings[::-1],
        [
            Column("source", lambda reading: reading.source),
            Column("at", lambda reading: moment(reading.at)),
            Column(one.unit or "value", lambda reading: _number(reading.value), right=True),
            Column("bar", lambda reading: _number(reading.threshold), right=True),
            Column("verdict", lambda reading: status(reading.verdict) if reading.verdict else None),
            Column("note", lambda reading: reading.note),
        ],
        empty="nothing was read yet",
    )
    _write_columns(one.columns)


def write_report(one: Report) -> None:
    from screens.format import status

    output.say(f"{one.monitor}  {one.source}  {status(one.verdict)}  {one.summary}")
    who = "" if one.version is None else f" by v{one.version}"
    output.say(f"{one.rows:,} rows{who}; all of it: --json")
    _write_columns(one.columns)


def _write_columns(columns: Any) -> None:
    """The columns that are furthest from what they were, with their distributions before and after."""
    from screens.format import status

    if not columns:
        return
    output.write_table(
        columns[:FURTHEST],
        [
            Column("column", lambda one: one["column"]),
            Column("verdict", lambda one: status(one["verdict"])),
            Column("moved", lambda one: _number(one["value"]), right=True),
            Column("bar", lambda one: _number(one["threshold"]), right=True),
            Column("chance", lambda one: _number(one["p_value"]), right=True),
            Column("before", lambda one: _bars(one, "before")),
            Column("now", lambda one: _bars(one, "after")),
            Column("note", lambda one: one.get("note")),
        ],
        empty="",
    )
    if len(columns) > FURTHEST:
        output.say(f"(the first {FURTHEST} of {len(columns)}; all: --json)")


def _bars(column: Any, side: str) -> str | None:
    """Shares as little bars, both sides to one scale."""
    shares = column.get("shares") or {}
    if side not in shares:
        return None
    most = max((*shares["before"], *shares["after"]), default=0.0) or 1.0
    return "".join(MARKS[min(8, round(8 * share / most))] for share in shares[side])


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"
