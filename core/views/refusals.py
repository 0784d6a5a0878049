"""How often the recipe in force was refused, one run after the other, and whether it ever was not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from core.views.recipes import Recipe
from core.views.run_fields import RECIPE_VERSION, RUN
from core.vocabulary import Cause, RunState, Verdict

MANY = 3  # refusals in a row after which a person is asked
_READ = 50  # of the newest runs


@dataclass(frozen=True)
class Refusals:
    """`count` in a row up to now, with too little data not counted; `always`: no run of it was anything else."""

    count: int
    always: bool
    run: int  # the newest of them
    at: datetime | None
    headline: str

    @property
    def tells(self) -> bool:
        """Whether that is more than a month that went badly."""
        return self.always or self.count >= MANY


def refusals(connection: Connection, recipes: Iterable[Recipe]) -> dict[str, Refusals]:
    """By recipe, those whose newest judged run was refused; another text of the recipe begins anew."""
    found = {recipe.name: _of(connection, recipe) for recipe in recipes if recipe.hash and not recipe.removed}
    return {name: one for name, one in found.items() if one is not None}


def _of(connection: Connection, recipe: Recipe) -> Refusals | None:
    rows = connection.execute(
        select(RUN.c.id, RUN.c.verdict, RUN.c.ended_at, RUN.c.basis)
        .join(RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id)
        .where(
            RUN.c.recipe == recipe.name, RECIPE_VERSION.c.hash == recipe.hash, RUN.c.state == RunState.FINISHED,
            RUN.c.verdict.is_not(None), RUN.c.verdict != Verdict.INSUFFICIENT_DATA, ~RUN.c.deleted,
            RUN.c.cause != Cause.REPRODUCE,
        )
        .order_by(RUN.c.id.desc()).limit(_READ)
    ).fetchall()
    count = next((at for at, row in enumerate(rows) if row.verdict != Verdict.FAILED), len(rows))
    if not count:
        return None
    newest = rows[0]
    headline = str((newest.basis or {}).get("headline") or "")
    return Refusals(count, count == len(rows), newest.id, newest.ended_at, headline)
