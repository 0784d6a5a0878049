"""The server's door: be it here, until it is told to stop; install it.

    one worker       this process answers; at SIGHUP it becomes a new one on the same socket
    several          this process starts them, looks after them and replaces them (console.serving.supervisor)
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from console import units
from console.serving import handover
from console.serving.handover import Taken
from console.serving.logs import write_log
from console.serving.options import TOKEN, Options
from console.serving.sockets import address_of, inherited
from core.actor import DAEMON
from core.errors import BadInput, Busy, FootplateError, UsageError
from core.services import served
from core.workspace import Workspace

AGAIN = "FOOTPLATE_LISTENING"  # the socket that this process left to itself
END_SECONDS = 10.0  # beyond the time that a request may take
_log = logging.getLogger("footplate.serve")


def run(workspace: Workspace, given: dict[str, Any], tell: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `given`: what the command line says over the settings.

    Busy where somebody else listens there.
    """
    options = Options.of(workspace.settings, os.environ, **given)
    write_log()
    folder = _folder(workspace)
    try:
        taken = _listen(workspace, options)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    handover.sweep(workspace.run)
    serving = Workspace.open(workspace.root, actor=DAEMON)
    server = served.Server(served.name_of(os.getpid()), options.environment, address_of(taken.listening))
    processes = "" if options.workers == 1 else f" by {options.workers} processes"
    tell(f"http://{server.address} serves {options.environment}{processes} (stop: ctrl-c, or `kill {os.getpid()}`)")
    _beside(partial(served.started, serving, server, options.workers))
    why = "failed"
    try:
        if options.workers == 1:
            again = _alone(serving, options, taken, folder)
        else:
            _several(serving, options, taken, folder, given)
            again = None
        why = "stopped"
    finally:
        if why == "failed" or again is None:
            _said(partial(served.stopped, serving, server, why))
            shutil.rmtree(folder, ignore_errors=True)
            handover.sweep(workspace.run)
        serving.close()
    if again is not None:
        _become_new(again)


def _listen(workspace: Workspace, options: Options) -> Taken:
    if left := os.environ.pop(AGAIN, ""):
        return Taken(inherited(int(left)))
    try:
        return handover.take(workspace.run, options.host, options.port)
    except OSError as error:
        raise Busy(
            f"cannot listen on {options.host}:{options.port}: {error.strerror}", "choose another one: --port PORT"
        ) from None


def _folder(workspace: Workspace) -> Path:
    """Where its processes keep their counts."""
    try:
        return handover.folder_of(workspace.run, os.getpid())
    except OSError as error:
        raise BadInput(
            f"a server cannot write to {workspace.run}: {error.strerror}",
            "what it answers has to be logged: serve as somebody who may write to the workspace",
        ) from None


def _alone(workspace: Workspace, options: Options, taken: Taken, folder: Path) -> int | None:
    """Answer in this process; returns the socket where it should go on as a new one."""
    from console.serving.worker import Alone

    alone = Alone(workspace, options, taken.listening, folder, taken.let_go)
    alone.run()
    return alone.again


def _several(
    workspace: Workspace, options: Options, taken: Taken, folder: Path, given: dict[str, Any]
) -> None:
    from console.serving.supervisor import Supervisor

    def again() -> Options:
        settings = Workspace.open(workspace.root).settings
        return Options.of(settings, os.environ, **given)

    def gone(pid: int) -> None:
        _beside(partial(served.forget, workspace, [served.name_of(pid)]))

    patience = workspace.settings.serving.timeout + END_SECONDS
    Supervisor(workspace.root, options, taken, folder, again, gone, patience).run()


def _become_new(listening: int) -> None:
    """The same command in the same process, from its beginning, on the same socket."""
    os.set_inheritable(listening, True)
    os.environ[AGAIN] = str(listening)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _beside(write: Callable[[], None]) -> None:
    """Nobody waits for the registry to take note."""
    threading.Thread(target=_said, args=(write,), name="registry").start()


def _said(write: Callable[[], None]) -> None:
    try:
        write()
    except Exception as error:
        said = error.message if isinstance(error, FootplateError) else str(error)
        _log.warning("the registry took no note: %s", said)


UNIT = """\
[Unit]
Description=Footplate server for {root}

[Service]
ExecStart={command}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=0.1
# the processes that answer outlive the one that looks after them, and give their socket to its successor
KillMode=process
TimeoutStopSec={seconds}

[Install]
WantedBy=default.target
"""


def install(workspace: Workspace, given: dict[str, Any]) -> list[str]:
    """A systemd user unit that serves so, or a cron line. The token is no part of either: everybody may read them."""
    Options.of(workspace.settings, os.environ, **given)
    if given.get("token"):
        raise UsageError(
            "a unit holds no token", f"write it into footplate.toml as [serving] token, or set {TOKEN} in the unit"
        )
    names = {"environment": "env"}
    words = [sys.executable, "-P", "-m", "console", "-w", str(workspace.root), "serve"]
    for name, value in given.items():
        if value is not None:
            words += [f"--{names.get(name, name)}", str(value)]
    seconds = workspace.settings.serving.timeout + END_SECONDS + 5
    unit = UNIT.replace("{root}", str(workspace.root).replace("%", "%%")).replace("{seconds}", f"{seconds:.0f}")
    return units.install(f"footplate-serve-{workspace.root.name}", unit, words, workspace.logs / "serve.log")
