"""Somebody's editor in somebody's terminal: which one, and what came of it. Knows no widget."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

AT_ONCE = 1.0  # seconds: an editor that is back by then has most likely opened a window of its own


@dataclass(frozen=True)
class Edited:
    """`trouble` says why there was no editing; `quick`: it came back at once."""

    command: str
    trouble: str = ""
    quick: bool = False


def command_of(environment: Mapping[str, str] = os.environ) -> list[str]:
    """$VISUAL, else $EDITOR, else vi; with its own words."""
    named = environment.get("VISUAL") or environment.get("EDITOR") or "vi"
    try:
        return shlex.split(named) or ["vi"]
    except ValueError:
        return [named]


def edit(path: Path) -> Edited:
    """Run the editor on a file and wait; the terminal must be free. Never raises."""
    command = command_of()
    shown = shlex.join(command)
    before = signal.getsignal(signal.SIGINT)
    began = time.monotonic()
    signal.signal(signal.SIGINT, nothing)  # ctrl-c is the editor's; a handler is not inherited, SIG_IGN would be
    try:
        code = subprocess.run([*command, str(path)], cwd=path.parent, check=False).returncode
    except OSError as error:
        return Edited(shown, f"{shown} could not be started: {error.strerror}; set VISUAL or EDITOR to your editor")
    finally:
        signal.signal(signal.SIGINT, before)
    quick = time.monotonic() - began < AT_ONCE
    if code < 0:
        return Edited(shown, f"{shown} was ended by signal {-code}", quick)
    return Edited(shown, f"{shown} ended with exit code {code}" if code else "", quick)


def nothing(number: int, frame: object) -> None:
    """What a signal does here that is meant for another program."""
