"""`footplate data`: datasets and their versions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.commands.many import Whose
from console.commands.names import recipe_names
from console.commands.profiles import one_column, write_column, write_difference, write_profile
from console.commands.quarantine import Named, each_version, show_check, show_version, version_columns
from console.commands.quarantine import app as quarantine
from console.commands.threads import few_threads
from console.output import Column, ago

app = group("Datasets and their versions; add, retire, quarantine.")

Name = Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)]
Version = Annotated[str, Argument(metavar="NAME@V")]


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All datasets."""
    from core.views import datasets, flat
    from screens.format import status

    listing.show(
        call, partial(datasets.list, call.workspace), asked(where, order, limit),
        [
            Column("dataset", lambda one: one.name),
            Column("recipe", lambda one: one.recipe),
            Column("versions", lambda one: f"{one.versions:,}", right=True),
            Column("quarantined", lambda one: f"{one.quarantined:,}", right=True),
            Column("rows", lambda one: f"{one.rows:,}", right=True),
            Column("labelled", lambda one: f"{one.labelled:,}", right=True),
            Column("newest", lambda one: f"v{one.newest}" if one.newest else None, right=True),
            Column("state", lambda one: status(one.newest_state)),
            Column("arrived", lambda one: ago(one.added_at)),
        ],
        flat.DATASETS, empty="no data yet: let a file arrive in a watched folder, or `footplate data add NAME FILE`",
    )


@app.command("versions", cls=Listed)
def versions(call: Call, name: Name, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """The versions of a dataset, the quarantined too, newest first."""
    from core.views import datasets, flat

    listing.show(
        call, partial(datasets.versions, call.workspace, name), asked(where, order, limit), version_columns(),
        flat.VERSIONS, empty=f"{name} has no versions like that",
    )


@app.command("show", cls=Verb)
def show(call: Call, version: Version) -> None:
    """One version: its files, its verdict and why."""
    from core.views import datasets

    call.one(datasets.show(call.workspace, version), show_version)


@app.command("profile", cls=Verb)
def profile(
    call: Call, version: Version,
    column: Annotated[
        str | None, Option("--column", metavar="COL", help="Everything about this one column.", show_default=False)
    ] = None,
) -> None:
    """What a version holds, column by column; made when it arrived."""
    from core.views import datasets

    found = datasets.profile(call.workspace, version)
    if column is None:
        call.one(found, write_profile)
    else:
        call.one(one_column(found, version, column), lambda facts: write_column(found, column, facts))


@app.command("diff", cls=Verb)
def diff(
    call: Call, before: Annotated[str, Argument(metavar="NAME@A")], after: Annotated[str, Argument(metavar="NAME@B")]
) -> None:
    """What changed from one version to another, by their stored profiles."""
    from core.services import explore

    call.one(explore.diff(call.workspace, before, after), write_difference)


@app.command("add", cls=Verb)
def add(call: Call, name: Name, files: Annotated[list[Path], Argument(metavar="FILE...")]) -> int:
    """Take files by hand, wherever they lie; judged at once. Exit 1 where one is quarantined."""
    few_threads()
    from core.services import adding

    added = adding.add(call.workspace, name, [path.expanduser() for path in files])
    lines = [one.line for one in added]
    call.done("\n".join(lines), lines=lines)
    return int(not all(one.accepted for one in added))


@app.command("retire", cls=Verb)
def retire(call: Call, named: Named = None, where: Whose = None) -> int:
    """Take versions out of future training; --where looks at those of all datasets."""
    from core.services import versions

    return each_version(call, named, where, versions.retire, "versions retired")


@app.command("restore", cls=Verb)
def restore(call: Call, named: Named = None, where: Whose = None) -> int:
    """Take retired versions in again."""
    from core.services import versions

    return each_version(call, named, where, versions.restore, "versions restored")


@app.command("check", cls=Verb)
def check(call: Call, version: Version) -> int:
    """Judge a kept file again, by today's recipe and schema; changes nothing. Exit 1 where it would be refused."""
    few_threads()
    from core.services import checking

    found = checking.judged(call.workspace, version)
    call.one(found, show_check)
    return int(not found["fine"])


@app.command("rows", cls=Verb)
def rows(
    call: Call, version: Version, limit: Limit = 100,
    offset: Annotated[int, Option("--offset", min=0, metavar="N", help="Leave out so many rows first.")] = 0,
    where: Where = None,
) -> None:
    """The rows of a version as its file has them, the unreadable too; a file of any size."""
    from core.services import rows as service

    found = service.rows_of(call.workspace, version)
    page = service.chosen(found, " ".join(where or ()), offset, limit or None)
    if call.json:
        call.listing([service.shown(row, found.columns) for row in page], (), empty="")
    else:
        call.listing(page, row_columns(found.columns), empty=f"{version} has no rows like that")


def row_columns(names: Sequence[str]) -> list[Column]:
    """The row's number, then its cells."""
    def cell(place: int) -> Column:
        return Column(names[place], lambda row: row.cells[place] if place < len(row.cells) else None)

    number = Column("row", lambda row: f"{'✗ ' if row.problem else ''}{row.number:,}", right=True)
    return [number, *map(cell, range(len(names)))]


app.add_typer(quarantine, name="quarantine")
