"""What starts runs by itself: each recipe's triggers, whether they would now, and when next. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from core.errors import UsageError
from core.query.fields import nearest
from core.query.language import parse, parse_order
from core.query.memory import picked
from core.recipes.recipe import Recipe
from core.registry import alerts, runs
from core.registry import recipes as recipe_rows
from core.registry.tables import Schedule
from core.services import learning
from core.services import recipes as recipe_service
from core.services.reacting import CAUSES, TRIGGERS
from core.text import shortened
from core.vocabulary import Action, Cause
from core.workspace import Workspace

SCHEDULE: Any = Schedule.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Trigger:
    """`kind` is its key in [triggers]; `state` on, off or paused; `says` what wakes it; `next_at` only of a clock;
    `free_at` when a run may start at the earliest, and `why` then, where it may not now."""

    recipe: str
    kind: str
    state: str
    says: str
    next_at: datetime | None
    free_at: datetime | None
    why: str

    @property
    def name(self) -> str:
        return f"{self.recipe}/{self.kind}"

    def to_json(self) -> dict[str, Any]:
        def moment(at: datetime | None) -> str | None:
            return None if at is None else at.isoformat()

        return {
            "recipe": self.recipe, "trigger": self.kind, "state": self.state, "says": self.says,
            "next_at": moment(self.next_at), "free_at": moment(self.free_at), "why": self.why,
        }


def triggers(workspace: Workspace, *, where: str = "", order: str = "") -> list[Trigger]:
    """Of every recipe that can be used, those with a time first. Raises UsageError."""
    now = workspace.clock.now()
    with workspace.registry.read() as connection:
        rows = {row["name"]: row for row in recipe_rows.all(connection)}
        next_at = dict(tuple(row) for row in connection.execute(select(SCHEDULE.c.recipe, SCHEDULE.c.next_at)))
        found = [
            made for recipe in recipe_service.known(workspace)
            for made in _of(connection, recipe, bool((rows.get(recipe.name) or {}).get("paused")), next_at, now)
        ]
    found.sort(key=lambda one: (one.next_at is None, one.next_at or now))
    return picked(found, parse(where), parse_order(order), _value, _words, now)


def _words(one: Trigger) -> str:
    return f"{one.name} {one.state} {one.says}"


def _of(
    connection: Connection, recipe: Recipe, paused: bool, next_at: dict[str, datetime | None], now: datetime
) -> list[Trigger]:
    said = recipe.triggers
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    held = alerts.live(connection, recipe.name)
    last, today = runs.last_started(connection, recipe.name), runs.since(connection, recipe.name, day)

    def made(kind: str, cause: Cause, on: bool, says: str, at: datetime | None = None) -> Trigger:
        free = learning.admit(
            cause, at or now, last_started=last, started_today=today if (at or now) < day + timedelta(days=1) else 0,
            cooldown=timedelta(seconds=said.cooldown), runs_per_day=said.runs_per_day,
        )
        state = "paused" if paused else "on" if on else "off"
        return Trigger(recipe.name, kind, state, says, at if state == "on" else None, free.not_before, free.why)

    return [
        made("new_data", Cause.NEW_DATA, said.new_data, f"new files in {recipe.data.watch}"),
        made(
            "recipe_change", Cause.RECIPE_CHANGE, said.recipe_change is not False, f"saving recipes/{recipe.name}.toml"
        ),
        made(
            "schedule", Cause.SCHEDULE, bool(said.schedule),
            f"the clock: {said.schedule}" if said.schedule else "no cron line", next_at.get(recipe.name),
        ),
        *(
            replace(made(key, cause, getattr(said, key) is not False, _woken(recipe, key)), **_held(held, key))
            for key, cause in CAUSES.items()
        ),
    ]


def _woken(recipe: Recipe, key: str) -> str:
    """What wakes a trigger of monitors, what it does then, and after how many readings; when the breaker stops it."""
    said = recipe.triggers
    deed, (wanted, last) = getattr(said, key), said.persistence
    does = {
        True: "retrain, or go back where that is better" if key == "performance" else "retrain", False: "nothing",
        Action.RETRAIN: "retrain", Action.ROLLBACK: "go back", Action.TELL: "tell people",
    }[deed]
    kinds = " or ".join(kind for kind, pulled in TRIGGERS.items() if pulled == key)
    agree = "one reading" if (wanted, last) == (1, 1) else f"{wanted} of {last} readings"
    return f"an alert of {kinds} ({agree}): {does}; stops after {said.breaker} refused in a row"


def _held(live: Sequence[Mapping[Any, Any]], key: str) -> dict[str, Any]:
    """What the live alert of such a monitor says of it: by which rule it is held back, or what it did."""
    for row in live:
        if TRIGGERS.get(row["kind"]) == key and (does := row["evidence"].get("does")):
            rule = row["evidence"].get("held_back")
            return {"why": f"alert {row['id']}: {f'{rule}: ' if rule else ''}{does}"}
    return {}


def _value(field: str) -> Callable[[Trigger], Any]:
    known = [*Trigger.__dataclass_fields__, "name"]
    if field not in known:
        near = nearest(field, known)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
        raise UsageError(f"no field {shortened(field)!r}", hint)
    return lambda one: getattr(one, field)
