"""`footplate runs`: experiments."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from console import output
from console.commands import listing
from console.commands.call import Call, Limit, Order, Verb, Where, asked, group
from console.commands.listing import Listed
from console.commands.many import Count, Whose, counted, each
from console.commands.run_view import curve_columns, run_columns, write_comparison, write_run
from core.errors import UsageError

if TYPE_CHECKING:
    from core.workspace import Workspace

app = group("Runs: what was learned, from what, with which numbers.")

LOOK_SECONDS = 0.3  # between two looks at a log that grows
Run = Annotated[int, Argument(metavar="RUN", min=1)]
Curves = Annotated[bool, Option("--curves", help="Draw the curves, too.")]
Runs = Annotated[list[int] | None, Argument(metavar="RUN...", min=1, show_default=False)]


@app.command("list", cls=Listed)
def list_(call: Call, limit: Limit = 100, where: Where = None, order: Order = None) -> None:
    """All runs, newest first."""
    from core.views import flat, runs

    listing.show(
        call, partial(runs.list, call.workspace), asked(where, order, limit), run_columns(), flat.RUNS,
        empty="no runs yet" if not where else "no run is like that", names=lambda: run_names(call.workspace),
    )


def run_names(workspace: Workspace) -> list[str]:
    """All columns that there are of runs: their own, and every metric and parameter."""
    from core.views import flat, runs

    return [
        *flat.RUNS.known, *(f"{flat.METRICS}{name}" for name in runs.metrics(workspace)),
        *(f"{flat.PARAMS}{name}" for name in runs.params(workspace)),
    ]


@app.command("show", cls=Verb)
def show(call: Call, run: Run, curves: Curves = False) -> None:
    """One run: why it was, metrics against champion and baseline, what it leans on, parameters, data, cost, notes."""
    from core.views import runs

    call.one(runs.show(call.workspace, run), lambda found: write_run(call.workspace, run, draw=curves))


@app.command("compare", cls=Verb)
def compare(
    call: Call, runs: Annotated[list[int], Argument(metavar="RUN...", min=1)],
    all: Annotated[bool, Option("--all", help="Also the lines that do not differ.")] = False, curves: Curves = False,
) -> None:
    """Two to eight runs side by side: metrics with intervals, what each leans on, parameters that differ."""
    from core.views import comparison as view

    now = call.workspace.clock.now()
    call.one(
        view.compare(call.workspace, runs), lambda found: write_comparison(found, now, draw=curves, all=all)
    )


@app.command("curves", cls=Verb)
def curves_(
    call: Call, runs: Annotated[list[int], Argument(metavar="RUN...", min=1)],
    out: Annotated[
        Path | None, Option("--out", "-o", metavar="FILE", help="Write them to a .csv, .json or .jsonl file.")
    ] = None,
) -> None:
    """The numbers behind the pictures of runs: metrics, curves, confusion, importance, as one long table."""
    from core.services import exporting
    from core.views import curves as view

    rows = view.curves(call.workspace, runs)
    if out is not None:
        count = exporting.export(out.expanduser(), view.COLUMNS, rows)
        call.done(f"{count:,} rows -> {out} (undo: remove it)", rows=count, out=str(out))
    elif call.json:
        output.write_json([dict(zip(view.COLUMNS, row, strict=True)) for row in rows])
    else:
        output.write_table(rows, curve_columns(), empty="these runs left no numbers")


@app.command("logs", cls=Verb)
def logs(
    call: Call, run: Run,
    lines: Annotated[int, Option("--lines", min=0, metavar="N", help="The last so many; 0: all.")] = 200,
    follow: Annotated[bool, Option("--follow", "-f", help="Then go on with what it says until it is over.")] = False,
) -> None:
    """What a run said while it ran, or says: --follow until it is over."""
    from core.views import run_log

    if follow:
        for line in run_log.follow(call.workspace, run, lines, partial(time.sleep, LOOK_SECONDS)):
            call.tell(line)
        return
    said = run_log.log(call.workspace, run, lines)
    call.one({"run": run, "lines": said}, lambda one: output.say("\n".join(said)))


@app.command("tag", cls=Verb)
def tag(
    call: Call, words: Annotated[list[str] | None, Argument(metavar="RUN... TAG", show_default=False)] = None,
    where: Whose = None,
    remove: Annotated[str | None, Option("--remove", metavar="TAG", help="Take this one off.")] = None,
) -> int:
    """Put a tag on runs, or take one off."""
    from core.services import notes

    named = list(words or ())
    name = remove if remove is not None else named.pop() if named and (len(named) > 1 or where) else None
    if name is None or (remove is not None and where is None and not named):
        raise UsageError("which tag?", f"`footplate runs tag {named[0] if named else 'RUN'} TAG`, or --remove TAG")
    doing = notes.tag if remove is None else notes.untag
    runs = [run_number(one) for one in named]
    return _each(call, runs, where, lambda run: doing(call.workspace, run, name), "runs tagged" if remove is None
                 else "runs untagged", "undo")


def run_number(word: str) -> int:
    """The run that a word of a command means. UsageError where it is no number."""
    if not (word.isascii() and word.isdecimal() and int(word)):
        raise UsageError(f"{word!r} is no run", "`footplate runs list` shows them; several runs, then one tag")
    return int(word)


def _each(
    call: Call, named: list[int] | None, where: list[str] | None, doing: Callable[[int], str], did: str, undo: str
) -> int:
    from core.views import runs

    return each(
        call, named, where, listing=partial(runs.list, call.workspace), name=lambda run: int(run.id), doing=doing,
        did=did, undo=undo,
    )


@app.command("stop", cls=Verb)
def stop(call: Call, runs: Runs = None, where: Whose = None) -> int:
    """Stop runs that wait or run, with the jobs that they belong to."""
    from core.services import work

    return _each(call, runs, where, lambda run: work.stop_run(call.workspace, run), "runs being stopped", "")


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
    columns: Annotated[
        str | None, Option("--columns", metavar="A,B,C", help="Only these; also any metric and param:NAME.")
    ] = None,
) -> None:
    """Write runs to a file: CSV with a column a parameter and metric, JSON or JSON Lines."""
    from core.views import flat, runs

    names = flat.split(columns) if columns else run_names(call.workspace)
    listing.write(
        call, out.expanduser(), partial(runs.list, call.workspace), asked(where, order, limit), names,
        flat.RUNS.values(names), whole=columns is None,
    )


@app.command("delete", cls=Verb)
def delete(call: Call, runs: Runs = None, where: Whose = None, count: Count = None) -> int:
    """Throw runs away; one that a model version came from stays. With --where also --count."""
    from core.services import notes
    from core.views import runs as views

    counted(partial(views.list, call.workspace), where, count, "deleting")
    return _each(call, runs, where, lambda run: notes.delete(call.workspace, run), "runs deleted", "")
