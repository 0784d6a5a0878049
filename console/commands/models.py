"""`footplate models`: look closer, promote, roll back, hold, approve, undo, measure again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.commands.many import Whose, each
from console.commands.model_view import (
    evaluation_columns,
    version_columns,
    write_difference,
    write_lineage,
    write_model,
    write_version,
)
from console.commands.names import recipe_names, version_number
from console.output import Column, ago
from core.errors import UsageError

if TYPE_CHECKING:
    from rich.text import Text

    from core.views.models import Model
    from core.views.models import Version as ModelVersion

app = group("Models: promote, roll back, hold, approve.")

Name = Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)]
Names = Annotated[
    list[str] | None, Argument(metavar="NAME...", show_default=False, autocompletion=recipe_names)
]
VersionName = Annotated[
    str, Argument(metavar="NAME[@V]", help="Without @V or @ALIAS: the champion.", autocompletion=recipe_names)
]
Version = Annotated[
    str | None, Argument(metavar="VERSION", help="Or write NAME@VERSION.", show_default=False)
]
Seen = Annotated[
    str | None,
    Option("--champion", metavar="VERSION", help="The champion that you saw; another by now: exit 5."),
]


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All models, each with its champion."""
    from core.views import flat, models
    from screens.format import significant, status

    def champion(one: Model) -> ModelVersion | None:
        return one.version(one.champion)

    def value(one: Model) -> str:
        found = champion(one)
        return significant(found.metrics.get(one.primary) if found else None)

    def since(one: Model) -> Text | None:
        found = champion(one)
        return ago(found.registered_at) if found else None

    listing.show(
        call, partial(models.list, call.workspace), asked(where, order, limit),
        [
            Column("model", lambda one: one.name),
            Column("state", lambda one: status("held" if one.held else "champion" if one.champion else "waiting")),
            Column("champion", lambda one: f"v{one.champion}" if one.champion else None),
            Column("metric", lambda one: one.primary),
            Column("value", value, right=True),
            Column("registered", since),
            Column("waiting", lambda one: f"v{one.challenger}" if one.challenger else None),
            Column("versions", lambda one: f"{len(one.versions):,}", right=True),
            Column("task", lambda one: one.task),
            Column("reason", lambda one: one.held_reason),
        ],
        flat.MODELS, empty="no models yet: the first run that beats a dummy makes one",
    )


