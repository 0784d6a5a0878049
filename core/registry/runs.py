"""Queries on runs: who ran, on what, with which numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry.database import Transaction
from core.registry.tables import (
    Artifact,
    DatasetVersion,
    RecipeVersion,
    Run,
    RunData,
    RunMetric,
    RunParam,
    RunPoint,
)
from core.vocabulary import Cause, RunState, VersionState

NEWEST = 20  # runs of a recipe among which the one is that began last
RUN: Any = Run.__table__  # type: ignore[attr-defined]
RUN_DATA: Any = RunData.__table__  # type: ignore[attr-defined]
METRIC: Any = RunMetric.__table__  # type: ignore[attr-defined]
PARAM: Any = RunParam.__table__  # type: ignore[attr-defined]
POINT: Any = RunPoint.__table__  # type: ignore[attr-defined]
ARTIFACT: Any = Artifact.__table__  # type: ignore[attr-defined]
RECIPE_VERSION: Any = RecipeVersion.__table__  # type: ignore[attr-defined]
VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
Row = Mapping[Any, Any]  # by name of column


def get(connection: Connection, id: int) -> Row | None:
    return connection.execute(select(RUN).where(RUN.c.id == id)).mappings().fetchone()


def of_job(connection: Connection, job: int) -> Row | None:
    return connection.execute(select(RUN).where(RUN.c.job_id == job)).mappings().fetchone()


def add(tx: Transaction, values: Mapping[str, Any]) -> int:
    return int(tx.execute(insert(RUN).values(**{"deleted": False, **values})).inserted_primary_key[0])


def change(tx: Transaction, id: int, **values: Any) -> None:
    tx.execute(update(RUN).where(RUN.c.id == id).values(**values))


def add_data(tx: Transaction, run: int, used: Iterable[int], left_out: Iterable[int] = ()) -> None:
    """Versions that a run learns from, and those that it takes up without learning from them (`train_on`)."""
    rows = [{"run_id": run, "version_id": id, "used": True, "fresh": False} for id in used]
    rows += [{"run_id": run, "version_id": id, "used": False, "fresh": False} for id in left_out]
    if rows:
        tx.execute(insert(RUN_DATA), rows)


def mark_fresh(tx: Transaction, run: int, versions: Iterable[int]) -> None:
    """The versions whose rows could judge."""
    for id in versions:
        tx.execute(
            update(RUN_DATA).where(RUN_DATA.c.run_id == run, RUN_DATA.c.version_id == id).values(fresh=True)
        )


def data(connection: Connection, run: int) -> list[int]:
    """Ids of the dataset versions that a run learned from, in order of arrival."""
    return list(
        connection.execute(
            select(RUN_DATA.c.version_id)
            .join(VERSION, VERSION.c.id == RUN_DATA.c.version_id)
            .where(RUN_DATA.c.run_id == run, RUN_DATA.c.used).order_by(VERSION.c.version)
        ).scalars()
    )


def add_metrics(tx: Transaction, run: int, metrics: Mapping[str, tuple[float, float | None, float | None]]) -> None:
    rows = [
        {"run_id": run, "name": name, "value": value, "lower": low, "upper": high}
        for name, (value, low, high) in metrics.items()
    ]
    if rows:
        tx.execute(insert(METRIC), rows)


def metrics(connection: Connection, run: int) -> dict[str, float]:
    found = connection.execute(select(METRIC.c.name, METRIC.c.value).where(METRIC.c.run_id == run))
    return {row[0]: row[1] for row in found}


def add_params(tx: Transaction, run: int, params: Mapping[str, Any]) -> None:
    rows = [
        {
            "run_id": run, "name": name, "value": str(value),
            "number": float(value) if isinstance(value, int | float) else None,
        }
        for name, value in params.items()
    ]
    if rows:
        tx.execute(insert(PARAM), rows)


def put_points(tx: Transaction, run: int, points: Sequence[tuple[str, int, float]]) -> None:
    """Points along the steps of a fit; the last value of a step counts."""
    if points:
        statement = upsert(POINT)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["run_id", "name", "step"], set_={"value": statement.excluded.value}
            ),
            [{"run_id": run, "name": name, "step": step, "value": value} for name, step, value in points],
        )


def clear_points(tx: Transaction, run: int) -> None:
    """Forget what an earlier attempt of the run measured along its steps."""
    tx.execute(delete(POINT).where(POINT.c.run_id == run))


def add_artifact(tx: Transaction, run: int, name: str, hash: str, size: int) -> None:
    tx.execute(insert(ARTIFACT).values(run_id=run, name=name, hash=hash, bytes=size))


def artifact(connection: Connection, run: int, name: str) -> str | None:
    """The hash of a file that a run left; None where it left none of that name."""
    found = connection.execute(
        select(ARTIFACT.c.hash).where(ARTIFACT.c.run_id == run, ARTIFACT.c.name == name)
    ).scalar()
    return None if found is None else str(found)


def measured(connection: Connection, run: int, name: str) -> tuple[float | None, float | None, float | None]:
    """A metric of a run with the bounds of its interval."""
    row = connection.execute(
        select(METRIC.c.value, METRIC.c.lower, METRIC.c.upper).where(METRIC.c.run_id == run, METRIC.c.name == name)
    ).fetchone()
    return (None, None, None) if row is None else (row[0], row[1], row[2])


def recipe_version(connection: Connection, id: int) -> Row:
    return connection.execute(select(RECIPE_VERSION).where(RECIPE_VERSION.c.id == id)).mappings().one()


def unlearned(connection: Connection, recipe: str, dataset: str, besides: int | None = None) -> list[int]:
    """Ids of accepted labelled versions that no new_data run of the recipe (but `besides`) has taken up yet."""
    taken = (
        select(RUN_DATA.c.version_id)
        .join(RUN, RUN.c.id == RUN_DATA.c.run_id)
        .where(RUN.c.recipe == recipe, RUN.c.cause == Cause.NEW_DATA, RUN.c.id != (besides or 0))
    )
    return list(
        connection.execute(
            select(VERSION.c.id)
            .where(
                VERSION.c.dataset == dataset, VERSION.c.state == VersionState.ACCEPTED, VERSION.c.labelled > 0,
                VERSION.c.id.not_in(taken),
            )
            .order_by(VERSION.c.version)
        ).scalars()
    )


def newest_used(connection: Connection, run: int) -> int:
    """The highest number among the versions that a run took up; 0 where it took up none."""
    return int(
        connection.execute(
            select(func.max(VERSION.c.version)).select_from(RUN_DATA)
            .join(VERSION, VERSION.c.id == RUN_DATA.c.version_id).where(RUN_DATA.c.run_id == run)
        ).scalar() or 0
    )


def labelled_after(connection: Connection, dataset: str, number: int) -> int:
    """Labelled rows of accepted versions that came after the one of that number."""
    return int(
        connection.execute(
            select(func.sum(VERSION.c.labelled)).where(
                VERSION.c.dataset == dataset, VERSION.c.state == VersionState.ACCEPTED, VERSION.c.version > number
            )
        ).scalar() or 0
    )


def since(connection: Connection, recipe: str, moment: Any) -> int:
    """How many runs of a recipe started since `moment` (for the daily budget)."""
    return int(
        connection.execute(
            select(func.count()).select_from(RUN)
            .where(RUN.c.recipe.concat("") == recipe, RUN.c.started_at >= moment)  # by the index of times
        ).scalar_one()
    )


def last_started(connection: Connection, recipe: str) -> Any:
    """When the newest run of a recipe began; None where none did."""
    newest = (
        select(RUN.c.started_at).where(RUN.c.recipe == recipe, RUN.c.started_at.is_not(None))
        .order_by(RUN.c.id.desc()).limit(NEWEST).subquery()
    )
    return connection.execute(select(func.max(newest.c.started_at))).scalar()


def running(connection: Connection) -> list[Row]:
    return list(connection.execute(select(RUN).where(RUN.c.state == RunState.RUNNING)).mappings())


def clear_data(tx: Transaction, id: int) -> None:
    """Forget what an earlier attempt of the run recorded about its data."""
    tx.execute(delete(RUN_DATA).where(RUN_DATA.c.run_id == id))
