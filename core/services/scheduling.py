"""Cron lines of recipes: a tick asks for a run; when it last and next fires is kept for people to see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.sqlite import insert as upsert

from core.registry.tables import Schedule
from core.services import recipes as recipe_service
from core.services.learning import ask
from core.vocabulary import Cause
from core.workspace import Workspace

SCHEDULE: Any = Schedule.__table__  # type: ignore[attr-defined]


def remember_next(workspace: Workspace, recipe: str, cron: str, next_at: datetime | None) -> None:
    values = {"cron": cron, "next_at": next_at}
    with workspace.registry.write(workspace.actor) as tx:
        tx.execute(
            upsert(SCHEDULE).values(recipe=recipe, **values)
            .on_conflict_do_update(index_elements=["recipe"], set_=values)
        )


def fire(workspace: Workspace, name: str, next_at: datetime | None) -> None:
    """A cron line came due: ask for a run, and remember that."""
    recipe = recipe_service.load(workspace, name)
    with workspace.registry.write(workspace.actor) as tx:
        ask(tx, recipe, Cause.SCHEDULE)
        tx.execute(
            SCHEDULE.update().where(SCHEDULE.c.recipe == name).values(last_at=tx.now, next_at=next_at)
        )
