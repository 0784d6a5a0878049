"""Files in watched folders that are not taken yet, and why each waits. Looks, and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.errors import UsageError
from core.query.fields import nearest
from core.query.language import parse, parse_order
from core.query.memory import picked
from core.registry import jobs, sources
from core.registry import recipes as recipe_rows
from core.registry.sources import Signature
from core.services import folders
from core.services import recipes as recipe_service
from core.services.folders import Watched
from core.services.watching import watched
from core.text import shortened, visible
from core.workspace import Workspace

MOST = 10_000  # files of a folder that are looked at
MOST_LEFT_ALONE = 100


@dataclass(frozen=True)
class Waiting:
    """A file that is not part of a version: `file` counts from its folder, `why` says what it waits for, or that it
    is left alone (`never`)."""

    recipe: str
    dataset: str
    folder: str
    file: str
    bytes: int
    changed_at: datetime
    why: str
    never: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "recipe": self.recipe, "dataset": self.dataset, "folder": self.folder, "file": self.file,
            "bytes": self.bytes, "changed_at": self.changed_at.astimezone(UTC).isoformat(), "why": self.why,
            "never": self.never,
        }


def waiting(
    workspace: Workspace, recipe: str = "", *, daemon: bool, where: str = "", order: str = ""
) -> list[Waiting]:
    """Of one recipe or of all, the oldest first; `daemon`: whether one runs. Raises UsageError."""
    found = [one for group in _groups(workspace, recipe, daemon) for one in group]
    found.sort(key=lambda one: (one.never, one.changed_at, one.file))
    return picked(found, parse(where), parse_order(order), _value, lambda one: f"{one.file} {one.recipe} {one.why}",
                  workspace.clock.now())


def _value(field: str) -> Callable[[Waiting], Any]:
    if field not in Waiting.__dataclass_fields__:
        near = nearest(field, list(Waiting.__dataclass_fields__))
        raise UsageError(
            f"no field {shortened(field)!r}", f"did you mean {near}?" if near else "there are file, bytes, why, recipe"
        )
    return lambda one: getattr(one, field)


def _groups(workspace: Workspace, recipe: str, daemon: bool) -> list[list[Waiting]]:
    known = recipe_service.known(workspace)
    names = {one.dataset: one.name for one in reversed(known)}
    return [
        _of_folder(workspace, names[dataset], one, daemon) for dataset, one in watched(workspace, known).items()
        if not recipe or recipe in (names[dataset], *(r.name for r in known if r.dataset == dataset))
    ]


def _of_folder(workspace: Workspace, recipe: str, folder: Watched, daemon: bool) -> list[Waiting]:
    root = os.fsencode(folder.folder)
    with workspace.registry.read() as connection:
        known = sources.known(connection, folder.dataset)
        pending = {one.path for one in sources.pending(connection, folder.dataset)}
        row = recipe_rows.get(connection, recipe)
        job = next((one for one in jobs.live(connection) if one["lane"] == f"ingest:{folder.dataset}"), None)
    paused = row is not None and bool(row["paused"])
    now, settle = workspace.clock.now(), workspace.settings.daemon.settle_seconds
    found = []
    for place, (path, signature) in enumerate(folders.walk(root, folder.pattern, folder.recursive)):
        if place == MOST:
            break
        if known.get(path) == signature and path not in pending:
            continue
        why = _why(path in pending, job, signature, paused=paused, daemon=daemon, now=now, settle=settle)
        found.append(_file(recipe, folder, path, signature.size, signature.mtime_ns, why, never=False))
    return found + _left_alone(recipe, folder, root)


def _why(
    pending: bool, job: Any, seen: Signature, *, paused: bool, daemon: bool, now: datetime, settle: float
) -> str:
    if paused:
        return "the recipe is paused"
    if not daemon:
        return "no daemon runs"
    if pending and job is not None:
        return f"job {job['id']} takes it: {job['state']}"
    if pending:
        return "its job failed; it is tried again soon"
    still = now.timestamp() - seen.mtime_ns / 1e9
    if still < settle:
        return f"it changed {max(0.0, still):.0f} s ago: taken once it has stood still for {settle:g} s"
    return "the next look at the folder takes it"


def _left_alone(recipe: str, folder: Watched, root: bytes) -> list[Waiting]:
    """Files whose names are not meant to be read, or that the pattern leaves out."""
    meant = {path for path, _ in folders.walk(root, folder.pattern, folder.recursive)}
    found: list[Waiting] = []
    seen = 0
    for where, below, names in os.walk(root):
        if not folder.recursive:
            below.clear()
        for name in names:
            seen += 1
            path = where + b"/" + name
            if path in meant:
                continue
            if len(found) == MOST_LEFT_ALONE or seen == MOST:
                return found
            why = "left alone: names like this are not meant to be read, or not yet" if folders.ignored(name) else (
                f"left alone: it is no plain file, or [data] pattern {folder.pattern!r} leaves it out"
            )
            try:
                status = os.lstat(path)
            except OSError:
                continue  # it went away while we looked
            found.append(_file(recipe, folder, path, status.st_size, status.st_mtime_ns, why, never=True))
    return found


def _file(
    recipe: str, folder: Watched, path: bytes, size: int, mtime_ns: int, why: str, *, never: bool
) -> Waiting:
    return Waiting(
        recipe, folder.dataset, visible(str(folder.folder)),
        visible(os.fsdecode(os.path.relpath(path, os.fsencode(folder.folder)))), size,
        datetime.fromtimestamp(mtime_ns / 1e9, UTC), why, never,
    )


def counts(found: Sequence[Waiting]) -> dict[str, int]:
    """How many files wait of each dataset; those that are left alone do not."""
    tally: dict[str, int] = {}
    for one in found:
        if not one.never:
            tally[one.dataset] = tally.get(one.dataset, 0) + 1
    return tally
