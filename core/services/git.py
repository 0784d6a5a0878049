"""Where a folder is in a git repository: the commit, and whether anything is not committed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

SECONDS = 5.0  # that git may take
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # set for hooks: another repository


class GitState(TypedDict):
    commit: str
    dirty: bool


def state_of(folder: Path) -> GitState | None:
    """None outside of a repository, before its first commit, or where git cannot tell; never asks or waits long."""
    if not _is_inside(folder):
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no") if commit else None
    return {"commit": commit, "dirty": bool(changes)} if commit and changes is not None else None


def committed(folder: Path, names: Sequence[str]) -> bool | None:
    """Whether files (below `folder`) are in the last commit as they are now; None outside of a repository."""
    if not _is_inside(folder):
        return None
    tracked = _git(folder, "ls-files", "--error-unmatch", "--", *names)
    return bool(tracked) and _git(folder, "status", "--porcelain", "--", *names) == ""


def mark_of(folder: Path) -> str:
    """Changes whenever something is committed; costs a few looks at files. Empty outside of a repository."""
    for parent in (folder.absolute(), *folder.absolute().parents):
        place = parent / ".git"
        if place.is_file():  # of a work tree: it says where
            place = parent / place.read_text("utf-8", "replace").removeprefix("gitdir:").strip()
        if place.is_dir():
            return "|".join(_touched(place / name) for name in ("HEAD", "index", "logs/HEAD"))
    return ""


def _touched(path: Path) -> str:
    try:
        return str(path.stat().st_mtime_ns)
    except OSError:
        return ""


def _is_inside(folder: Path) -> bool:
    return any((parent / ".git").exists() for parent in (folder.absolute(), *folder.absolute().parents))


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
