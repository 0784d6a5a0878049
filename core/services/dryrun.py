"""What would happen if this file arrived: judged as it would be, and nothing is written anywhere."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from core.data.examine import Examination, examine
from core.errors import NotFound, UsageError
from core.recipes.recipe import Recipe
from core.registry import datasets
from core.services import folders, outlook
from core.services import recipes as recipe_service
from core.services.recording import request_of
from core.services.superseding import load_hashes, would_supersede
from core.services.watching import watched
from core.text import visible
from core.vocabulary import Task
from core.workspace import Workspace

MOST_HASHES = 20_000_000  # rows of older versions that are compared with the file's


def file_arrives(workspace: Workspace, file: str, name: str = "") -> dict[str, Any]:
    """{"kind": "file", "file", "recipe", "dataset", "taken", "verdict", "same", "version", "rows", "labelled",
    "bad_rows", "reasons", "warnings", "supersedes", "new_rows", "late", "runs", "judges", "then"}.

    `name` is a dataset or recipe; without one, that which watches the file's folder, or the only one. "taken" says
    how it would come in, "verdict" is accepted, quarantined, same or ignored. Raises NotFound and UsageError.
    """
    path = Path(file)
    if not path.is_file():
        raise NotFound(f"{file} is no file", "name a CSV, JSON Lines or Parquet file, or a recipe")
    recipe, taken = _recipe_of(workspace, path, name)
    found: dict[str, Any] = {
        "kind": "file", "file": visible(path.name), "recipe": recipe.name, "dataset": recipe.dataset, "taken": taken,
        "same": None, "supersedes": [], "runs": [], "judges": None, "new_rows": None, "late": False,
        "reasons": [], "warnings": [], "rows": None, "labelled": None, "bad_rows": None, "then": [], "version": None,
    }
    if taken.startswith("never"):
        return found | {"verdict": "ignored"}
    hash = _hash_of(path)
    with workspace.registry.read() as connection:
        same = datasets.by_hash(connection, recipe.dataset, hash)
        reference = datasets.get(connection, recipe.dataset)
        number = 1 + datasets.newest(connection, recipe.dataset)
    if same is not None:
        said = f"{recipe.dataset}@{same['version']}"
        return found | {"verdict": "same", "same": said, "version": said, "rows": same["rows"]}
    seen = examine(request_of(workspace, recipe, path, visible(path.name), reference))
    verdict = "quarantined" if seen.reasons else "accepted"
    found |= {
        "verdict": verdict, "version": f"{recipe.dataset}@{number}", "rows": seen.rows, "labelled": seen.labelled,
        "bad_rows": seen.bad_rows, "reasons": [one.to_json() for one in seen.reasons],
        "warnings": [one.to_json() for one in seen.warnings],
    }
    if verdict == "quarantined":
        return found | {"then": ["it waits in quarantine for a person; nothing learns from it, and the loop goes on"]}
    return found | _learned(workspace, recipe, path, number, seen)


def _recipe_of(workspace: Workspace, path: Path, name: str) -> tuple[Recipe, str]:
    """The recipe that says how the file is judged, and how the file would come in."""
    if name:
        return recipe_service.of_dataset(workspace, name), f"by hand: `footplate data add {name} {path.name}`"
    real = os.path.realpath(path)
    known = recipe_service.known(workspace)
    for dataset, one in watched(workspace, known).items():
        root = os.path.realpath(one.folder)
        if not real.startswith(root.rstrip("/") + "/"):
            continue
        recipe = recipe_service.of_dataset(workspace, dataset)
        if folders.ignored(os.fsencode(path.name)):
            return recipe, "never: names like this one are not meant to be read, or not yet"
        walked = folders.walk(os.fsencode(one.folder), one.pattern, one.recursive)
        inside = {os.path.realpath(found) for found, _ in walked}
        if os.fsencode(real) not in inside:
            return recipe, f"never: [data] pattern {one.pattern!r} or recursive leaves it out"
        return recipe, "it is in a watched folder"
    if len(known) == 1:
        return known[0], f"copied into {known[0].data.watch}"
    if not known:
        hint = "`footplate recipes new NAME --watch FOLDER --target COL`"
        raise NotFound("there is no recipe that could take it", hint)
    names = ", ".join(recipe.name for recipe in known)
    raise UsageError(f"{path.name} lies in no watched folder", f"name the dataset: --data NAME, one of {names}")


def _learned(
    workspace: Workspace, recipe: Recipe, path: Path, number: int, seen: Examination
) -> dict[str, Any]:
    """What an accepted file would lead to."""
    row = {
        "id": None, "version": number, "file_name": visible(path.name), "time_max": seen.time_max,
        "dataset": recipe.dataset,
    }
    with workspace.registry.read() as connection:
        older = would_supersede(connection, workspace.store, recipe, row, seen.row_hashes)
        learnable = datasets.learnable(connection, recipe.dataset)
    new = _new_rows(workspace, recipe, seen)
    labelled = seen.labelled or 0
    users = [one for one in recipe_service.known(workspace) if one.dataset == recipe.dataset]
    runs = [outlook.by_new_data(workspace, one, labelled) for one in users]
    how = outlook.standing(workspace, recipe.name)
    late = outlook.is_late(row, learnable, how.seen)
    share = 1.0 if new is None or not seen.rows else new / seen.rows
    counts = outlook.class_counts(seen.profile, recipe.data.target) if seen.profile else None
    if recipe.task == Task.REGRESSION:
        counts = None
    more = 0 if late else round(labelled * share)
    judges = outlook.judges(
        workspace, recipe, how, more=more, counts=None if counts is None or not more else counts,
        without=[one["id"] for one in older],
    )
    return {
        "supersedes": [f"{one['dataset']}@{one['version']}" for one in older], "new_rows": new, "late": late,
        "runs": [one.to_json() for one in runs], "judges": judges.to_json() if labelled else None,
        "then": [outlook.released(how, recipe, lowered=False)[1]] if any(one.would for one in runs) else [],
    }


def _new_rows(workspace: Workspace, recipe: Recipe, seen: Examination) -> int | None:
    """How many of its rows stand in no older version; None where there are too many to compare with."""
    if seen.row_hashes is None:
        return None
    with workspace.registry.read() as connection:
        names = datasets.older_hashes(connection, recipe.dataset, 1 << 62, ())
    known, looked_at = np.zeros(len(seen.row_hashes), dtype=bool), 0
    for name in names.values():
        theirs = load_hashes(workspace.store, name)
        looked_at += len(theirs)
        if looked_at > MOST_HASHES:
            return None
        known |= np.isin(seen.row_hashes, theirs)
    return int((~known).sum())


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
