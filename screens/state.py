"""What a console keeps for its user between two starts, outside of the workspace: one small JSON a workspace.

Sort, filter, columns and cursor of each list, the theme, the lines of the command bar, and which workspaces were
opened. It is read and written in threads. A file that is broken, foreign or cannot be written counts as none:
nothing that is kept here is worth an error. The last console to write has the last word.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OVERRIDE = "FOOTPLATE_STATE"
LARGEST = 1 << 20  # bytes of a file that are read
LONGEST = 4_000  # characters of a filter that are kept
MOST_COLUMNS, MOST_LINES = 200, 50
MOST_WORKSPACES = 60  # that were written to last


@dataclass(frozen=True)
class ListState:
    """How one list was set; `cursor` is the identity of the row, where that is a number or a text."""

    where: str = ""
    order: str = ""
    cursor: int | str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """All of one workspace; `lists` by screen and the name of the list."""

    root: str = ""
    name: str = ""
    opened_at: str = ""
    theme: str = ""
    over: str = ""  # what the settings said when that was chosen
    screen: str = ""
    lines: tuple[str, ...] = ()
    lists: Mapping[str, ListState] = field(default_factory=dict)

    def theme_over(self, setting: str) -> str:
        """The theme that was chosen, unless the settings say another one since."""
        return self.theme if self.theme and self.over == setting else setting


def folder() -> Path | None:
    """$FOOTPLATE_STATE, $XDG_STATE_HOME/footplate, or the same below ~/.local/state; None: nowhere."""
    if given := os.environ.get(OVERRIDE):
        return Path(given)
    base = os.environ.get("XDG_STATE_HOME", "")
    if base.startswith("/"):  # the standard says that a relative one counts for nothing
        return Path(base) / "footplate"
    try:
        return Path.home() / ".local" / "state" / "footplate"
    except RuntimeError:
        return None


def file_of(root: Path) -> Path | None:
    where = folder()
    if where is None:
        return None
    name = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:24]
    return where / "workspaces" / f"{name}.json"


def load(root: Path) -> Kept:
    """What was kept of a workspace; an empty one where there is nothing that can be used."""
    path = file_of(root)
    return Kept() if path is None else _read(path)


def known() -> list[Kept]:
    """The workspaces that this user opened, the newest first."""
    where = folder()
    try:
        paths = list((where / "workspaces").glob("*.json")) if where is not None else []
        paths.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return []
    found = (kept for kept in map(_read, paths[:MOST_WORKSPACES]) if kept.root)
    return sorted(found, key=lambda kept: kept.opened_at, reverse=True)


def save(root: Path, kept: Kept) -> bool:
    """Write it whole or not at all; False where that cannot be."""
    path = file_of(root)
    if path is None:
        return False
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            json.dump(_written(kept), stream)
        os.replace(temporary, path)
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        return False
    return True


def _written(kept: Kept) -> dict[str, Any]:
    return {
        "root": kept.root, "name": kept.name, "opened_at": kept.opened_at, "theme": kept.theme,
        "over": kept.over, "screen": kept.screen,
        "lines": [*kept.lines[-MOST_LINES:]],
        "lists": {
            name: {"where": one.where, "order": one.order, "cursor": one.cursor, "columns": [*one.columns]}
            for name, one in kept.lists.items()
        },
    }


def _read(path: Path) -> Kept:
    try:
        if path.stat().st_size > LARGEST:
            return Kept()
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return Kept()
    if not isinstance(raw, dict):
        return Kept()
    lists = raw.get("lists")
    return Kept(
        _text(raw, "root"), _text(raw, "name"), _text(raw, "opened_at"), _text(raw, "theme"),
        _text(raw, "over"), _text(raw, "screen"),
        _texts(raw, "lines")[-MOST_LINES:],
        {name: _list(one) for name, one in lists.items() if isinstance(one, dict)} if isinstance(lists, dict) else {},
    )


def _list(raw: Mapping[str, Any]) -> ListState:
    cursor = raw.get("cursor")
    fits = isinstance(cursor, int | str) and not isinstance(cursor, bool)
    return ListState(
        _text(raw, "where"), _text(raw, "order"), cursor if fits else None, _texts(raw, "columns")[:MOST_COLUMNS]
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value[:LONGEST] if isinstance(value, str) else ""


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key)
    return tuple(one[:LONGEST] for one in value if isinstance(one, str)) if isinstance(value, list) else ()
