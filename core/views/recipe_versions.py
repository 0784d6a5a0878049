"""One version of a recipe as it was saved: its text, what was set over it, and the code that it names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.errors import NotFound
from core.views.nodes import RECIPE_VERSION
from core.views.run_fields import RUN
from core.views.shape import moment
from core.workspace import Workspace


@dataclass(frozen=True)
class RecipeVersion:
    """`code`: (name, sha256) of each file, whose bytes are in the store; `runs` went by this version."""

    id: int
    recipe: str
    hash: str
    text: str
    settings: dict[str, Any]
    code: tuple[tuple[str, str], ...]
    git: dict[str, Any] | None
    created_at: datetime
    actor: str
    runs: int

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "recipe": self.recipe, "hash": self.hash, "text": self.text, "settings": self.settings,
            "code": [{"name": name, "sha256": sha256} for name, sha256 in self.code], "git": self.git,
            "created_at": moment(self.created_at), "actor": self.actor, "runs": self.runs,
        }


def show(workspace: Workspace, id: int) -> RecipeVersion:
    """Raises NotFound."""
    with workspace.registry.read() as connection:
        row = connection.execute(select(RECIPE_VERSION).where(RECIPE_VERSION.c.id == id)).mappings().fetchone()
        if row is None:
            raise NotFound(f"there is no recipe version {id}", "`footplate recipes list` shows the recipes")
        runs = connection.execute(
            select(func.count()).select_from(RUN).where(RUN.c.recipe == row["recipe"], RUN.c.recipe_version_id == id)
        ).scalar_one()
    return RecipeVersion(
        id=row["id"], recipe=row["recipe"], hash=row["hash"], text=row["text"], settings=row["settings"] or {},
        code=tuple((file["name"], file["sha256"]) for file in row["code"] or ()), git=row["git"],
        created_at=row["created_at"], actor=row["actor"], runs=int(runs),
    )


def code(workspace: Workspace, sha256: str) -> str:
    """A file of code as it was then. Raises Corrupted where its bytes are gone or changed."""
    return workspace.store.read(sha256).decode("utf-8", "replace")
