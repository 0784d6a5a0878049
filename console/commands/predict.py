"""`footplate predict`: one prediction a row, in order, from a registered model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from console.commands.call import Call
from console.commands.names import recipe_names
from console.commands.threads import few_threads


def predict(
    call: Call,
    model: Annotated[
        str, Argument(metavar="NAME[@VERSION]", help="Or NAME@ALIAS; else the champion.", autocompletion=recipe_names)
    ],
    file: Annotated[Path, Argument(metavar="FILE", help="A target column in it is ignored.")],
    out: Annotated[Path, Option("-o", "--out", metavar="OUT", help="A .csv or .jsonl file; whole or not at all.")],
) -> None:
    """Predict the rows of a file; files larger than memory are fine."""
    few_threads()
    from core.services import predict as service

    def tell(rows: int) -> None:
        call.progress(f"{rows:,} rows")

    try:
        line = service.predict_file(call.workspace, model, file.expanduser(), out.expanduser(), tell)
    finally:
        call.progress("")
    call.done(f"{line} (undo: remove it)", out=str(out))
