"""`footplate runs`: experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from console import output
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.exporting import write_runs
from console.commands.run_view import run_columns, write_comparison, write_run
from core.errors import UsageError

app = group("Runs: what was learned, from what, with which numbers.")

Run = Annotated[int, Argument(metavar="RUN", min=1)]


@app.command("list", cls=Verb)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All runs, newest first."""
    from core.views import runs

    page = runs.list(call.workspace, **asked(where, order, limit))
    call.page(page, run_columns(), empty="no runs yet" if not where else "no run is like that")


@app.command("show", cls=Verb)
def show(call: Call, run: Run) -> None:
    """One run: data, parameters, metrics, the gate's reasons, cost, notes."""
    from core.views import runs

    call.one(runs.show(call.workspace, run), write_run)


@app.command("compare", cls=Verb)
def compare(
    call: Call, runs: Annotated[list[int], Argument(metavar="RUN...", min=1)],
    all: Annotated[bool, Option("--all", help="Also the lines that do not differ.")] = False,
) -> None:
    """Two to eight runs side by side."""
    from core.views import comparison as view

    call.one(view.compare(call.workspace, runs), lambda found: write_comparison(found, all))


@app.command("logs", cls=Verb)
def logs(
    call: Call, run: Run,
    lines: Annotated[int, Option("--lines", min=0, metavar="N", help="The last so many; 0: all.")] = 200,
) -> None:
    """What a run said while it ran."""
    from core.views import runs

    said = runs.log(call.workspace, run, lines)
    call.one({"run": run, "lines": said}, lambda one: output.say("\n".join(said)))


@app.command("tag", cls=Verb)
def tag(
    call: Call, run: Run, tag: Annotated[str | None, Argument(metavar="TAG", show_default=False)] = None,
    remove: Annotated[str | None, Option("--remove", metavar="TAG", help="Take this one off.")] = None,
) -> None:
    """Put a tag on a run, or take one off."""
    from core.services import notes

    if (tag is None) == (remove is None):
        raise UsageError("which tag?", f"`footplate runs tag {run} TAG`, or --remove TAG")
    if tag is not None:
        call.done(notes.tag(call.workspace, run, tag))
    if remove is not None:
        call.done(notes.untag(call.workspace, run, remove))


@app.command("note", cls=Verb)
def note(call: Call, run: Run, text: Annotated[str, Argument(metavar="TEXT")]) -> None:
    """Write a note beside a run."""
    from core.services import notes

    call.done(notes.note(call.workspace, run, text))


@app.command("pin", cls=Verb)
def pin(call: Call, run: Run) -> None:
    """Make a run the baseline of its recipe: the others are shown with their differences to it."""
    from core.services import baselines

    call.done(baselines.pin(call.workspace, run))


@app.command("unpin", cls=Verb)
def unpin(call: Call, run: Run) -> None:
    """Its recipe has no baseline any more."""
    from core.services import baselines

    call.done(baselines.unpin(call.workspace, run))


@app.command("export", cls=Verb)
def export(
    call: Call,
    out: Annotated[Path, Option("-o", "--out", metavar="OUT", help="A .csv, .json or .jsonl file.")],
    limit: Limit = 0, where: Where = None, order: Order = None,
) -> None:
    """Write runs to a file: CSV with a column a parameter and metric, JSON or JSON Lines."""
    from core.views import runs

    page = runs.list(call.workspace, **asked(where, order, limit))
    count = write_runs(page.rows, out.expanduser())
    call.done(f"{count:,} runs -> {out} (undo: remove it)", runs=count, out=str(out))


@app.command("delete", cls=Verb)
def delete(call: Call, run: Run) -> None:
    """Throw a run away; one that a model version came from stays."""
    from core.services import notes

    call.done(notes.delete(call.workspace, run))
