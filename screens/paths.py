"""Completing a path that is typed: what begins like it, and how far that is the same. Reads folders, so in a thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST = 2_000  # names of a folder that are looked at
SHOWN = 200
NAMED = 3  # files of a folder that are named


@dataclass(frozen=True)
class Completion:
    """`text` with all that is certain added; `names` begin like it (folders end in a slash)."""

    text: str
    names: tuple[str, ...]


def whole(text: str, root: Path) -> Path:
    """The path that a text means: `~` is home, what is relative counts from `root`. Any text means one."""
    path = Path(text.replace("\0", ""))
    try:
        return root / path.expanduser()
    except RuntimeError:  # nobody has that name, or a home
        return root / path


def is_folder(path: Path) -> bool:
    """Unlike Path's own, these three take what may not be looked at, or cannot be called so, for not there."""
    return _is(Path.is_dir, path)


def is_file(path: Path) -> bool:
    return _is(Path.is_file, path)


def is_there(path: Path) -> bool:
    return _is(Path.exists, path)


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    try:
        return kind(path)
    except OSError:
        return False


def complete(text: str, root: Path, *, folders_only: bool = False) -> Completion:
    """What `text` may go on as. Hidden names only where the text begins with a dot itself."""
    head, slash, tail = text.rpartition("/")
    folder = whole(head + slash, root) if slash else whole("~" if text == "~" else ".", root)
    if text == "~":
        return Completion("~/", ())
    names = sorted(_names(folder, tail, folders_only), key=str.casefold)
    if not names:
        return Completion(text, ())
    exact = [name for name in names if name.startswith(tail)]
    same = _begin_alike(exact or names, casefolded=not exact)
    return Completion(head + slash + same, tuple(names[:SHOWN]))


def _begin_alike(names: Sequence[str], *, casefolded: bool) -> str:
    """What all names begin with, spelled like the first."""
    first, last = min(names, key=str.casefold), max(names, key=str.casefold)
    if not casefolded:
        first, last = min(names), max(names)
    length = 0
    for one, other in zip(first, last, strict=False):
        if one != other and not (casefolded and one.casefold() == other.casefold()):
            break
        length += 1
    return first[:length]


def _names(folder: Path, begins: str, folders_only: bool) -> Sequence[str]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for place, entry in enumerate(entries):
                if place >= MOST:
                    break
                if not entry.name.casefold().startswith(begins.casefold()):
                    continue
                if entry.name.startswith(".") and not begins.startswith("."):
                    continue
                if entry.is_dir():
                    found.append(entry.name + "/")
                elif not folders_only:
                    found.append(entry.name)
    except OSError:
        return ()
    return found


def contents(folder: Path) -> str:
    """What lies in a folder, in a few words: `12 files: jan.csv, feb.csv, …`; empty where it is no folder."""
    files, folders = [], 0
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(MOST), entries, strict=False):
                if entry.name.startswith((".", "~")):
                    continue
                if entry.is_dir():
                    folders += 1
                else:
                    files.append(entry.name)
    except OSError:
        return ""
    below = f"{folders:,} folder{'' if folders == 1 else 's'}" if folders else ""
    if not files:
        return below or "empty"
    told = ", ".join(sorted(files)[:NAMED]) + (", …" if len(files) > NAMED else "")
    return f"{len(files):,} file{'' if len(files) == 1 else 's'}: {told}" + (f"; {below}" if below else "")


def about(text: str, root: Path, most: int) -> tuple[Completion, list[tuple[str, str]]]:
    """What a folder that is typed may go on as, and (name, contents): of itself without a name, then of those."""
    done = complete(text, root, folders_only=True)
    here = contents(whole(text, root)) if text else ""
    head, slash, _ = text.rpartition("/")
    base = whole(head + slash, root) if slash else root
    return done, ([("", here)] if here else []) + [(name, contents(base / name)) for name in done.names[:most]]
