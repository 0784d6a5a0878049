"""Asking for a run by hand. Light: doors ask from here, and the worker does the heavy part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from core.errors import Conflict
from core.recipes.recipe import override
from core.registry import jobs
from core.services import recipes as recipe_service
from core.services.versions import find
from core.services.work import train_request
from core.vocabulary import Cause, VersionState
from core.workspace import Workspace


def request(
    workspace: Workspace, name: str, *, data: str | None = None, settings: Mapping[str, str] | None = None,
    promote: bool = False,
) -> int:
    """Ask for a run now; returns the job. `settings` (dotted key: TOML value) never promote without `promote`.

    Raises NotFound or BadRecipe at once where there is no such recipe or version, or it cannot be used.
    """
    recipe = recipe_service.load(workspace, name)
    if settings:
        recipe = override(recipe, dict(settings))
    recipe_service.sync(workspace)
    payload = {"data": data, "settings": dict(settings or {}), "promote": promote}
    mark = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:12]
    asked = train_request(
        recipe.name, Cause.MANUAL, cpus=recipe.resources.cpus, memory=recipe.resources.memory,
        timeout=recipe.resources.timeout, payload=payload, key=f"train:{recipe.name}:manual:{mark}",
    )
    with workspace.registry.write(workspace.actor) as tx:
        if data is not None:
            row = find(tx.connection, data)
            if row["dataset"] != recipe.dataset:
                other = f"{name} learns from {recipe.dataset}, not from {row['dataset']}"
                raise Conflict(other, f"`footplate data versions {recipe.dataset}`")
            if row["state"] != VersionState.ACCEPTED or not row["labelled"]:
                labelled = row["labelled"] or 0
                raise Conflict(f"{data} is {row['state']} with {labelled} labelled rows", "choose another version")
        job, _ = jobs.enqueue(tx, asked)
    return job
