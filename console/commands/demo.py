"""`footplate demo`: a year of real data, a month at a time."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from console import output
from console.commands.call import Call
from console.commands.threads import few_threads


def demo(
    call: Call,
    folder: Annotated[Path, Argument(metavar="DIR", help="Made anew where it is an earlier demo.")] = Path("demo"),
    headless: Annotated[bool, Option("--headless", help="Print the story, then exit.")] = False,
    months: Annotated[int, Option("--months", min=5, max=12, help="A shorter story, for those in a hurry.")] = 12,
) -> int:
    """A workspace, a daemon and a year of real data, a month at a time; then the console."""
    few_threads()
    from console import demo as show

    root = folder.expanduser().absolute()
    if headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
        show.headless(root, call.tell, months)
        tell_replay(call, root, show.NAME)
        if not call.json:
            tell_next(call, root)
        return 0
    workspace = show.start(root, months)
    from console.starting import run

    return run(workspace)


def tell_replay(call: Call, root: Path, name: str) -> None:
    """The end of the story: would never retraining, or always retraining, have done better?"""
    from console.commands.replay import show
    from core.services.replay import replay
    from core.services.replaying import remember
    from core.views.replays import last
    from core.workspace import Workspace

    workspace = Workspace.open(root)
    call.find_root().call_on_close(workspace.close)
    call.tell("-- the same months once more, under three policies")
    remember(workspace, replay(workspace, name, call.progress))
    call.progress("")
    found = last(workspace, name)
    assert found is not None
    if call.json:
        output.write_json_line(found)
    else:
        show(found)


def tell_next(call: Call, root: Path) -> None:
    """What to do with the workspace that is left, and with data of one's own."""
    from console.demo import NAME
    from core.text import visible

    program = "footplate" if shutil.which("footplate") else shlex.quote(visible(sys.argv[0]))
    here = f"{program} -w {shlex.quote(visible(str(root)))}"
    steps = {
        here: "the console over all this; ? lists its keys",
        f"{here} why {NAME}": "why the champion is the champion",
        f"{here} daemon start": "it goes on: copy a file into the demo's inbox then",
        f"{program} watch FOLDER --target COL": "the same on your own files",
    }
    call.tell("-- what next")
    wide = max(map(len, steps))
    for command, what in steps.items():
        call.tell(f"{command:<{wide}}  {what}")
