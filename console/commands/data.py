"""`footplate data`: datasets and their versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from console.commands.call import Call, Verb, group
from console.commands.names import recipe_names

app = group("Datasets and their versions; add, retire, quarantine.")


@app.command("add", cls=Verb)
def add(
    call: Call,
    name: Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)],
    files: Annotated[list[Path], Argument(metavar="FILE...")],
) -> None:
    """Take files by hand, wherever they lie; judged at once, like files that arrive."""
    from core.services import ingest

    lines = ingest.add(call.workspace, name, [path.expanduser() for path in files])
    call.done("\n".join(lines), lines=lines)
