"""`footplate watch`: the whole product in one line.

The daemon is a process of its own from the start, so that a hang-up needs no hand-over: this command goes, and
the daemon stays. Ctrl-c and SIGTERM stop the daemon that this command started.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from console.commands.call import Call
from core.errors import BadInput, Conflict, FootplateError, NotFound

if TYPE_CHECKING:
    from core.views.recipes import Recipe
    from core.workspace import Workspace

POLL_SECONDS = 0.2


class HangUp(Exception):
    """The terminal has gone: leave, and let the daemon work."""


def watch(
    call: Call,
    folder: Annotated[Path, Argument(metavar="FOLDER", help="Where files arrive.")],
    target: Annotated[str, Option("--target", metavar="COL", help="The column to predict.")],
    name: Annotated[str | None, Option("--name", metavar="NAME", help="Of the recipe; default: the folder's.")] = None,
    time: Annotated[str | None, Option("--time", metavar="COL", help="Orders rows and versions.")] = None,
    id: Annotated[str | None, Option("--id", metavar="COL", help="Tells rows apart.")] = None,
    task: Annotated[
        str | None, Option("--task", metavar="TASK", help="classification, regression; default: found out.")
    ] = None,
    drop: Annotated[list[str] | None, Option("--drop", metavar="COL", help="No feature; repeatable.")] = None,
) -> None:
    """Watch a folder: makes workspace and recipe, runs the daemon, tells a line a decision."""
    from console import daemon
    from core.services import proposing, recipes

    folder = folder.expanduser().absolute()
    if not folder.is_dir():
        raise NotFound(f"{folder} is no folder", f"make it: mkdir -p {folder}")
    workspace = place(call, folder)
    recipes.sync(workspace)
    if known := watching(workspace, folder, name):
        if known.target != target:
            raise Conflict(
                f"recipe {known.name} watches this folder for {known.target}, not {target}",
                f"edit {known.path}, or add a second recipe with --name",
            )
        call.tell(f"recipe {known.name} watches it: {known.path}")
    else:
        path = recipes.new(
            workspace, name or proposing.of_folder(folder), proposing.watch_path(workspace, folder), target, time=time,
            id=id, task=task, drop=tuple(drop or ()),
        )
        call.tell(f"recipe: {path}")
    last = story_so_far(workspace)
    if (pid := daemon.holder(workspace)) is not None:
        call.tell(f"a daemon runs already, pid {pid}; these are its decisions (ctrl-c leaves it running)")
        follow(call, workspace, last)
        return
    stay(call, workspace, last)


def place(call: Call, folder: Path) -> Workspace:
    """The workspace that is meant; where there is none it is made here, or beside FOLDER, never inside it."""
    from core.workspace import Workspace

    try:
        return call.workspace
    except NotFound:
        root = (call.named or Path.cwd()).expanduser().absolute()
    if _within(root, folder):
        if call.named is not None:
            raise BadInput(f"{root} lies inside the watched folder", "name a workspace outside of it: -w DIR")
        root = folder.parent / "footplate"
    workspace, _ = Workspace.init(root)
    call.find_root().call_on_close(workspace.close)
    call.tell(f"workspace: {workspace.root}")
    return workspace


def _within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def watching(workspace: Workspace, folder: Path, name: str | None) -> Recipe | None:
    """The recipe (of that name) that watches the folder already."""
    from core.views import recipes

    return next(
        (
            one for one in recipes.list(workspace, limit=0)
            if name in (None, one.name) and one.watch and workspace.locate(one.watch).resolve() == folder.resolve()
        ),
        None,
    )


def story_so_far(workspace: Workspace) -> int:
    from core.views import activity

    return activity.last_event(workspace)


def stay(call: Call, workspace: Workspace, last: int) -> None:
    """Start the daemon and tell what is decided; a hang-up leaves the daemon to itself, everything else stops it."""
    from console import daemon

    def hang_up(signum: int, frame: FrameType | None) -> None:
        raise HangUp

    def leave(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    handlers = {signal.SIGHUP: hang_up, signal.SIGTERM: leave}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # under nohup it goes on
        del handlers[signal.SIGHUP]
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        daemon.start(workspace)
        call.tell("the daemon runs until ctrl-c; a line a decision:")
        follow(call, workspace, last)
    except HangUp:
        return
    except BaseException:
        daemon.stop(workspace)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def follow(call: Call, workspace: Workspace, last: int) -> None:
    """A line a decision, until the daemon ends (FootplateError) or a signal comes."""
    from console import daemon
    from core.views import activity

    changes = workspace.registry.change_counter()
    try:
        while True:
            seen = changes.value()
            while told := activity.story(workspace, last):
                for event, line in told:
                    call.tell(line, event=event)
                    last = event
            while changes.value() == seen:
                if daemon.holder(workspace) is None:
                    raise FootplateError("the daemon has ended", f"see {workspace.logs / 'daemon.log'}")
                time.sleep(POLL_SECONDS)
    finally:
        changes.close()
