"""`footplate pipelines`: the way of each saved recipe, and the log of what stopped it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.output import Column, ago

if TYPE_CHECKING:
    from core.views.pipelines import Pipeline

app = group("Saved recipes on their way: check, tests, smoke fit, run, gate, environments.")

Id = Annotated[int, Argument(metavar="ID", min=1)]


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All of them, newest first."""
    from core.views import flat, pipelines
    from screens.format import status

    listing.show(
        call, partial(pipelines.list, call.workspace), asked(where, order, limit),
        [
            Column("id", lambda one: str(one.id), right=True),
            Column("recipe", lambda one: one.recipe),
            Column("hash", lambda one: one.hash[:8] or None),
            Column("commit", lambda one: one.commit[:8] if one.commit else None),
            Column("state", lambda one: status(one.state)),
            Column("stage", lambda one: one.stage.name if one.stage else None),
            Column("saved", lambda one: ago(one.started_at)),
            Column("says", lambda one: one.says),
        ],
        flat.PIPELINES, empty="no recipe was saved yet" if not where else "no pipeline is like that",
    )


@app.command("show", cls=Verb)
def show(call: Call, id: Id) -> None:
    """One of them, stage by stage."""
    from core.views import pipelines

    call.one(pipelines.show(call.workspace, id), write)


def write(one: Pipeline) -> None:
    from screens.format import duration, moment, status

    output.write_facts({
        "pipeline": f"{one.id}, recipe {one.recipe} ({one.hash[:8] or 'unreadable'})",
        "commit": one.commit,
        "state": status(one.state),
        "run": str(one.run) if one.run else None,
        "by": one.actor,
        "saved": moment(one.started_at),
    })
    output.say()

    def took(stage: object) -> str | None:
        at, ended = getattr(stage, "at", None), getattr(stage, "ended_at", None)
        return duration((ended - at).total_seconds()) if at and ended else None

    output.write_table(
        one.stages,
        [
            Column("stage", lambda stage: stage.name),
            Column("state", lambda stage: status(stage.state)),
            Column("took", took, right=True),
            Column("says", lambda stage: stage.message),
        ],
        empty="no stages",
    )
    if any(stage.job for stage in one.stages):
        output.say(f"log: `footplate pipelines logs {one.id}`")


@app.command("logs", cls=Verb)
def logs(
    call: Call, id: Id,
    lines: Annotated[int, Option("--lines", min=0, metavar="N", help="The last so many of each job; 0: all.")] = 200,
) -> None:
    """What was said on the way: the tests' output, the fit, the run, smoke requests."""
    from core.views import pipelines

    said = pipelines.log(call.workspace, id, lines)
    call.one({"pipeline": id, "lines": said}, lambda one: output.say("\n".join(said)))
