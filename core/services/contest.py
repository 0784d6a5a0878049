"""A run's contest: the rows from the store, the champion from the registry, the judgement from the rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import pandas as pd

from core.errors import BadRecipe, FootplateError
from core.recipes.infer import infer_task
from core.recipes.recipe import Recipe
from core.registry import alerts, models, runs
from core.services import recipes as recipe_service
from core.services.recipes import InForce
from core.services.training_data import Loaded, Reading, load
from core.text import visible
from core.training import packaging
from core.training.contest import Contest, contend
from core.training.labels import Coding
from core.training.model import Model
from core.training.rivals import Start, Terms
from core.training.rules import Champion
from core.training.steps import Points
from core.training.trainer import Plan
from core.vocabulary import MonitorKind, Task
from core.workspace import Workspace

Row = Mapping[str, Any]
MOST_CLASSES = 1000  # beyond, one tree a class and round is nothing that ends
FEW = 30  # up to so many classes are never too many: rows will come


@dataclass(frozen=True)
class Incumbent:
    """The champion as a run saw it. `seen` are the ids of the versions that it learned from."""

    version: int
    run: Row
    artifact: str
    one: InForce
    seen: frozenset[int]

    def champion(self, workspace: Workspace) -> Champion:
        def fetch() -> Model:
            return packaging.load(workspace.store.path(self.artifact), self.artifact)

        return Champion(self.one.recipe, self.one.hash, self.one.code, self.run["primary_metric"], fetch)


def incumbent(workspace: Workspace, model: str, version: int | None = None) -> Incumbent | None:
    """Today's champion of a model, or the version that was it once; None where there is none."""
    with workspace.registry.read() as connection:
        row = models.champion(connection, model) if version is None else models.version(connection, model, version)
        if row is None:
            return None
        run = runs.get(connection, row["run_id"])
        assert run is not None
        seen = frozenset(runs.data(connection, run["id"]))
        recipe_version = runs.recipe_version(connection, run["recipe_version_id"])
    return Incumbent(row["version"], run, row["artifact"], recipe_service.of_version(workspace, recipe_version), seen)


def hold_contest(
    workspace: Workspace, one: InForce, versions: Sequence[Row], against: Incumbent | None,
    tell: Callable[[str], None], measured: Callable[[Points], None] | None = None, terms: Terms | None = None,
) -> tuple[Contest, Loaded]:
    """Load the versions, split, fit, score and judge. Raises FootplateError for what a person has to mend.

    `measured` is told of points along the steps of the challenger's fit while it is under way, where it tells any.
    """
    began = monotonic()
    loaded = load(workspace, one.recipe, versions, seen=against.seen if against else None)
    if not len(loaded.rows):
        raise FootplateError(
            f"{one.recipe.dataset} has no labelled rows to learn from", "let data with labels arrive, or release some"
        )
    task = task_of(workspace, one.recipe, against)
    plan = replace(plan_of(one, loaded.rows.frame[one.recipe.data.target], loaded, task, tell), measured=measured)
    took = monotonic() - began
    contest = contend(plan, loaded.rows, against.champion(workspace) if against else None, terms=terms)
    contest.seconds["load"] = took
    contest.notes += _notes(loaded, against, one.recipe, contest.terms)
    return contest, loaded


def plan_of(
    one: InForce, target: pd.Series, found: Loaded | Reading, task: Task, tell: Callable[[str], None]
) -> Plan:
    """How to fit a recipe, given all the labels that there are."""
    task = infer_task(target) if task == Task.AUTO else task
    coding = Coding.of(task, target, found.spelling)
    _refuse_what_is_no_class(one.recipe, len(coding.classes), int(target.count()))
    return Plan(one.recipe, one.hash, one.code, found.schema, coding, one.folder, tell)


def _refuse_what_is_no_class(recipe: Recipe, classes: int, rows: int) -> None:
    """Identifiers, free text and amounts have a value of its own in nearly every row."""
    if classes > MOST_CLASSES or (classes > FEW and classes * 2 > rows):
        name = visible(recipe.data.target)
        raise BadRecipe(
            f"recipe {recipe.name}: the target {name} holds {classes:,} different values in {rows:,} rows:"
            " too many to be classes", 'choose another target, or say task = "regression" where it holds numbers',
            key="data.target",
        )


def task_of(workspace: Workspace, recipe: Recipe, against: Incumbent | None) -> Task:
    """What the recipe says, else what the champion does; auto where the data has to tell."""
    if recipe.task != Task.AUTO:
        return recipe.task
    if against is None or against.one.recipe.data.target != recipe.data.target:
        return Task.AUTO
    with workspace.registry.read() as connection:
        row = models.get(connection, recipe.name)
    return Task(row["task"]) if row else Task.AUTO


def terms_of(workspace: Workspace, recipe: Recipe, against: Incumbent | None) -> Terms:
    """By what a contest is held today: an open performance alert asks for a surely better challenger, and lets one
    compete that learned from the rows since the drop; where such a one won, its successors learn from there on too."""
    start = None
    if against is not None and recipe.data.train_on == "all":
        start = Start.from_json((against.run["basis"] or {}).get("start"))
    with workspace.registry.read() as connection:
        alert = alerts.open_for(connection, recipe.name, MonitorKind.PERFORMANCE)
    if alert is None:
        return Terms(start)
    since = (alert["evidence"] or {}).get("since") or {}
    named = since.get("version") if since.get("dataset") == recipe.dataset else None
    return Terms(start, Start(int(named)) if named is not None else None, strict=True)


def _notes(loaded: Loaded, against: Incumbent | None, recipe: Recipe, terms: Terms) -> list[str]:
    notes = []
    if terms.strict:
        notes.append("while its performance alert is open, nothing is promoted that is not surely better")
    if terms.start is not None:
        notes.append(f"rows before {recipe.dataset}@{terms.start.version} are learned from no more, since a drop there")
    if loaded.sampled < 1:
        notes.append(f"memory allows {loaded.sampled:.0%} of the rows: a uniform sample was learned from")
    if against is not None and against.one.recipe.data.target != recipe.data.target:
        notes.append(f"the target was {against.one.recipe.data.target}: the champion does not predict this one")
    late = int(loaded.rows.backfill.sum())
    if late:
        notes.append(f"{late:,} rows are older than the champion's data: they train, and do not judge")
    return notes
