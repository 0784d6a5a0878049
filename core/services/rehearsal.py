"""What would happen if this recipe were saved: would it be taken up, would a run follow, would that wait for a person.

Light, and it changes nothing: the rules of `core.services.recipes.sync`, asked beforehand.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.data.schema import Schema
from core.errors import BadRecipe
from core.recipes.code import code_files
from core.recipes.effective import effective
from core.recipes.recipe import Recipe, bar, missing_columns, parse, recipe_hash
from core.registry import datasets, runs
from core.registry import recipes as rows
from core.services import commits, folders, outlook
from core.services import recipes as recipe_service
from core.services.outlook import Ask, Standing
from core.services.recipes import text_of
from core.text import visible
from core.vocabulary import Cause
from core.workspace import Workspace

MOST_FILES = 10_000  # of a folder that are counted


@dataclass(frozen=True)
class Problem:
    """What is wrong: `file` is named by the hint of code, else it is the recipe's own."""

    key: str
    message: str
    hint: str

    def to_json(self) -> dict[str, str]:
        return {"key": self.key, "message": visible(self.message), "hint": visible(self.hint)}


def problem_of(error: BadRecipe) -> Problem:
    return Problem(error.key, error.message, error.hint)


def recipe_saved(workspace: Workspace, path: Path, text: str | None = None) -> dict[str, Any]:
    """{"kind": "recipe", "recipe", "file", "valid", "problems", "new", "changed", "hash", "before", "changes",
    "run", "waits_for_person", "judges", "folder", "then"} of a recipe at `path` with this text (None: the file's).

    "changes" are the values in effect that differ from those in force: [{"key", "before", "after"}].
    """
    path = path if path.is_absolute() else Path.cwd() / path
    found: dict[str, Any] = {
        "kind": "recipe", "recipe": visible(path.stem), "file": visible(str(path)), "valid": False, "problems": [],
        "new": False, "changed": False, "hash": None, "before": None, "changes": [], "run": None,
        "waits_for_person": False, "judges": None, "folder": None, "then": [],
    }
    try:
        said = text_of(path) if text is None else text
        recipe = parse(said, str(path), path.stem)
        code = code_files(recipe, workspace.recipes if text is not None else path.parent)
        _need_free_name(workspace, recipe, path)
    except BadRecipe as error:
        return found | {"problems": [problem_of(error).to_json()], "then": [_broken(workspace, path)]}
    hash = recipe_hash(recipe, code)
    with workspace.registry.read() as connection:
        row = rows.get(connection, recipe.name)
        reference = datasets.get(connection, recipe.dataset)
    before = row["hash"] if row is not None and not row["removed"] else None
    problems = _lost(recipe, reference)
    found |= {
        "recipe": recipe.name, "valid": not problems, "problems": [one.to_json() for one in problems],
        "new": before is None, "hash": hash, "before": before, "changed": before != hash,
        "changes": _changes(row, said, path), "folder": _folder(workspace, recipe),
    }
    how = outlook.standing(workspace, recipe.name)
    ask = _asked(workspace, recipe, hash, before, how)
    if problems and ask.would:
        ask = replace(ask, why=f"{ask.why}, and would fail: the data lacks a column that the recipe names")
    lowered = how.rule is not None and bar(recipe) != bar(how.rule)
    waits = outlook.released(how, recipe, lowered=lowered)[0] == "waits"
    found |= {"run": ask.to_json(), "waits_for_person": ask.would and waits and not problems}
    if ask.would and not problems:
        found["judges"] = outlook.judges(workspace, recipe, how).to_json()
        found["then"] = [outlook.released(how, recipe, lowered=lowered)[1]]
    return found


def _need_free_name(workspace: Workspace, recipe: Recipe, path: Path) -> None:
    with workspace.registry.read() as connection:
        row = rows.get(connection, recipe.name)
    if row is None or row["removed"]:
        return
    other = workspace.recipes / Path(row["path"]).name  # a workspace may have moved
    if other.name != path.name and other.is_file():
        raise BadRecipe(
            f"{path}: name: another recipe is called {recipe.name!r} already", "give each recipe a name of its own",
            path=str(path), key="name",
        )


