"""Queries on the pipelines of saved recipes: one row a save, its stages in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from core.registry.database import Transaction
from core.registry.tables import Pipeline
from core.vocabulary import StageState

PIPELINE: Any = Pipeline.__table__  # type: ignore[attr-defined]
Row = Mapping[Any, Any]  # by name of column; the commit is `commit`
_UNDER_WAY = PIPELINE.c.state.in_((StageState.WAITING, StageState.RUNNING))


def add(tx: Transaction, recipe: str, hash: str, stages: Sequence[Mapping[str, Any]], **values: Any) -> int:
    """`stages`: [{name, state, at, ended_at, message, job}]; returns the id."""
    first = {"state": StageState.WAITING, "actor": tx.actor, "started_at": tx.now}
    made = {"recipe": recipe, "recipe_hash": hash, "stages": [dict(one) for one in stages], **first, **values}
    return int(tx.execute(insert(PIPELINE).values(**made)).inserted_primary_key[0])


def change(tx: Transaction, id: int, **values: Any) -> None:
    tx.execute(update(PIPELINE).where(PIPELINE.c.id == id).values(**values))


def get(connection: Connection, id: int) -> Row | None:
    return connection.execute(select(PIPELINE).where(PIPELINE.c.id == id)).mappings().fetchone()


def newest(connection: Connection, recipe: str, hash: str) -> Row | None:
    """The last one of this very recipe."""
    return connection.execute(
        select(PIPELINE).where(PIPELINE.c.recipe == recipe, PIPELINE.c.recipe_hash == hash)
        .order_by(PIPELINE.c.id.desc()).limit(1)
    ).mappings().fetchone()


def under_way(connection: Connection, recipe: str) -> Sequence[Row]:
    """Those of a recipe that have not ended, oldest first."""
    return connection.execute(
        select(PIPELINE).where(PIPELINE.c.recipe == recipe, _UNDER_WAY).order_by(PIPELINE.c.id)
    ).mappings().all()


def of_job(connection: Connection, job: int) -> Row | None:
    """The one that a job works on, or was asked for."""
    return connection.execute(
        select(PIPELINE).where(PIPELINE.c.job_id == job, _UNDER_WAY).order_by(PIPELINE.c.id.desc()).limit(1)
    ).mappings().fetchone()


def of_run(connection: Connection, recipe: str, run: int) -> Row | None:
    """The one whose run this is."""
    return connection.execute(
        select(PIPELINE).where(PIPELINE.c.recipe == recipe, PIPELINE.c.run_id == run)
        .order_by(PIPELINE.c.id.desc()).limit(1)
    ).mappings().fetchone()
