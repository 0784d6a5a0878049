"""Who did it."""

from __future__ import annotations

import getpass
import socket

DAEMON = "daemon"


def current_actor() -> str:
    """`user@host` of this process; never fails, also where the user has no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
