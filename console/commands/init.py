"""`footplate init`: make a workspace."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from console.commands.call import Call
from core.errors import BadInput, NotFound

SHARED = 0o2770  # the set-group-id bit: what is made inside belongs to the group too


def init(
    call: Call,
    folder: Annotated[
        Path | None, Argument(metavar="DIR", help="Where; default: the current folder.", show_default=False)
    ] = None,
    group: Annotated[
        str | None, Option("--group", metavar="G", help="Share .footplate with the members of this group.")
    ] = None,
) -> None:
    """Make a workspace; twice is harmless."""
    from core.workspace import Workspace

    workspace, fresh = Workspace.init((folder or call.named or Path()).expanduser())
    call.find_root().call_on_close(workspace.close)
    if group is not None:
        share(workspace.hidden, group)
    done = f"made a workspace at {workspace.root}" if fresh else f"{workspace.root} is a workspace already"
    if group is not None:
        done += f", shared with the group {group}"
    if fresh:
        done += f" (undo: remove {workspace.hidden} and footplate.toml)"
    call.done(done, workspace=str(workspace.root), new=fresh)


def share(hidden: Path, group: str) -> None:
    """Give `.footplate` and all in it to a group. NotFound or BadInput where that cannot be."""
    try:
        shutil.chown(hidden, group=group)
        for folder, _, files in os.walk(hidden):
            here = Path(folder)
            shutil.chown(here, group=group)
            here.chmod(SHARED)
            for name in files:
                shutil.chown(here / name, group=group)
                (here / name).chmod((here / name).stat().st_mode & 0o700 | 0o060)
    except LookupError:
        raise NotFound(f"there is no group {group!r}", "`getent group` lists them") from None
    except OSError as error:
        what = f"{hidden} cannot be given to {group}: {error.strerror}"
        raise BadInput(what, "you must be a member of it") from None
