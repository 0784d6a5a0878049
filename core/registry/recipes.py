"""Queries on recipes and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry.database import Transaction
from core.registry.tables import Recipe, RecipeVersion

RECIPE: Any = Recipe.__table__  # type: ignore[attr-defined]
RECIPE_VERSION: Any = RecipeVersion.__table__  # type: ignore[attr-defined]
Row = Mapping[Any, Any]  # by name of column


def all(connection: Connection) -> list[Row]:
    return list(connection.execute(select(RECIPE).order_by(RECIPE.c.name)).mappings())


def get(connection: Connection, name: str) -> Row | None:
    return connection.execute(select(RECIPE).where(RECIPE.c.name == name)).mappings().fetchone()


def put(tx: Transaction, name: str, **values: Any) -> None:
    """Insert the recipe or change the given columns of it."""
    first = {"path": "", "valid": False, "paused": False, "removed": False, "stamp": ""} | values
    tx.execute(
        upsert(RECIPE).values(name=name, **first).on_conflict_do_update(index_elements=["name"], set_=values)
    )


def change(tx: Transaction, name: str, **values: Any) -> None:
    tx.execute(update(RECIPE).where(RECIPE.c.name == name).values(**values))


def version(connection: Connection, recipe: str, hash: str) -> Row | None:
    return connection.execute(
        select(RECIPE_VERSION).where(RECIPE_VERSION.c.recipe == recipe, RECIPE_VERSION.c.hash == hash)
    ).mappings().fetchone()


def add_version(tx: Transaction, **values: Any) -> int:
    result = tx.execute(insert(RECIPE_VERSION).values(created_at=tx.now, actor=tx.actor, **values))
    return int(result.inserted_primary_key[0])
