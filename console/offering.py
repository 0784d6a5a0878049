"""The workspace that is meant, for the console: where there is none, one is offered in this folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import NotFound

if TYPE_CHECKING:
    from core.workspace import Workspace

NAMED = "FOOTPLATE_WORKSPACE"


def workspace_here(named: Path | None) -> Workspace | None:
    """The workspace at or above `named` (None: this folder), or one that a person wants made; None where none is.

    Raises NotFound where a folder was named that is not there, or by the environment.
    """
    from core.workspace import Workspace

    try:
        return Workspace.find(named)
    except NotFound:
        folder = (named or Path.cwd()).expanduser().absolute()
        if not folder.is_dir() or (named is None and NAMED in os.environ):
            raise
    return Workspace.init(folder)[0] if _is_wanted(folder) else None


def _is_wanted(folder: Path) -> bool:
    from console import output
    from console.commands.yes import answers
    from core.text import visible

    output.say(f"There is no Footplate workspace at {visible(str(folder))}, nor in a folder above it.")
    output.say("One is footplate.toml, recipes/ and .footplate/; no other file is touched.")
    if answers("Make one here and open the console?"):
        return True
    output.say("nothing was made (`footplate init DIR` makes one elsewhere, `footplate demo DIR` shows real data)")
    return False