def _broken(workspace: Workspace, path: Path) -> str:
    with workspace.registry.read() as connection:
        row = next((one for one in rows.all(connection) if one["path"].endswith(f"/{path.name}")), None)
    if row is not None and row["hash"]:
        return "it would be refused; the last version that could be read stays in force"
    return "it would be refused: nothing is watched or trained by it"


def _lost(recipe: Recipe, reference: Mapping[Any, Any] | None) -> list[Problem]:
    """Columns that the recipe names and the data does not have: the run would fail."""
    if reference is None or not reference["schema"]:
        return []
    names = Schema.from_json(reference["schema"]).names
    return [Problem(key, message, hint) for key, message, hint in missing_columns(recipe, names)]


def _changes(row: Mapping[Any, Any] | None, text: str, path: Path) -> list[dict[str, Any]]:
    """The values in effect that would be others than those in force."""
    if row is None or not row["text"]:
        return []
    try:
        old = {key: value for key, value, _ in effective(row["text"], row["path"], Path(row["path"]).stem)}
    except BadRecipe:
        return []
    new = {key: value for key, value, _ in effective(text, str(path), path.stem)}
    return [
        {"key": key, "before": old.get(key), "after": new.get(key)}
        for key in dict.fromkeys([*new, *old]) if (old.get(key) or None) != (new.get(key) or None)
    ]


def _folder(workspace: Workspace, recipe: Recipe) -> dict[str, Any]:
    folder = workspace.locate(recipe.data.watch)
    files = 0
    for _ in folders.walk(os.fsencode(folder), recipe.data.pattern, recipe.data.recursive):
        files += 1
        if files == MOST_FILES:
            break
    return {"path": visible(str(folder)), "there": folder.is_dir(), "files": files}


def _asked(
    workspace: Workspace, recipe: Recipe, hash: str, before: str | None, how: Standing
) -> Ask:
    """The run that saving would lead to, by the rules of `core.services.learning`."""
    change = Cause.NEW_DATA if before is None else Cause.RECIPE_CHANGE

    def no(why: str) -> Ask:
        return Ask(recipe.name, change, False, why)

    if before == hash:
        return no("what is learned stays the same: the recipe's hash does not change")
    if commits.by_commit(recipe):
        return no("it waits until it is committed in git ([ci] on)")
    with workspace.registry.read() as connection:
        learnable = bool(datasets.learnable(connection, recipe.dataset))
        unlearned = bool(runs.unlearned(connection, recipe.name, recipe.dataset))
        paused = outlook.paused(connection, recipe.name)
        if paused:
            return no("the recipe is paused")
        if not learnable:
            return no("no labelled version is there to learn from yet")
        if before is not None and recipe.triggers.recipe_change is False:
            return no("[triggers] recipe_change is off")
        if unlearned and recipe.triggers.new_data:
            return outlook.asked(connection, recipe, Cause.NEW_DATA, workspace.clock.now())
        if before is None:
            return no("[triggers] new_data is off")
        if how.hash == hash:
            return no("it is the champion's own recipe again")
        return outlook.asked(connection, recipe, Cause.RECIPE_CHANGE, workspace.clock.now())


def file_apart(workspace: Workspace, path: Path, name: str = "") -> dict[str, Any]:
    """What would happen if a file arrived (`core.services.dryrun`), in a process of its own."""
    from core.services.apart import answer_of

    found: dict[str, Any] = answer_of(workspace, "file_arrives", str(path), name)
    return found


def of_name(workspace: Workspace, name: str) -> dict[str, Any]:
    """The same of a recipe in recipes/ as its file says now. Raises NotFound."""
    return recipe_saved(workspace, recipe_service.path_of(workspace, name))
