"""Asking for runs: the rules that turn what happened into a train job.

Each rule is asked inside the transaction that saw the cause; what could not be asked for then (the recipe was
paused) is asked for at a later rescan. Asking twice is asking once (one waiting job a key).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.recipes.recipe import Recipe
from core.registry import datasets, jobs, models, runs
from core.registry import recipes as recipe_rows
from core.registry.database import Transaction
from core.services import pipeline
from core.services.observing import ask_for_reading
from core.services.work import train_key, train_request
from core.vocabulary import Cause, EventKind
from core.workspace import Workspace

DAY = timedelta(days=1)
WAITS = ("paused", "labelled data", "[ci] on")  # rules by which a saved recipe has its run later
NO_COOLDOWN = (Cause.NEW_DATA, Cause.RECIPE_CHANGE, Cause.MANUAL, Cause.REPRODUCE)


@dataclass(frozen=True)
class Admission:
    """Whether a run may start now, or at the earliest `not_before`, and why then."""

    not_before: datetime | None = None
    why: str = ""


def admit(
    cause: Cause, now: datetime, *, last_started: datetime | None, started_today: int, cooldown: timedelta,
    runs_per_day: int,
) -> Admission:
    """The pure rule of cooldown and daily budget; people are never kept waiting."""
    if cause in (Cause.MANUAL, Cause.REPRODUCE):
        return Admission()
    if started_today >= runs_per_day:
        tomorrow = (now + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        return Admission(tomorrow, f"{started_today} runs today: the budget is {runs_per_day} a day")
    if cause not in NO_COOLDOWN and last_started is not None:
        free = min(last_started, now) + cooldown  # never longer than the cooldown, also where a clock was set back
        if now < free:
            return Admission(free, f"cooldown of {cooldown} since the last run")
    return Admission()


def ask_for_learning(tx: Transaction, workspace: Workspace, recipe: Recipe) -> int | None:
    """A run on new data, where there is any that no run has taken up; returns the job. What no run reads at once is
    read by the monitors alone."""
    job = _ask_for_learning(tx, recipe)
    ask_for_reading(tx, recipe, job)
    return job


def _ask_for_learning(tx: Transaction, recipe: Recipe) -> int | None:
    if not runs.unlearned(tx.connection, recipe.name, recipe.dataset):
        return None
    if _removed(tx, recipe):
        return None
    if _paused(tx, recipe):
        refused(tx, recipe, Cause.NEW_DATA, "paused", "the recipe is paused", "the recipe is resumed")
        return None
    if not recipe.triggers.new_data:
        refused(tx, recipe, Cause.NEW_DATA, "[triggers] new_data", "[triggers] new_data is off", "new_data is true")
        return None
    return ask(tx, recipe, Cause.NEW_DATA)


def refused(tx: Transaction, recipe: Recipe, cause: Cause, rule: str, why: str, change: str, **evidence: Any) -> None:
    """Record that something led to no run: `rule` by its name, `change` is what would have to be different."""
    facts = {"cause": cause, "rule": rule, "why": why, "change": change, **evidence}
    tx.emit(EventKind.RUN_NOT_ASKED, f"recipe {recipe.name}", **facts)
    if cause == Cause.RECIPE_CHANGE and "hash" in evidence:
        pipeline.not_asked(tx, recipe.name, evidence["hash"], why, waits=rule in WAITS)


def ask_again(workspace: Workspace, recipe: Recipe) -> int | None:
    """A run on versions that were accepted after the last one was asked for; what failed is not asked for again."""
    if not recipe.triggers.new_data:
        return None  # said when they were accepted, not at every look
    with workspace.registry.read() as connection:
        left = runs.unlearned(connection, recipe.name, recipe.dataset)
        if not left:
            return None
        newest = max(row["added_at"] for row in datasets.by_id(connection, left))
        asked = jobs.last_asked(connection, train_key(recipe.name, Cause.NEW_DATA))
    if asked is not None and asked >= newest:
        return None
    with workspace.registry.write(workspace.actor) as tx:
        return ask_for_learning(tx, workspace, recipe)


def ask_for_change(tx: Transaction, workspace: Workspace, recipe: Recipe, hash: str) -> int | None:
    """A run of a saved recipe, unless it is the champion's own or there is nothing to learn from."""
    def no(rule: str, why: str, change: str, **evidence: Any) -> None:
        refused(tx, recipe, Cause.RECIPE_CHANGE, rule, why, change, hash=hash, **evidence)

    champion = _champion_of(tx, recipe, hash)
    if _removed(tx, recipe):
        return None
    if _paused(tx, recipe):
        no("paused", "the recipe is paused", "the recipe is resumed")
    elif recipe.triggers.recipe_change is False:
        no("[triggers] recipe_change", "[triggers] recipe_change is off", 'recipe_change is "save"')
    elif not datasets.learnable(tx.connection, recipe.dataset):
        no("labelled data", "no labelled version is there to learn from", "a file with labels is accepted")
    elif runs.unlearned(tx.connection, recipe.name, recipe.dataset) and recipe.triggers.new_data:
        return ask(tx, recipe, Cause.NEW_DATA)
    elif champion is not None:
        no(
            "the champion's recipe", "it is the champion's own recipe again",
            "what is learned, or how it is judged, differs from the champion's", champion=champion,
        )
    else:
        return ask(tx, recipe, Cause.RECIPE_CHANGE)
    return None


def _champion_of(tx: Transaction, recipe: Recipe, hash: str) -> int | None:
    """The version of the champion, if this very recipe made it."""
    champion = models.champion(tx.connection, recipe.name)
    if champion is None:
        return None
    run = runs.get(tx.connection, champion["run_id"])
    assert run is not None
    known = runs.recipe_version(tx.connection, run["recipe_version_id"])["hash"]
    return int(champion["version"]) if known == hash else None


def ask(tx: Transaction, recipe: Recipe, cause: Cause, payload: dict[str, Any] | None = None) -> int:
    """Enqueue a run of `recipe` for `cause`, deferred where cooldown or budget say so."""
    admission = admit(
        cause, tx.now, last_started=runs.last_started(tx.connection, recipe.name),
        started_today=runs.since(tx.connection, recipe.name, tx.now.replace(hour=0, minute=0, second=0, microsecond=0)),
        cooldown=timedelta(seconds=recipe.triggers.cooldown), runs_per_day=recipe.triggers.runs_per_day,
    )
    id, _ = jobs.enqueue(
        tx,
        train_request(
            recipe.name, cause, cpus=recipe.resources.cpus, memory=recipe.resources.memory,
            timeout=recipe.resources.timeout, payload=payload, not_before=admission.not_before,
        ),
    )
    return id


def _paused(tx: Transaction, recipe: Recipe) -> bool:
    row = recipe_rows.get(tx.connection, recipe.name)
    return row is not None and bool(row["paused"])


def _removed(tx: Transaction, recipe: Recipe) -> bool:
    row = recipe_rows.get(tx.connection, recipe.name)
    return row is None or bool(row["removed"])
