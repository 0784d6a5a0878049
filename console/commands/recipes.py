"""`footplate recipes`: what to learn, from which folder."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from console import output
from console.commands import listing
from console.commands.automating import triggers, waiting
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.editing import edit, save
from console.commands.listing import Listed
from console.commands.names import recipe_name, recipe_names
from core.text import visible

if TYPE_CHECKING:
    from core.views.page import Page
    from core.views.recipes import Recipe as Shown

app = group("Recipes: what to learn, from which folder.")

Name = Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)]


@app.command("list", cls=Listed)
def list_(
    call: Call, limit: Limit = 100, where: Where = None, order: Order = None,
    scheduled: Annotated[bool, Option("--scheduled", help="Only those that run by the clock.")] = False,
) -> None:
    """All recipes, and what is wrong with them."""
    from core.views import flat, recipes
    from screens.format import status

    wish = asked(where, order, limit)
    listing.show(
        call, partial(recipes.scheduled if scheduled else recipes.list, call.workspace), wish,
        [
            output.Column("recipe", lambda one: one.name),
            output.Column("state", lambda one: status("paused" if one.paused else "valid" if one.valid else "broken")),
            output.Column("task", lambda one: one.task),
            output.Column("target", lambda one: one.target),
            output.Column("watch", lambda one: one.watch),
            output.Column("schedule", lambda one: one.schedule),
            output.Column("problem", lambda one: "; ".join(said["message"] for said in one.problems)),
        ],
        flat.RECIPES, empty="no recipes yet: `footplate recipes new NAME --watch FOLDER --target COL`",
    )
    if not call.json and not scheduled and not listing.chosen(call):
        _unlisted(call, recipes.list(call.workspace, **wish), bool(where))


def _unlisted(call: Call, page: Page[Any], narrowed: bool) -> None:
    """Recipes whose file is gone, and files that nobody has read yet."""
    present = {visible(str(path)) for path in call.workspace.recipes.glob("*.toml")}
    if gone := [one.name for one in page.rows if one.path not in present]:
        output.say(f"its file is gone: {', '.join(gone)} (`footplate recipes check` takes note of it)")
    unread = sorted({path.stem for path in call.workspace.recipes.glob("*.toml")} - {one.name for one in page.rows})
    if unread and page.next is None and not narrowed:
        output.say(f"not read yet: {', '.join(unread)} (the daemon reads them; `footplate recipes check` looks now)")


@app.command("show", cls=Verb)
def show(
    call: Call, name: Name,
    full: Annotated[bool, Option("--full", help="Every key with its value, and where that comes from.")] = False,
) -> None:
    """One recipe as it is in force; with --full every key and where its value comes from."""
    from core.views import recipes

    one = recipes.show(call.workspace, name)
    if full:
        from core.services.effective import values

        keys = values(call.workspace, name)
        call.one(
            {**one.to_json(), "values": [{"key": key, "value": value, "from": source} for key, value, source in keys]},
            lambda made: write_values(keys),
        )
        return
    call.one(one, write_recipe)


def write_recipe(one: Shown) -> None:
    from screens.format import short, status

    output.write_facts({
        "recipe": one.name,
        "state": status("paused" if one.paused else "valid" if one.valid else "broken"),
        "file": one.path,
        "hash": short(one.hash),
        "schedule": one.schedule,
    })
    for problem in one.problems:
        output.say(f"✗ {problem['message']}\n  {problem['hint']}")
    output.say()
    output.say((one.text or "").rstrip())


def write_values(keys: Sequence[tuple[str, Any, str]]) -> None:
    import json

    output.write_table(
        keys,
        [
            output.Column("key", lambda one: one[0]),
            output.Column("value", lambda one: json.dumps(one[1], ensure_ascii=False, default=str)),
            output.Column("from", lambda one: one[2]),
        ],
        empty="",
    )


@app.command("check", cls=Verb)
def check(
    call: Call,
    name: Annotated[
        str | None, Argument(metavar="NAME", autocompletion=recipe_names, show_default=False)
    ] = None,
) -> int:
    """Check one recipe (or all): exit 4 with file, key and reason where it cannot be used."""
    from core.errors import BadInput, FootplateError
    from core.services import recipes
    from screens.format import status

    workspace = call.workspace
    if name is not None:
        recipe = recipes.load(workspace, name)
        good = {"name": recipe.name, "valid": True, "problems": []}
        call.one(good, lambda one: output.say(f"✓ {recipe.name} is valid"))
        return 0
    found = []
    for path in recipes.files(workspace):
        try:
            found.append({"name": recipes.read(path).name, "valid": True, "problems": []})
        except FootplateError as error:
            found.append({"name": path.stem, "valid": False, "problems": [
                {"key": getattr(error, "key", ""), "message": error.message, "hint": error.hint}
            ]})
    call.listing(
        found,
        [
            output.Column("recipe", lambda row: row["name"]),
            output.Column("state", lambda row: status("valid" if row["valid"] else "broken")),
            output.Column("problem", lambda row: "; ".join(one["message"] for one in row["problems"])),
        ],
        empty="no recipes yet (make one: `footplate recipes new NAME --watch FOLDER --target COL`)",
    )
    return 0 if all(row["valid"] for row in found) else BadInput.exit_code


@app.command("new", cls=Verb)
def new(
    call: Call,
    name: Annotated[str, Argument(metavar="NAME")],
    watch: Annotated[Path, Option("--watch", metavar="FOLDER", help="The folder where files arrive.")],
    target: Annotated[str, Option("--target", metavar="COL", help="The column to predict.")],
    time: Annotated[str | None, Option("--time", metavar="COL", help="Orders rows and versions.")] = None,
    id: Annotated[str | None, Option("--id", metavar="COL", help="Tells rows apart.")] = None,
    task: Annotated[
        str | None, Option("--task", metavar="TASK", help="classification, regression; default: found out.")
    ] = None,
    drop: Annotated[
        list[str] | None, Option("--drop", metavar="COL", help="A column that is no feature; repeatable.")
    ] = None,
) -> None:
    """Write a short commented recipe."""
    from core.services import proposing, recipes

    workspace = call.workspace
    path = recipes.new(
        workspace, recipe_name(name), proposing.watch_path(workspace, watch), target, time=time, id=id, task=task,
        drop=tuple(drop or ()),
    )
    folder = watch.expanduser().absolute()
    make = "" if folder.is_dir() else f"; its folder is not there yet: `mkdir -p {shlex.quote(str(folder))}`"
    call.done(f"wrote {path} (undo: remove it){make}", recipe=name, path=str(path))


@app.command("propose", cls=Verb)
def propose(call: Call, folder: Annotated[Path, Argument(metavar="FOLDER", help="Where files arrive.")]) -> None:
    """What one could predict from a folder's files, the likeliest first; nothing is written."""
    from core.services import proposing

    call.one(proposing.survey(call.workspace, str(folder.expanduser().absolute())), write_survey)


def write_survey(found: dict[str, Any]) -> None:
    from screens.format import counted

    rows = f"; these are {found['rows']:,} rows of {found['sample']}" if found["sample"] else ""
    output.say(f"{found['folder']}: {counted(found['files'], 'file')}{rows}")
    for line in found["unread"]:
        output.say(f"! {line}")
    output.write_table(
        found["columns"],
        [
            output.Column("column", lambda one: one["name"]),
            output.Column("kind", lambda one: one["kind"]),
            output.Column("different", lambda one: f"{one['distinct']:,}"),
            output.Column("as a target", lambda one: one["why_not"] or f"{one['task']}, {one['primary']}"),
            output.Column("values", lambda one: ", ".join(one["values"])),
        ],
        empty="no file to look at yet",
    )
    if found["columns"]:
        output.say(f"time: {', '.join(found['times']) or 'none'}; id: {', '.join(found['ids']) or 'none'}")


app.command("waiting", cls=Listed)(waiting)
app.command("triggers", cls=Listed)(triggers)
app.command("edit", cls=Verb)(edit)
app.command("save", cls=Verb)(save)
