"""`footplate label`: the truth of earlier answers, from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from console.commands.call import Call
from console.commands.names import recipe_names


def label(
    call: Call,
    model: Annotated[str, Argument(metavar="NAME", autocompletion=recipe_names)],
    file: Annotated[
        Path, Argument(metavar="FILE", help="With the id of each row and its label: the recipe's names, or id, label.")
    ],
) -> None:
    """Take the truth of earlier answers, joined by id; the newest label of an id counts."""
    from core.services import label_files
    from core.services.labelling import sentence

    said = label_files.take_file(call.workspace, model, file.expanduser())
    call.done(f"{sentence(said)} (undo: later labels of the same ids count instead)", **said)
