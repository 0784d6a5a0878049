"""Verbs that list: for people a table, for programs JSON; chosen columns, CSV, or a file of all rows, streamed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer import Option
from typer.main import get_command

from console import output
from console.commands.call import Call, Verb
from console.output import Column
from core.errors import UsageError

if TYPE_CHECKING:
    from core.views.flat import Table
    from core.views.page import Page

COLUMNS, CSV, OUT = "footplate.columns", "footplate.csv", "footplate.out"
PAGE = 1_000
Function = TypeVar("Function", bound=Callable[..., Any])


def _remember(key: str) -> Callable[[typer.Context, Any], None]:
    def remember(context: typer.Context, value: Any) -> None:
        if value:
            context.meta[key] = value

    return remember


def _for_listings(
    columns: Annotated[
        str | None,
        Option(
            "--columns", metavar="A,B,C", expose_value=False, callback=_remember(COLUMNS),
            help="Only these, in this order; of runs also any metric and param:NAME.",
        ),
    ] = None,
    csv: Annotated[
        bool, Option("--csv", expose_value=False, callback=_remember(CSV), help="CSV instead of a table.")
    ] = False,
    out: Annotated[
        Path | None,
        Option(
            "--out", "-o", metavar="FILE", expose_value=False, callback=_remember(OUT),
            help="Write all rows (or --limit) to a .csv, .json or .jsonl file.",
        ),
    ] = None,
) -> None:
    """Only the options are used: the verbs take them over."""


@cache
def _options() -> list[Any]:
    app = typer.Typer(add_completion=False)
    app.command()(_for_listings)
    return list(get_command(app).params)


class Listed(Verb):
    """A verb that lists."""

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        taken = {option for param in self.params for option in param.opts}
        self.params += [param for param in _options() if not taken & set(param.opts)]


def listed(function: Function) -> Function:
    """A verb of its own, without a group, that lists."""
    function.verb = Listed  # type: ignore[attr-defined]
    return function


def chosen(call: Call) -> bool:
    """Whether columns, CSV or a file were asked for."""
    return any(call.meta.get(key) for key in (COLUMNS, CSV, OUT))


def show(
    call: Call, read: Callable[..., Page[Any]], wish: dict[str, Any], columns: Sequence[Column], table: Table, *,
    empty: str, names: Callable[[], Sequence[str]] | None = None,
) -> None:
    """What `read` gives for a wish, as it was asked for. `names`: of all columns, where rows bring some."""
    out, as_csv, wanted = call.meta.get(OUT), call.meta.get(CSV), call.meta.get(COLUMNS)
    if not chosen(call):
        call.page(read(**wish), columns, empty=empty)
        return
    if as_csv and call.json:
        raise UsageError("--csv and --json are two things", "choose one")
    from core.services import exporting
    from core.views import flat

    fields = flat.split(wanted) if wanted else [*(names() if names else table.known)]
    values = table.values(fields)
    if out:
        source = call.get_parameter_source("limit")
        wish = wish if source is not None and source.name != "DEFAULT" else wish | {"limit": 0}
        write(call, out.expanduser(), read, wish, fields, values, whole=not wanted)
        return
    if call.json or as_csv:
        rows = [[value(row) for value in values] for row in read(**wish).rows]
        if as_csv:
            output.write_text(exporting.text(exporting.CSV, fields, rows))
        else:
            output.write_json([dict(zip(fields, row, strict=True)) for row in rows])
        return
    call.page(read(**wish), [_column(name, value) for name, value in zip(fields, values, strict=True)], empty=empty)


def _column(name: str, value: Callable[[Any], Any]) -> Column:
    from core.services.exporting import cell

    def shown(row: Any) -> str | None:
        found = cell(value(row))
        return None if found is None else str(found)

    return Column(name, shown)


def write(
    call: Call, out: Path, read: Callable[..., Page[Any]], wish: dict[str, Any], fields: Sequence[str],
    values: Sequence[Callable[[Any], Any]], *, whole: bool,
) -> None:
    """To a file. JSON without chosen columns are the objects of the contract."""
    from core.services import exporting

    kind = exporting.kind_of(out)

    def progress(done: int) -> None:
        call.progress(f"{done:,} rows")

    rows = pages(read, wish)
    if whole and kind != exporting.CSV:
        count = exporting.export_objects(out, (output.plain(row) for row in rows), progress=progress)
    else:
        count = exporting.export(out, fields, ([value(row) for value in values] for row in rows), progress=progress)
    call.progress("")
    call.done(f"{count:,} rows -> {out} (undo: remove it)", rows=count, out=str(out))


def pages(read: Callable[..., Page[Any]], wish: dict[str, Any]) -> Iterator[Any]:
    """All rows of a wish, a page at a time; its `limit` 0: to the end."""
    left, after = wish["limit"] or sys.maxsize, None
    while left > 0:
        page = read(**wish | {"limit": min(PAGE, left), "after": after})
        yield from page.rows
        left, after = left - len(page.rows), page.next
        if after is None:
            return
