"""The server's door: be it here, until it is told to stop; install it."""

from __future__ import annotations

import os

from console.serving.options import Options
from core.actor import DAEMON
from core.errors import Busy
from core.workspace import Workspace


def run(workspace: Workspace, options: Options, tell: object = print) -> None:
    """Serve until SIGTERM or SIGINT. Busy where somebody else listens there."""
    from console.serving.worker import Worker, address_of, bind

    try:
        listening = bind(options.host, options.port)
    except OSError as error:
        raise Busy(
            f"cannot listen on {options.host}:{options.port}: {error.strerror}", "choose another one: --port PORT"
        ) from None
    print(
        f"http://{address_of(listening)} serves {options.environment} (stop: ctrl-c, or `kill {os.getpid()}`)",
        flush=True,
    )
    Worker(Workspace.open(workspace.root, actor=DAEMON), options, listening, lambda: None).run()
