"""What would follow if something happened: would a run be asked for, when, who would judge it. Light; changes nothing.

The rules are those of `core.services.learning` and of the gate, asked beforehand. Rows that would judge are counted
by versions, so they are about right: only a run reads every row.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from core import clock
from core.data.order import natural_key, time_key
from core.errors import FootplateError
from core.recipes.recipe import Recipe
from core.registry import datasets, jobs, models, runs
from core.registry import recipes as recipe_rows
from core.services import recipes as recipe_service
from core.services.learning import admit
from core.services.work import train_key
from core.vocabulary import Cause, JobState
from core.workspace import Workspace

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Ask:
    """Whether a run would be asked for. `not_before`: it would be put off until then; `job`: one waits already."""

    recipe: str
    cause: str
    would: bool
    why: str
    not_before: datetime | None = None
    job: int | None = None

    def to_json(self) -> dict[str, Any]:
        at = clock.iso(self.not_before) if self.not_before else None
        return {
            "recipe": self.recipe, "cause": self.cause, "would": self.would, "why": self.why, "not_before": at,
            "job": self.job,
        }


@dataclass(frozen=True)
class Judges:
    """About how many rows would judge, of how many that may, and how many are needed; None where nobody knows."""

    rows: int
    of: int
    needed: int
    rarest: int | None
    rarest_needed: int
    basis: str

    @property
    def enough(self) -> bool:
        return self.rows >= self.needed and (self.rarest is None or self.rarest >= self.rarest_needed)

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "of": self.of, "needed": self.needed, "rarest": self.rarest,
            "rarest_needed": self.rarest_needed, "basis": self.basis, "enough": self.enough,
        }


@dataclass(frozen=True)
class Standing:
    """How a model stands: its champion, whose recipe sets the bar, and what that has learned from."""

    champion: int | None
    held: bool
    rule: Recipe | None  # the champion's recipe
    hash: str | None
    seen: frozenset[int]


def standing(workspace: Workspace, name: str) -> Standing:
    with workspace.registry.read() as connection:
        model = models.get(connection, name)
        row = models.champion(connection, name)
        held = bool(model and model["held"])
        if row is None:
            return Standing(None, held, None, None, frozenset())
        run = runs.get(connection, row["run_id"])
        assert run is not None
        seen = frozenset(runs.data(connection, run["id"]))
        version = runs.recipe_version(connection, run["recipe_version_id"])
    try:
        rule: Recipe | None = recipe_service.of_version(workspace, version).recipe
    except (FootplateError, OSError):
        rule = None
    return Standing(row["version"], held, rule, version["hash"], seen)


def asked(connection: Connection, recipe: Recipe, cause: Cause, now: datetime) -> Ask:
    """A run that would be asked for: at once, after another, or when cooldown and budget allow."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    admission = admit(
        cause, now, last_started=runs.last_started(connection, recipe.name),
        started_today=runs.since(connection, recipe.name, today),
        cooldown=timedelta(seconds=recipe.triggers.cooldown), runs_per_day=recipe.triggers.runs_per_day,
    )
    live = [job for job in jobs.live(connection) if job["lane"] == f"train:{recipe.name}"]
    waiting = next((job for job in live if job["key"] == train_key(recipe.name, cause)
                    and job["state"] != JobState.RUNNING), None)
    running = next((job for job in live if job["state"] == JobState.RUNNING), None)
    if waiting is not None:
        return Ask(recipe.name, cause, True, f"job {waiting['id']}, which waits, would take it up", job=waiting["id"])
    if admission.not_before is not None:
        return Ask(recipe.name, cause, True, admission.why, admission.not_before)
    if running is not None:
        return Ask(recipe.name, cause, True, f"when job {running['id']}, which runs, has ended")
    return Ask(recipe.name, cause, True, "at once")


def paused(connection: Connection, name: str) -> bool:
    row = recipe_rows.get(connection, name)
    return row is not None and bool(row["paused"])