@app.command("versions", cls=Listed)
def versions(call: Call, name: Name, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """The versions of a model, newest first."""
    from core.views import flat, models

    listing.show(
        call, partial(models.versions, call.workspace, name), asked(where, order, limit),
        version_columns(models.show(call.workspace, name).primary), flat.MODEL_VERSIONS,
        empty=f"{name} has no version like that",
    )


@app.command("show", cls=Verb)
def show(call: Call, name: Annotated[str, Argument(metavar="NAME[@V]", autocompletion=recipe_names)]) -> None:
    """One model with its versions; NAME@V or NAME@ALIAS: one version."""
    from core.views import models

    if "@" in name:
        call.one(models.version(call.workspace, name), write_version)
    else:
        call.one(models.show(call.workspace, name), write_model)


@app.command("card", cls=Verb)
def card(
    call: Call, name: VersionName,
    out: Annotated[Path | None, Option("-o", "--out", metavar="OUT", help="A file; else it is printed.")] = None,
) -> None:
    """What a version is, its data, recipe, numbers and limits, as Markdown."""
    from core.views import card as view

    found = view.card(call.workspace, name)
    if out is None:
        call.one(found, lambda one: output.say(one.markdown.rstrip("\n")))
        return
    from core.services.exporting import publish

    publish(out.expanduser(), found.markdown)
    call.done(f"the card of {found.model} v{found.version} -> {out} (undo: remove it)", out=str(out))


@app.command("diff", cls=Verb)
def diff(
    call: Call, name: VersionName,
    against: Annotated[
        str | None, Option("--against", metavar="VERSION", help="Default: the champion.", show_default=False)
    ] = None,
) -> None:
    """What promoting a version would change: recipe, data, parameters, numbers, and what its gate said."""
    from core.views import difference, models

    one = models.version(call.workspace, name)
    other = None if against is None else version_number(against)
    call.one(difference.difference(call.workspace, one.model, one.version, other), write_difference)


@app.command("lineage", cls=Verb)
def lineage(call: Call, name: VersionName) -> None:
    """From the files that a version came from to the aliases that it bears."""
    from core.views import graph, models

    one = models.version(call.workspace, name)
    call.one(graph.around(call.workspace, "model", f"{one.model}@{one.version}"), write_lineage)


@app.command("evaluate", cls=Verb)
def evaluate(
    call: Call, name: VersionName,
    data: Annotated[str | None, Option("--data", metavar="NAME@V", help="On this version of the data.")] = None,
    wait: Annotated[bool, Option("--wait", help="Until it is measured.")] = False,
) -> int:
    """Measure a version, and the champion, on labelled rows that neither has seen. No alias moves."""
    from console.commands.awaiting import measured, need_daemon
    from console.daemon import holder
    from core.services import evaluating

    if wait:
        need_daemon(call.workspace, f"measure {name}")
    job = evaluating.request(call.workspace, name, data)
    if wait:
        return measured(call, job)
    line = f"job {job} will measure {name} (stop it: `footplate jobs cancel {job}`)"
    if holder(call.workspace) is None:
        line += "; it waits for the daemon: `footplate daemon start`"
    call.done(line, job=job)
    return 0


@app.command("evaluations", cls=Verb)
def evaluations(call: Call, name: Name, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """What `evaluate` has measured, newest first; NAME@V: of one version."""
    from core.views import evaluations as view
    from core.views import models

    model, version = name, None
    if "@" in name:
        one = models.version(call.workspace, name)
        model, version = one.model, one.version
    else:
        models.show(call.workspace, name)
    page = view.list(call.workspace, model, version=version, **asked(where, order, limit))
    call.page(page, evaluation_columns(), empty=f"nothing was measured again yet: `footplate models evaluate {name}`")


@app.command("promote", cls=Verb)
def promote(call: Call, name: Name, version: Version = None, champion: Seen = None) -> None:
    """Make a version the champion."""
    from core.services import release

    if version is None:
        name, _, version = name.rpartition("@")
        if not name:
            raise UsageError("which version?", f"`footplate models promote {version} VERSION`")
    seen = None if champion is None else version_number(champion)
    call.done(release.promote(call.workspace, name, version_number(version), seen_champion=seen))


@app.command("rollback", cls=Verb)
def rollback(call: Call, name: Name, champion: Seen = None) -> None:
    """Back to the champion before, and hold: nothing is promoted until `resume`."""
    from core.services import release

    seen = None if champion is None else version_number(champion)
    call.done(release.rollback(call.workspace, name, seen_champion=seen))


@app.command("hold", cls=Verb)
def hold(
    call: Call, names: Names = None, where: Whose = None,
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="Shown wherever the hold is.")] = "",
) -> int:
    """Stop promotion, and nothing else."""
    from core.services import release

    return _each(call, names, where, lambda name: release.hold(call.workspace, name, reason), "models held")


@app.command("resume", cls=Verb)
def resume(call: Call, names: Names = None, where: Whose = None) -> int:
    """Let held models promote again."""
    from core.services import release

    return _each(call, names, where, lambda name: release.resume(call.workspace, name), "models promote again")


def _each(
    call: Call, named: list[str] | None, where: list[str] | None, doing: Callable[[str], str], did: str
) -> int:
    from core.views import models

    return each(
        call, named, where, listing=partial(models.list, call.workspace), name=lambda one: str(one.name), doing=doing,
        did=did, undo="undo",
    )


@app.command("approve", cls=Verb)
def approve(
    call: Call, name: Name,
    run: Annotated[int | None, Option("--run", metavar="RUN", help="Only if this run waits.")] = None,
) -> None:
    """Say yes to the version that waits for a person."""
    from core.services import release

    call.done(release.approve(call.workspace, name, run))


@app.command("undo", cls=Verb)
def undo(call: Call, name: Name) -> None:
    """Take back the last move of the champion; undoing twice does it again."""
    from core.services import release

    call.done(release.undo(call.workspace, name))


@app.command("export", cls=Verb)
def export(
    call: Call, name: Annotated[str, Argument(metavar="NAME[@V]", autocompletion=recipe_names)],
    out: Annotated[Path, Option("-o", "--out", metavar="OUT", help="A .zip file.")],
) -> None:
    """Write a version as one file: manifest, weights (skops) and user code."""
    from core.services import upkeep

    call.done(f"{upkeep.export_model(call.workspace, name, out.expanduser())} (undo: remove it)", out=str(out))
