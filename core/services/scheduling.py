"""Cron lines of recipes: a tick asks for a run. When it next fires is kept for people, and for the next start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry import datasets
from core.registry import recipes as recipe_rows
from core.registry.tables import Schedule
from core.services import recipes as recipe_service
from core.services.learning import ask
from core.vocabulary import Cause
from core.workspace import Workspace

SCHEDULE: Any = Schedule.__table__  # type: ignore[attr-defined]


def missed(workspace: Workspace) -> set[str]:
    """Recipes whose next time has passed without a daemon."""
    with workspace.registry.read() as connection:
        return set(
            connection.execute(
                select(SCHEDULE.c.recipe).where(SCHEDULE.c.next_at <= workspace.clock.now())
            ).scalars()
        )


def remember(workspace: Workspace, following: Mapping[str, tuple[str, datetime | None]]) -> None:
    """Keep the cron line and the next time of each recipe that is scheduled; no other recipe has a next time."""
    with workspace.registry.write(workspace.actor) as tx:
        tx.execute(SCHEDULE.update().where(SCHEDULE.c.recipe.not_in(list(following))).values(next_at=None))
        for recipe, (cron, next_at) in following.items():
            values = {"cron": cron, "next_at": next_at}
            tx.execute(
                upsert(SCHEDULE).values(recipe=recipe, **values)
                .on_conflict_do_update(index_elements=["recipe"], set_=values)
            )


def fire(workspace: Workspace, name: str, next_at: datetime | None) -> int | None:
    """A cron line came due: ask for a run, where there is something to learn from; returns the job."""
    recipe = recipe_service.in_force(workspace, name).recipe
    with workspace.registry.write(workspace.actor) as tx:
        tx.execute(
            SCHEDULE.update().where(SCHEDULE.c.recipe == name).values(last_at=tx.now, next_at=next_at)
        )
        row = recipe_rows.get(tx.connection, name)
        if row is None or row["paused"] or row["removed"]:
            return None
        return ask(tx, recipe, Cause.SCHEDULE) if datasets.learnable(tx.connection, recipe.dataset) else None
