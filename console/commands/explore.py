"""`footplate explore`: the profile of any file, before there is a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from console import output
from console.commands.call import Call
from console.commands.profiles import write_profile
from console.commands.threads import few_threads


def explore(
    call: Call,
    file: Annotated[Path, Argument(metavar="FILE")],
    target: Annotated[
        str | None, Option("--target", metavar="COL", help="Also what each column says of this one.")
    ] = None,
) -> None:
    """The profile of any file, before there is a recipe; no workspace is needed."""
    few_threads()
    from core.services import explore as service

    call.progress(f"reading {file.name}")
    try:
        found = service.explore(file.expanduser(), target)
    finally:
        call.progress("")
    call.one(found, show)


def show(found: dict[str, Any]) -> None:
    read = found["dialect"] or {}
    how = ", ".join(f"{name} {value!r}" for name, value in read.items() if isinstance(value, str) and value)
    output.say(f"{found['name']}: {found['rows']:,} rows, {found['columns']:,} columns" + (f" ({how})" if how else ""))
    if found["bad_rows"]:
        output.say(f"{found['bad_rows']:,} rows could not be read")
    write_profile(found["profile"])
    for one in [*found["reasons"], *found["warnings"]]:
        output.say(f"! {one['message']}")
