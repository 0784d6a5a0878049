"""Rows in a real registry, as the services write them, without the work that leads to them."""

from __future__ import annotations

import hashlib
from typing import Any

from core.registry import datasets, models, runs
from core.registry import recipes as recipe_rows
from core.vocabulary import AliasName, Cause, EventKind, RunState, VersionState
from core.workspace import Workspace

RECIPE = 'watch = "inbox"\ntarget = "y"\n'


def recipe(workspace: Workspace, name: str = "churn", *, dataset: str | None = None, text: str = RECIPE) -> int:
    """A recipe with its dataset and one version, without a file; returns the id of the version."""
    with workspace.registry.write(workspace.actor) as tx:
        recipe_rows.put(
            tx, name, path=str(workspace.recipes / f"{name}.toml"), hash=f"hash of {name}", dataset=dataset or name,
            text=text, valid=True, problems=[], removed=False,
        )
        datasets.ensure(tx, dataset or name, name)
        return recipe_rows.add_version(
            tx, recipe=name, hash=f"hash of {name}", text=text, settings=None, git=None, code=[]
        )


def version(workspace: Workspace, dataset: str = "churn", *, data: bytes | None = b"y\n1\n", **changes: Any) -> int:
    """A dataset version whose bytes are in the store (or in quarantine); returns its id."""
    state = changes.get("state", VersionState.ACCEPTED)
    place = workspace.quarantine if state == VersionState.QUARANTINED else workspace.store
    hash = None if data is None else place.put_bytes(data)
    with workspace.registry.write(workspace.actor) as tx:
        values: dict[str, Any] = {
            "dataset": dataset, "hash": hash, "state": state, "file_name": "file.csv", "rows": 10, "columns": 2,
            "files": [{"name": "file.csv", "bytes": len(data or b""), "hash": hash}],
            "labelled": 10, "bad_rows": 0, "reasons": [], "warnings": [], "cause": Cause.NEW_DATA, "discarded": False,
        }
        return datasets.add(tx, values | changes)[0]


def run(workspace: Workspace, recipe_version: int, *, recipe: str = "churn", used: tuple[int, ...] = (),
        left_out: tuple[int, ...] = (), **changes: Any) -> int:
    """A finished run; returns its id."""
    with workspace.registry.write(workspace.actor) as tx:
        values: dict[str, Any] = {
            "recipe": recipe, "recipe_version_id": recipe_version, "state": RunState.FINISHED,
            "cause": Cause.NEW_DATA, "params": {}, "actor": "daemon", "started_at": tx.now, "ended_at": tx.now,
        }
        id = runs.add(tx, values | changes)
        runs.add_data(tx, id, used, left_out)
        return id


def model_version(workspace: Workspace, run: int, *, model: str = "churn", promote: bool = False) -> int:
    """A registered version of a run, with bytes in the store; returns its number."""
    data = f"model of run {run}".encode()
    hash = workspace.store.put_bytes(data)
    with workspace.registry.write(workspace.actor) as tx:
        models.ensure(tx, model, "classification", "roc_auc")
        number = models.add_version(
            tx, model, {"run_id": run, "artifact": hash, "bytes": len(data), "measured": True, "rows": 10}
        )
        runs.add_artifact(tx, run, "model.zip", hash, len(data))
        if promote:
            before = models.alias(tx.connection, model)
            models.set_alias(tx, model, AliasName.CHAMPION, number)
            tx.emit(
                EventKind.ALIAS_MOVED, f"model {model}", alias=AliasName.CHAMPION, version=number, before=before,
                why="gate passed",
            )
    return number


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
