"""A replay that is kept: asked for as a job, and its result in the store, with an event that says where."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from core.errors import Conflict
from core.registry import datasets, jobs
from core.registry.database import Fence, Transaction
from core.registry.jobs import Request
from core.services import recipes as recipe_service
from core.vocabulary import Cause, EventKind, JobKind
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.services.replay import Replay


def request(workspace: Workspace, name: str) -> int:
    """Ask for a replay of a recipe as a job; returns it. Raises Conflict where there are too few files."""
    recipe = recipe_service.in_force(workspace, name).recipe
    with workspace.registry.read() as connection:
        files = len(datasets.learnable(connection, recipe.dataset))
    if files < 2:
        raise Conflict(f"{name} has {files} labelled files: a replay needs two", "let more data arrive")
    used = recipe.resources
    asked = Request(
        kind=JobKind.REPLAY, key=f"replay:{name}", lane=f"replay:{name}", cause=Cause.MANUAL,
        payload={"recipe": name}, memory=used.memory, timeout=used.timeout, cpus=used.cpus,
    )
    with workspace.registry.write(workspace.actor) as tx:
        return jobs.enqueue(tx, asked)[0]


def run(workspace: Workspace, fence: Fence, job: Mapping[str, Any], progress: Callable[[str], None]) -> None:
    """Do a replay job and end it."""
    from core.services.replay import replay

    found = replay(workspace, job["payload"]["recipe"], progress)
    result = _stored(workspace, found)
    with workspace.registry.write(workspace.actor, fence) as tx:
        _remember(tx, found, result, job["actor"])
        jobs.finish(tx, fence, files=len(found.steps))


def remember(workspace: Workspace, found: Replay) -> None:
    """Keep what was replayed in this process: it is then the last replay of its recipe."""
    result = _stored(workspace, found)
    with workspace.registry.write(workspace.actor) as tx:
        _remember(tx, found, result, workspace.actor)


def _stored(workspace: Workspace, found: Replay) -> str:
    return workspace.store.put_bytes(json.dumps(found.to_json(), separators=(",", ":"), allow_nan=False).encode())


def _remember(tx: Transaction, found: Replay, result: str, actor: str) -> None:
    tx.emit(
        EventKind.RECIPE_REPLAYED, f"recipe {found.model}", actor=actor, result=result, metric=found.metric,
        means=found.means(), files=len(found.steps),
    )
