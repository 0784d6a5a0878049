"""Asking for a version to be measured again. Light: doors ask from here, and a worker does the heavy part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from core.errors import Conflict
from core.registry import datasets, jobs, models, runs
from core.registry.jobs import Request
from core.services import recipes as recipe_service
from core.services.predict import find_version
from core.services.versions import find
from core.vocabulary import Cause, JobKind, VersionState
from core.workspace import Workspace


@dataclass(frozen=True)
class Rows:
    """On what a version would be measured: versions of data, and their labelled rows (before repeats are left out).

    `learned`: the model versions among the two that have learned from the rows that were named.
    """

    model: str
    version: int
    champion: int | None
    data: tuple[str, ...]
    labelled: int
    learned: tuple[int, ...]
    request: Request


def rows_for(workspace: Workspace, text: str, data: str | None = None) -> Rows:
    """What evaluating NAME, NAME@V or NAME@ALIAS would go by; `data` names one version of the dataset.

    Raises NotFound, and Conflict where there is nothing to measure on.
    """
    row = find_version(workspace, text)
    model, number = row["model"], int(row["version"])
    with workspace.registry.read() as connection:
        run = runs.get(connection, row["run_id"])
        assert run is not None
        saved = runs.recipe_version(connection, run["recipe_version_id"])
    recipe = recipe_service.of_version(workspace, saved).recipe
    with workspace.registry.read() as connection:
        champion = models.champion(connection, model)
        seen = {number: set(runs.data(connection, row["run_id"]))}
        if champion is not None:
            seen[int(champion["version"])] = set(runs.data(connection, champion["run_id"]))
        found = _named(connection, recipe.dataset, data) if data else [
            one for one in datasets.learnable(connection, recipe.dataset)
            if not any(one["id"] in learned for learned in seen.values())
        ]
    if not found:
        who = " or ".join(f"v{version}" for version in sorted(seen))
        raise Conflict(
            f"{recipe.dataset} has no labelled rows that {who} of {model} has not learned from",
            "let data arrive, or name a version of it:"
            f" `footplate models evaluate {model}@{number} --data {recipe.dataset}@V`",
        )
    used = recipe.resources
    asked = Request(
        kind=JobKind.EVALUATE, key=f"evaluate:{model}@{number}:{data or 'newest'}", lane=f"evaluate:{model}",
        cause=Cause.MANUAL, payload={"recipe": model, "version": number, "data": data}, memory=used.memory,
        timeout=used.timeout, cpus=used.cpus,
    )
    ids = {one["id"] for one in found}
    return Rows(
        model, number, int(champion["version"]) if champion is not None else None,
        tuple(f"{one['dataset']}@{one['version']}" for one in found), sum(int(one["labelled"]) for one in found),
        tuple(version for version, learned in sorted(seen.items()) if learned & ids), asked,
    )


def request(workspace: Workspace, text: str, data: str | None = None) -> int:
    """Ask for it; returns the job. Raises as `rows_for` does."""
    asked = rows_for(workspace, text, data).request
    with workspace.registry.write(workspace.actor) as tx:
        return jobs.enqueue(tx, asked)[0]


def _named(connection: Connection, dataset: str, text: str) -> list[Any]:
    row = find(connection, text)
    if row["dataset"] != dataset:
        raise Conflict(
            f"the model learns from {dataset}, not from {row['dataset']}", f"`footplate data versions {dataset}`"
        )
    if row["state"] == VersionState.QUARANTINED or not row["labelled"]:
        raise Conflict(
            f"{text} is {row['state']} with {row['labelled'] or 0} labelled rows: nothing can be measured on it",
            "choose another version",
        )
    return [row]