def by_new_data(workspace: Workspace, recipe: Recipe, labelled: int) -> Ask:
    """Whether a file with so many labelled rows would lead to a run of a recipe."""
    with workspace.registry.read() as connection:
        if not recipe.triggers.new_data:
            return Ask(recipe.name, Cause.NEW_DATA, False, "[triggers] new_data is off")
        if paused(connection, recipe.name):
            return Ask(recipe.name, Cause.NEW_DATA, False, "the recipe is paused: its files wait until it is resumed")
        if not labelled:
            return Ask(recipe.name, Cause.NEW_DATA, False, "no row has a label: there is nothing to learn from it")
        return asked(connection, recipe, Cause.NEW_DATA, workspace.clock.now())


def judges(
    workspace: Workspace, recipe: Recipe, how: Standing, *, more: int = 0, counts: Mapping[str, int] | None = None,
    without: Sequence[int] = (),
) -> Judges:
    """Who would judge a run now, with `more` new labelled rows (of `counts` by class) and without some versions."""
    rule = how.rule or recipe
    with workspace.registry.read() as connection:
        found = [row for row in datasets.learnable(connection, recipe.dataset) if row["id"] not in set(without)]
        profiles = {row["id"]: row["profile"] for row in datasets.by_id(connection, [row["id"] for row in found])}
    fresh = [row for row in found if row["id"] not in how.seen and not is_late(row, found, how.seen)]
    rows = sum(int(row["labelled"]) for row in fresh) + more
    basis = "first" if how.champion is None else "unseen" if rows else "recipes"
    if basis == "recipes":
        fresh, rows = found, sum(int(row["labelled"]) for row in found)
    share = rule.evaluate.holdout
    classes = _classes(workspace, recipe, [profiles[row["id"]] for row in fresh], counts)
    rarest = round(min(classes.values()) * share) if classes and len(classes) > 1 else None
    return Judges(round(rows * share), rows, max(1, rule.gate.min_rows), rarest, max(1, rule.gate.min_minority), basis)


def is_late(row: Row, found: Sequence[Row], seen: frozenset[int]) -> bool:
    """Whether a version is older than what the champion has learned from: it trains then, and never judges."""
    learned = [one for one in found if one["id"] in seen]
    if not learned:
        return False
    if row["time_max"] and all(one["time_max"] for one in learned):
        return bool(time_key(row["time_max"]) < max(time_key(one["time_max"]) for one in learned))
    return bool(natural_key(row["file_name"]) < max(natural_key(one["file_name"]) for one in learned))


def _classes(
    workspace: Workspace, recipe: Recipe, profiles: Sequence[str | None], more: Mapping[str, int] | None
) -> dict[str, int] | None:
    """Rows of each class of the target, of the stored profiles; None where it is no class, or one is not known."""
    total: dict[str, int] = dict(more or {})
    for name in profiles:
        if name is None:
            return None
        profile = json.loads(zlib.decompress(workspace.store.read(name)))
        counts = class_counts(profile, recipe.data.target)
        if counts is None:
            return None
        for label, count in counts.items():
            total[label] = total.get(label, 0) + count
    return total


def class_counts(profile: Mapping[str, Any], target: str) -> dict[str, int] | None:
    """{class: rows} where the target has few values; None where it has many, or is not there."""
    column = profile["columns"].get(target)
    if column is None or column["distinct"] > 20 or not (listed := column.get("top") or column.get("levels")):
        return None
    return {f"{one['value']:g}" if isinstance(one["value"], float) else str(one["value"]): one["count"]
            for one in listed}


def released(how: Standing, recipe: Recipe, *, lowered: bool) -> tuple[str, str]:
    """(word, sentence): what becomes of a run that passes: promoted, registered or waiting."""
    rule = how.rule or recipe
    against = "there is no champion yet: it has to beat a dummy"
    if how.champion is not None:
        against = f"it is compared with the champion v{how.champion}"
    if lowered:
        return "waits", "target, [evaluate] or [gate] differ from the champion's recipe: a person has to approve it"
    if rule.gate.approval == "human":
        return "waits", "[gate] approval is human: a person has to approve it"
    if how.held:
        return "registered", "the model is held: it is registered, and not promoted until it is resumed"
    return "promoted", f"{against}; where it passes it becomes the champion"
