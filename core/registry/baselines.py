"""Queries on baselines: one run a recipe that the others are held against."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry.database import Transaction
from core.registry.tables import Baseline

BASELINE: Any = Baseline.__table__  # type: ignore[attr-defined]


def of_recipe(connection: Connection, recipe: str) -> int | None:
    """The id of the run that is the baseline of a recipe."""
    found = connection.execute(select(BASELINE.c.run_id).where(BASELINE.c.recipe == recipe)).scalar()
    return None if found is None else int(found)


def pin(tx: Transaction, recipe: str, run: int) -> None:
    values = {"run_id": run, "actor": tx.actor, "at": tx.now}
    tx.execute(
        upsert(BASELINE).values(recipe=recipe, **values).on_conflict_do_update(index_elements=["recipe"], set_=values)
    )


def unpin(tx: Transaction, run: int) -> bool:
    """Whether the run was a baseline until now."""
    return bool(tx.execute(delete(BASELINE).where(BASELINE.c.run_id == run)).rowcount)
