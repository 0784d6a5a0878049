"""Recipes as the registry knows them: what is in force, and what is wrong with the file of today."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, select, type_coerce

from core.errors import NotFound
from core.query.fields import Field, Fields, Kind
from core.registry.tables import Recipe as RecipeRow
from core.registry.tables import RecipeVersion, Schedule
from core.views.page import LIMIT, Cursor, Listing, Page, held
from core.views.shape import moment
from core.vocabulary import Task
from core.workspace import Workspace

RECIPE: Any = RecipeRow.__table__  # type: ignore[attr-defined]
VERSION: Any = RecipeVersion.__table__  # type: ignore[attr-defined]
SCHEDULE: Any = Schedule.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Recipe:
    """A file in recipes/. `task`, `watch` and `target` are those in force: of the last version that could be read."""

    name: str
    task: str
    watch: str | None
    target: str | None
    hash: str | None
    path: str
    valid: bool
    problems: tuple[dict[str, Any], ...]
    # beside the contract, for screens
    dataset: str | None
    paused: bool
    removed: bool
    schedule: str | None
    next_at: datetime | None
    text: str | None  # in force

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "task": self.task, "watch": self.watch, "target": self.target, "hash": self.hash,
            "path": self.path, "valid": self.valid, "problems": [*self.problems],
        }


@dataclass(frozen=True)
class Version:
    """A recipe with its code as it was saved, or as `train --set` made it."""

    recipe: str
    hash: str
    text: str
    settings: dict[str, Any] | None
    code: tuple[str, ...]  # names of the files of user code
    created_at: datetime
    actor: str
    git: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        return {
            "recipe": self.recipe, "hash": self.hash, "text": self.text, "settings": self.settings,
            "code": [*self.code], "created_at": moment(self.created_at), "actor": self.actor, "git": self.git,
        }


_STATEMENT = (
    select(
        *(RECIPE.c[name] for name in ("name", "path", "hash", "dataset", "valid", "problems", "paused", "removed")),
        RECIPE.c.text, SCHEDULE.c.next_at.label("next_at"),
    )
    .join_from(RECIPE, SCHEDULE, SCHEDULE.c.recipe == RECIPE.c.name, isouter=True)
)
_FIELDS = Fields(
    {
        "name": Field(RECIPE.c.name), "path": Field(RECIPE.c.path), "hash": Field(RECIPE.c.hash),
        "dataset": Field(RECIPE.c.dataset), "valid": Field(RECIPE.c.valid, Kind.FLAG),
        "paused": Field(RECIPE.c.paused, Kind.FLAG),
    },
    words=(RECIPE.c.name, RECIPE.c.path, type_coerce(RECIPE.c.problems, Text)),
)


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Recipe]:
    """Recipes that have a file, by name."""
    listing = Listing(_STATEMENT.where(~RECIPE.c.removed), _FIELDS, tie=RECIPE.c.name, newest_first=False)
    with workspace.registry.read() as connection:
        rows, cursor = listing.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(map(_recipe, rows)), cursor)


def scheduled(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = 0, after: Cursor | None = None
) -> Page[Recipe]:
    """Those that run by the clock; all of them at once, they are few."""
    rows = tuple(recipe for recipe in list(workspace, where=where, order=order, limit=0) if recipe.schedule)
    return held(rows, limit, after)


def show(workspace: Workspace, name: str) -> Recipe:
    """Raises NotFound."""
    with workspace.registry.read() as connection:
        row = connection.execute(_STATEMENT.where(RECIPE.c.name == name)).mappings().fetchone()
        names = () if row is not None else tuple(connection.execute(select(RECIPE.c.name)).scalars())
    if row is None:
        from difflib import get_close_matches

        near = get_close_matches(name, names, 1)
        raise NotFound(
            f"there is no recipe {name!r}",
            f"did you mean {near[0]!r}?" if near else "`footplate recipes list` shows them",
        )
    return _recipe(row)


def versions(
    workspace: Workspace, name: str, *, limit: int = LIMIT, after: Cursor | None = None
) -> Page[Version]:
    """What the recipe said over time, newest first."""
    statement = select(
        *(VERSION.c[one] for one in ("recipe", "hash", "text", "settings", "code", "created_at", "actor", "git"))
    ).where(VERSION.c.recipe == name)
    with workspace.registry.read() as connection:
        rows, cursor = Listing(statement, Fields({}), tie=VERSION.c.id).read(
            connection, "", "", limit, after, workspace.clock.now()
        )
    return Page(tuple(Version(**_named(row)) for row in rows), cursor)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: row[name] for name in Version.__dataclass_fields__}
    values["code"] = tuple(file["name"] for file in row["code"] or ())
    return values


def _recipe(row: Any) -> Recipe:
    said = _said(row["text"])

    def of(section: str, key: str) -> str | None:
        """A key of a section, or written flat."""
        table = said.get(section)
        value = table.get(key, said.get(key)) if isinstance(table, dict) else said.get(key)
        return value if isinstance(value, str) and value else None

    return Recipe(
        name=row["name"], task=of("", "task") or Task.AUTO.value, watch=of("data", "watch"),
        target=of("data", "target"), hash=row["hash"], path=row["path"], valid=bool(row["valid"]),
        problems=tuple(row["problems"] or ()), dataset=row["dataset"], paused=bool(row["paused"]),
        removed=bool(row["removed"]), schedule=of("triggers", "schedule"), next_at=row["next_at"], text=row["text"],
    )


def _said(text: str | None) -> dict[str, Any]:
    """What a recipe that was valid once says. Its few flat keys are read here: the recipe itself is another room's."""
    try:
        return tomllib.loads(text or "")
    except tomllib.TOMLDecodeError:
        return {}
