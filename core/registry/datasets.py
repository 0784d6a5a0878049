"""Queries on datasets and their versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry.database import Transaction
from core.registry.tables import Dataset, DatasetVersion
from core.vocabulary import VersionState

DATASET: Any = Dataset.__table__  # type: ignore[attr-defined]
VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
Row = Mapping[Any, Any]  # by name of column


def ensure(tx: Transaction, name: str, recipe: str) -> None:
    """The dataset exists afterwards; the recipe that made it keeps it."""
    tx.execute(
        upsert(DATASET).values(name=name, recipe=recipe, created_at=tx.now).on_conflict_do_nothing()
    )


def get(connection: Connection, name: str) -> Row | None:
    return connection.execute(select(DATASET).where(DATASET.c.name == name)).mappings().fetchone()


def set_reference(tx: Transaction, name: str, **values: Any) -> None:
    """Pin `schema`, `dialect` or `expectations` of a dataset."""
    tx.execute(update(DATASET).where(DATASET.c.name == name).values(**values))


def by_hash(connection: Connection, dataset: str, hash: str) -> Row | None:
    return connection.execute(
        select(VERSION).where(VERSION.c.dataset == dataset, VERSION.c.hash == hash)
    ).mappings().fetchone()


def version(connection: Connection, dataset: str, number: int) -> Row | None:
    return connection.execute(
        select(VERSION).where(VERSION.c.dataset == dataset, VERSION.c.version == number)
    ).mappings().fetchone()


def by_id(connection: Connection, ids: Sequence[int]) -> list[Row]:
    found: list[Row] = []
    for start in range(0, len(ids), 500):
        found += connection.execute(
            select(VERSION).where(VERSION.c.id.in_(ids[start : start + 500]))
        ).mappings().all()
    return sorted(found, key=lambda row: row["version"])


def newest(connection: Connection, dataset: str) -> int:
    """The highest version number; 0 where there is none."""
    return int(
        connection.execute(select(func.max(VERSION.c.version)).where(VERSION.c.dataset == dataset)).scalar() or 0
    )


def add(tx: Transaction, values: Mapping[str, Any]) -> tuple[int, int]:
    """Insert a version with the next number; returns (id, number)."""
    number = 1 + (
        tx.execute(select(func.max(VERSION.c.version)).where(VERSION.c.dataset == values["dataset"])).scalar()
        or 0
    )
    result = tx.execute(insert(VERSION).values(version=number, added_at=tx.now, actor=tx.actor, **values))
    return int(result.inserted_primary_key[0]), number


def change(tx: Transaction, id: int, **values: Any) -> None:
    tx.execute(update(VERSION).where(VERSION.c.id == id).values(**values))


def newest_id(connection: Connection, dataset: str) -> int:
    """The highest id of a version, whatever became of it; 0 where there is none."""
    return int(connection.execute(select(func.max(VERSION.c.id)).where(VERSION.c.dataset == dataset)).scalar() or 0)


def learnable(connection: Connection, dataset: str) -> list[Row]:
    """Accepted versions that hold labelled rows, in order of arrival (without the wide columns)."""
    columns = [
        VERSION.c[name]
        for name in (
            "id", "dataset", "version", "hash", "file_name", "rows", "labelled", "dialect", "row_hashes",
            "time_min", "time_max", "added_at", "files", "state",
        )
    ]
    return list(
        connection.execute(
            select(*columns)
            .where(VERSION.c.dataset == dataset, VERSION.c.state == VersionState.ACCEPTED, VERSION.c.labelled > 0)
            .order_by(VERSION.c.version)
        ).mappings()
    )


def latest_accepted(connection: Connection, dataset: str) -> Row | None:
    return connection.execute(
        select(VERSION)
        .where(VERSION.c.dataset == dataset, VERSION.c.state == VersionState.ACCEPTED)
        .order_by(VERSION.c.version.desc()).limit(1)
    ).mappings().fetchone()


def predecessors(connection: Connection, dataset: str, row: Row) -> list[Row]:
    """What a new version may hold again: the newest accepted one before it, and those of its file name."""
    older = select(VERSION).where(
        VERSION.c.dataset == dataset, VERSION.c.state == VersionState.ACCEPTED, VERSION.c.version < row["version"]
    )
    newest = connection.execute(older.order_by(VERSION.c.version.desc()).limit(1)).mappings().all()
    named = connection.execute(older.where(VERSION.c.file_name == row["file_name"])).mappings().all()
    return list({one["id"]: one for one in (*newest, *named)}.values())


def accepted_named(connection: Connection, dataset: str, file_name: str) -> list[Row]:
    return list(
        connection.execute(
            select(VERSION).where(
                VERSION.c.dataset == dataset, VERSION.c.file_name == file_name,
                VERSION.c.state == VersionState.ACCEPTED,
            )
        ).mappings()
    )


def older_hashes(connection: Connection, dataset: str, up_to: int, besides: Sequence[int]) -> dict[int, str]:
    """Row hashes (objects in the store) by version number, of versions up to a number that were once accepted
    and are not among `besides` (ids)."""
    rows = connection.execute(
        select(VERSION.c.id, VERSION.c.version, VERSION.c.row_hashes).where(
            VERSION.c.dataset == dataset, VERSION.c.version <= up_to, VERSION.c.row_hashes.is_not(None),
            VERSION.c.state != VersionState.QUARANTINED,
        )
    )
    left_out = set(besides)
    return {row[1]: row[2] for row in rows if row[0] not in left_out}
