"""Where a folder is in a git repository: the commit and whether anything is not committed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TypedDict


class GitState(TypedDict):
    commit: str
    dirty: bool


def state_of(folder: Path) -> GitState | None:
    """None outside of a repository, before its first commit, or without git; never asks, never waits long."""
    if not any((parent / ".git").exists() for parent in (folder.absolute(), *folder.absolute().parents)):
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}


def _git(folder: Path, *words: str) -> str | None:
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, timeout=5,
            text=True, errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
