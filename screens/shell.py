"""Somebody's shell in somebody's terminal. Knows no widget."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from core.workspace import ENVIRONMENT
from screens.editor import nothing
from screens.plain import plain


def run(root: Path) -> str:
    """Run $SHELL in a workspace, which its commands then mean, and wait; what went wrong, or nothing. Never raises."""
    command = os.environ.get("SHELL") or "/bin/sh"
    print(f"a shell in {plain(str(root))}; `exit` comes back to the console", flush=True)
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, nothing)  # ctrl-c is the shell's
    try:
        subprocess.run([command], cwd=root, env=os.environ | {ENVIRONMENT: str(root)}, check=False)
    except OSError as error:
        return f"{command} could not be started: {error.strerror}; set SHELL to your shell"
    finally:
        signal.signal(signal.SIGINT, before)
    return ""
