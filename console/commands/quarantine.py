"""`footplate data quarantine`: what was set aside, until a person releases or discards it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.commands.many import Count, Whose, counted, each
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.datasets import Version as Shown
    from core.workspace import Workspace

app = group("What was set aside: list, show, release, discard.")

Version = Annotated[str, Argument(metavar="NAME@V")]
Named = Annotated[list[str] | None, Argument(metavar="NAME@V...", show_default=False)]


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All that waits for a person, with its reasons."""
    from core.views import datasets, flat

    listing.show(
        call, partial(datasets.quarantine, call.workspace), asked(where, order, limit), version_columns(),
        flat.VERSIONS, empty="nothing is quarantined",
    )


def version_columns() -> list[Column]:
    """A version as a line of a table."""
    from screens.format import count, status

    return [
        Column("version", lambda one: one.name),
        Column("state", lambda one: status("discarded" if one.discarded else one.state)),
        Column("rows", lambda one: count(one.rows), right=True),
        Column("labelled", lambda one: count(one.labelled), right=True),
        Column("arrived", lambda one: ago(one.added_at)),
        Column("file", lambda one: one.file_name),
        Column("why", lambda one: "; ".join(said["message"] for said in [*one.reasons, *one.warnings])),
    ]


def show_version(one: Shown) -> None:
    """One version for people."""
    from screens.format import count, moment, size, status

    output.write_facts({
        "version": one.name,
        "state": status("discarded" if one.discarded else one.state),
        "held again by": f"{one.dataset}@{one.superseded_by}" if one.superseded_by else None,
        "file": one.file_name,
        "size": size(one.bytes),
        "sha256": one.hash,
        "rows": count(one.rows),
        "columns": count(one.columns),
        "labelled": count(one.labelled),
        "unreadable rows": f"{one.bad_rows:,}" if one.bad_rows else None,
        "from": one.time_min,
        "to": one.time_max,
        "arrived": f"{moment(one.added_at)}, {one.cause.replace('_', ' ')}, {one.actor}",
    })
    for said in one.reasons:
        output.say(f"✗ {said['message']}")
    for said in one.warnings:
        output.say(f"! {said['message']}")
    if one.state == "quarantined" and not one.discarded:
        output.say(f"accept it: `footplate data quarantine release {one.name}`")


@app.command("show", cls=Verb)
def show(call: Call, version: Version) -> None:
    """The very lines and cells that are the reasons, and what was expected there."""
    from core.services import quarantine
    from core.views import datasets

    one = datasets.show(call.workspace, version)
    found = [place.to_json() for place in quarantine.places(call.workspace, version)]
    call.one({"version": one.name, "places": found}, lambda made: show_places(found))


def show_check(found: Mapping[str, Any]) -> None:
    """What a kept file would be judged to be by now, for people."""
    from screens.levels.places import judged

    for line in judged(found):
        output.say(line.plain.rstrip())


def show_places(found: Sequence[Mapping[str, Any]]) -> None:
    """Each reason with its lines, for people."""
    from screens.levels.places import placed

    for line in [line for one in found for line in placed(one)]:
        output.say(line.plain.rstrip())


@app.command("release", cls=Verb)
def release(call: Call, named: Named = None, where: Whose = None) -> int:
    """Accept versions after all, as far as they can be read."""
    from core.services import versions

    return each_version(call, named, where, versions.release, "versions released")


@app.command("discard", cls=Verb)
def discard(call: Call, named: Named = None, where: Whose = None, count: Count = None) -> int:
    """Throw the stored bytes away; the record stays, and so does the file that arrived. With --where also --count."""
    from core.services import versions
    from core.views import datasets

    counted(partial(datasets.all_versions, call.workspace), where, count, "discarding")
    return each_version(call, named, where, versions.discard, "versions discarded", "")


def each_version(
    call: Call, named: list[str] | None, where: list[str] | None, doing: Callable[[Workspace, str], str], did: str,
    undo: str = "undo",
) -> int:
    """Do it to versions that are named, or to those of all datasets that a filter finds."""
    from core.views import datasets

    return each(
        call, named, where, listing=partial(datasets.all_versions, call.workspace), name=lambda one: str(one.name),
        doing=lambda one: doing(call.workspace, one), did=did, undo=undo,
    )
