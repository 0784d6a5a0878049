"""Queries on models, their versions and aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry.database import Transaction
from core.registry.tables import Alias, Model, ModelVersion
from core.vocabulary import AliasName

MODEL: Any = Model.__table__  # type: ignore[attr-defined]
MODEL_VERSION: Any = ModelVersion.__table__  # type: ignore[attr-defined]
ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
Row = Mapping[Any, Any]  # by name of column


def get(connection: Connection, name: str) -> Row | None:
    return connection.execute(select(MODEL).where(MODEL.c.name == name)).mappings().fetchone()


def ensure(tx: Transaction, name: str, task: str, primary_metric: str) -> None:
    tx.execute(
        upsert(MODEL)
        .values(name=name, task=task, primary_metric=primary_metric, held=False)
        .on_conflict_do_nothing()
    )


def change(tx: Transaction, name: str, **values: Any) -> None:
    tx.execute(update(MODEL).where(MODEL.c.name == name).values(**values))


def alias(connection: Connection, model: str, name: str = AliasName.CHAMPION) -> int | None:
    found = connection.execute(
        select(ALIAS.c.version).where(ALIAS.c.model == model, ALIAS.c.alias == name)
    ).scalar()
    return None if found is None else int(found)


def set_alias(tx: Transaction, model: str, name: str, version: int | None) -> None:
    if version is None:
        tx.execute(delete(ALIAS).where(ALIAS.c.model == model, ALIAS.c.alias == name))
        return
    tx.execute(
        upsert(ALIAS)
        .values(model=model, alias=name, version=version, moved_at=tx.now)
        .on_conflict_do_update(
            index_elements=["model", "alias"], set_={"version": version, "moved_at": tx.now}
        )
    )


def version(connection: Connection, model: str, number: int) -> Row | None:
    return connection.execute(
        select(MODEL_VERSION).where(MODEL_VERSION.c.model == model, MODEL_VERSION.c.version == number)
    ).mappings().fetchone()


def champion(connection: Connection, model: str) -> Row | None:
    number = alias(connection, model)
    return None if number is None else version(connection, model, number)


def of_run(connection: Connection, run: int) -> Row | None:
    return connection.execute(
        select(MODEL_VERSION).where(MODEL_VERSION.c.run_id == run)
    ).mappings().fetchone()


def add_version(tx: Transaction, model: str, values: Mapping[str, Any]) -> int:
    """Register the next version; returns its number."""
    number = 1 + (
        tx.execute(select(func.max(MODEL_VERSION.c.version)).where(MODEL_VERSION.c.model == model)).scalar() or 0
    )
    tx.execute(insert(MODEL_VERSION).values(model=model, version=number, registered_at=tx.now, **values))
    return int(number)
