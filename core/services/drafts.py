"""Editing a recipe: a copy is edited, judged beforehand, and saved whole or not at all; what was begun is not lost.

    .footplate/drafts/NAME.toml         the copy that an editor has
    .footplate/drafts/NAME.toml.base    what the recipe said when it was made
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadRecipe, Stale
from core.registry import datasets, jobs
from core.services import recipes as recipe_service
from core.services.recipes import text_of
from core.services.rehearsal import recipe_saved
from core.store.files import publish_file
from core.workspace import Workspace


@dataclass(frozen=True)
class Draft:
    """`path` is the copy, `target` the recipe's own file; `resumed`: it was begun before, and kept."""

    name: str
    path: Path
    target: Path
    resumed: bool

    @property
    def base(self) -> Path:
        return self.path.with_name(self.path.name + ".base")


def begin(workspace: Workspace, name: str) -> Draft:
    """A copy of a recipe's file, or the one that was kept. Raises NotFound, BadRecipe where it cannot be read."""
    target = recipe_service.path_of(workspace, name)
    folder = workspace.hidden / "drafts"
    folder.mkdir(exist_ok=True)
    draft = Draft(name, folder / target.name, target, (folder / target.name).is_file())
    if draft.resumed and draft.base.is_file():
        return draft
    data = target.read_bytes()
    publish_file(draft.base, data)
    publish_file(draft.path, data)
    return Draft(name, draft.path, target, False)


def of_dataset(workspace: Workspace, dataset: str) -> str:
    """The recipe that says how a dataset's files are judged."""
    with workspace.registry.read() as connection:
        row = datasets.get(connection, dataset)
    return dataset if row is None else str(row["recipe"])


def is_changed(draft: Draft) -> bool:
    """Whether the copy says something else than the recipe did when it was made."""
    return not draft.path.is_file() or draft.path.read_bytes() != draft.base.read_bytes()


def outlook(workspace: Workspace, draft: Draft) -> dict[str, Any]:
    """What would happen if the draft were saved: see `core.services.rehearsal.recipe_saved`."""
    try:
        text = text_of(draft.path)
    except BadRecipe as error:
        problem = {"key": "", "message": error.message, "hint": error.hint}
        return {"kind": "recipe", "recipe": draft.name, "file": str(draft.path), "valid": False, "problems": [problem],
                "hash": None, "then": []}
    return recipe_saved(workspace, draft.target, text)


def save(workspace: Workspace, draft: Draft) -> str:
    """Put the draft in the recipe's place, and bring the registry up to it; returns what followed.

    Raises BadRecipe where it cannot be used, Stale where somebody else saved the recipe meanwhile: once, since who was
    told may edit the copy again and save it then.
    """
    try:
        said = replace_text(workspace, draft.name, draft.path.read_bytes(), seen=draft.base.read_bytes())
    except Stale:
        publish_file(draft.base, draft.target.read_bytes())
        raise
    discard(draft)
    return said


def replace_text(workspace: Workspace, name: str, data: bytes, *, seen: bytes | None = None) -> str:
    """Save a recipe with another text (UTF-8), which may stand in force only if it can be used."""
    target = recipe_service.path_of(workspace, name)
    before = target.read_bytes()
    if seen is not None and before != seen:
        raise Stale(f"somebody else saved recipe {name} meanwhile", "look at it, and edit again: your text is kept")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRecipe(f"{target}: is not UTF-8 text", "save it as UTF-8", path=str(target)) from None
    found = recipe_saved(workspace, target, text)
    if found["hash"] is None:
        problem = found["problems"][0]
        raise BadRecipe(problem["message"], problem["hint"], path=str(target), key=problem["key"])
    with workspace.registry.read() as connection:
        known = {job["id"] for job in jobs.live(connection)}
    publish_file(target, data)
    recipe_service.sync(workspace)
    with workspace.registry.read() as connection:
        new = [job["id"] for job in jobs.live(connection) if job["id"] not in known]
    if new:
        return f"recipe {name} is saved: job {new[0]} will train it (stop it: `footplate jobs cancel {new[0]}`)"
    why = (found["run"] or {}).get("why") or "nothing follows"
    return f"recipe {name} is saved; no new run: {why}"


def discard(draft: Draft) -> None:
    """Throw the copy away."""
    draft.path.unlink(missing_ok=True)
    draft.base.unlink(missing_ok=True)
