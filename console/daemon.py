"""The daemon's door: run it here, start it in the background, stop it, install it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from console import units
from core.actor import DAEMON
from core.errors import Busy, FootplateError
from core.views.daemon import running
from core.workspace import Workspace

START_SECONDS = 20.0
STOP_SECONDS = 20.0


def run(workspace: Workspace) -> None:
    """Be the daemon, until SIGTERM or SIGINT. Busy where another one is."""
    from core.automation.loop import Daemon

    daemon = Daemon(Workspace.open(workspace.root, actor=DAEMON))

    def leave(signum: int, frame: FrameType | None) -> None:
        daemon.stop()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    daemon.run()


def holder(workspace: Workspace) -> int | None:
    """The pid of the running daemon; None where there is none."""
    about = running(workspace)
    return None if about is None else about[0]


def start(workspace: Workspace) -> str:
    """Start the daemon in the background and wait until it is up. Busy where one runs."""
    if (pid := holder(workspace)) is not None:
        raise Busy(f"a daemon runs for this workspace already: pid {pid}", "stop it: `footplate daemon stop`")
    log = workspace.logs / "daemon.log"
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "console.daemon", str(workspace.root)], stdin=subprocess.DEVNULL,
            stdout=stream, stderr=stream, start_new_session=True, cwd=workspace.root,
        )
    # a console that started it outlives it, perhaps: somebody has to take note of its end
    threading.Thread(target=process.wait, name="daemon-end", daemon=True).start()
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if holder(workspace) == process.pid:
            return f"daemon started, pid {process.pid} (stop it: `footplate daemon stop`)"
        if process.poll() is not None:
            if (pid := holder(workspace)) is not None:
                raise Busy(f"a daemon runs for this workspace already: pid {pid}", "stop it: `footplate daemon stop`")
            raise FootplateError("the daemon ended at once", f"its last words are in {log}")
        time.sleep(0.02)
    raise FootplateError(f"the daemon was not up after {START_SECONDS:.0f} s", f"see {log}")


def stop(workspace: Workspace) -> str:
    """Ask the daemon to end and wait until it has; running jobs finish or are handed back."""
    pid = holder(workspace)
    if pid is None:
        return "no daemon runs here (start it: `footplate daemon start`)"
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if holder(workspace) != pid:
            return f"daemon {pid} stopped (start it: `footplate daemon start`)"
        time.sleep(0.02)
    raise FootplateError(f"daemon {pid} has not stopped after {STOP_SECONDS:.0f} s", f"end it: kill -9 {pid}")


UNIT = """\
[Unit]
Description=Footplate daemon for {root}

[Service]
ExecStart={command}
Restart=on-failure
KillMode=mixed
TimeoutStopSec=20

[Install]
WantedBy=default.target
"""


def install(workspace: Workspace) -> list[str]:
    """Write a systemd user unit (and say how to start it), or print a cron line where there is no systemd."""
    root = str(workspace.root)
    unit = UNIT.replace("{root}", root.replace("%", "%%"))
    words = [sys.executable, "-P", "-m", "console.daemon", root]
    return units.install(f"footplate-{workspace.root.name}", unit, words, workspace.logs / "daemon.log")


def main() -> int:
    try:
        run(Workspace.open(Path(sys.argv[1])))
    except FootplateError as error:
        print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
