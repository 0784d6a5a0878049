"""Asking for readings: which arrivals a model's monitors have not read yet, and the jobs that read them. Light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from core.recipes.recipe import Recipe
from core.registry import jobs, models, monitors, runs
from core.registry.database import Transaction
from core.registry.jobs import Request
from core.registry.tables import DatasetVersion
from core.vocabulary import Cause, JobKind, MonitorKind, VersionState

VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
MOST: Final = 12  # arrivals that are read at one time, the newest
ARRIVALS: Final = (  # what is read of an arrival
    MonitorKind.QUALITY, MonitorKind.DRIFT, MonitorKind.PREDICTION, MonitorKind.PERFORMANCE, MonitorKind.ESTIMATE,
)
Row = Mapping[Any, Any]


def unread(connection: Connection, recipe: Recipe) -> Sequence[Row]:
    """Accepted versions that came after all that the champion took up and that no monitor of it has read, in order
    of arrival. None without a champion."""
    champion = models.champion(connection, recipe.name)
    if champion is None:
        return []
    border = max(runs.newest_used(connection, champion["run_id"]), _newest_read(connection, recipe))
    rows = connection.execute(
        select(VERSION)
        .where(
            VERSION.c.dataset == recipe.dataset, VERSION.c.state == VersionState.ACCEPTED, VERSION.c.version > border,
            VERSION.c.rows > 0,
        )
        .order_by(VERSION.c.version.desc()).limit(MOST)
    ).mappings().all()
    return rows[::-1]


def _newest_read(connection: Connection, recipe: Recipe) -> int:
    """The number of the version of the recipe's dataset that its monitors read last; 0 where they read none."""
    prefix = f"{recipe.dataset}@"
    found = (
        monitors.last_source(connection, monitors.name_of(recipe.name, kind), prefix) for kind in ARRIVALS
    )
    return max((int(one.removeprefix(prefix)) for one in found if one), default=0)


def arrivals_request(recipe: Recipe) -> Request:
    """Read what has arrived: one job a recipe, however much that is."""
    return _request(recipe, f"observe:{recipe.name}", {"recipe": recipe.name}, Cause.NEW_DATA)


def window_request(recipe: Recipe, environment: str, since: str, until: str) -> Request:
    """Read what was served in an environment between two moments (ISO 8601)."""
    window = {"environment": environment, "since": since, "until": until}
    key = f"observe:{recipe.name}:{environment}"
    return _request(recipe, key, {"recipe": recipe.name, "window": window}, Cause.SCHEDULE)


def _request(recipe: Recipe, key: str, payload: Mapping[str, Any], cause: Cause) -> Request:
    used = recipe.resources
    return Request(
        kind=JobKind.OBSERVE, key=key, lane=f"observe:{recipe.name}", cause=cause, payload=payload,
        memory=used.memory, timeout=used.timeout, cpus=used.cpus,
    )


def ask_for_reading(tx: Transaction, recipe: Recipe, train_job: int | None = None) -> int | None:
    """A job that reads what arrived, unless there is nothing to read or a train job that starts now reads it first."""
    if train_job is not None:
        row = jobs.get(tx.connection, train_job)
        if row is not None and row["not_before"] is None:
            return None
    if not unread(tx.connection, recipe):
        return None
    return jobs.enqueue(tx, arrivals_request(recipe))[0]
