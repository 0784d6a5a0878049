"""Recipes that are taken up when they are committed, and not when they are saved: `[ci] on = "commit"`.

Until then the version before stays in force, and the recipe says what it waits for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.recipes.recipe import Recipe
from core.registry import pipelines
from core.registry import recipes as rows
from core.registry.database import Transaction
from core.services import git, pipeline
from core.services.learning import refused
from core.text import visible
from core.vocabulary import Cause
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.services.recipes import InForce

KEY, RULE = "ci.on", "[ci] on"


def by_commit(recipe: Recipe) -> bool:
    return recipe.ci.on == "commit" or recipe.triggers.recipe_change == "commit"


def waits_for(workspace: Workspace, one: InForce, path: Path) -> str | None:
    """What keeps a saved recipe from being taken up; None where nothing does."""
    if not by_commit(one.recipe):
        return None
    with workspace.registry.read() as connection:
        row = rows.get(connection, one.recipe.name)
    if row is not None and row["hash"] == one.hash:
        return None
    done = git.committed(path.parent, [path.name, *(file.name for file in one.code)])
    if done is None:
        return f"it waits to be committed, and {path.parent} is in no git repository"
    return None if done else "it waits until it is committed in git"


def wait(tx: Transaction, one: InForce, path: Path, why: str) -> None:
    """The recipe is known, and not in force."""
    recipe = one.recipe
    names = " ".join([path.name, *(file.name for file in one.code)])
    problem = {
        "key": KEY, "message": visible(f"{path}: {why}"),
        "hint": f"`git add {names} && git commit`, or say [ci] on = \"save\"",
    }
    rows.put(tx, recipe.name, path=visible(str(path)), valid=True, problems=[problem], removed=False)
    known = pipelines.newest(tx.connection, recipe.name, one.hash)
    if known is not None and known["state"] not in pipeline.ENDED:
        return  # it was said
    pipeline.opened(tx, recipe, one.hash, None, waits=why)
    refused(tx, recipe, Cause.RECIPE_CHANGE, RULE, why, "it is committed", hash=one.hash)


def waiting(row: rows.Row) -> bool:
    """Whether a recipe's file waits to be committed."""
    return any(problem["key"] == KEY for problem in row["problems"] or ())


def awaited(workspace: Workspace) -> bool:
    """Whether any recipe waits for a commit."""
    with workspace.registry.read() as connection:
        return any(waiting(row) for row in rows.all(connection) if not row["removed"])
