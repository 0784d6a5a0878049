"""Where a folder is in a git repository: the commit and whether anything is not committed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TypedDict

SECONDS = 5.0  # that git may take
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # set for hooks: another repository


class GitState(TypedDict):
    commit: str
    dirty: bool


def state_of(folder: Path) -> GitState | None:
    """None outside of a repository, before its first commit, or where git cannot tell; never asks or waits long."""
    if not any((parent / ".git").exists() for parent in (folder.absolute(), *folder.absolute().parents)):
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no") if commit else None
    return {"commit": commit, "dirty": bool(changes)} if commit and changes is not None else None


def _git(folder: Path, *words: str) -> str | None:
    quiet = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    quiet |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=SECONDS, errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
