"""The evaluate job: a version and today's champion on the same rows, recorded as an event. No alias ever moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import FootplateError, NotFound
from core.registry import datasets, jobs, models
from core.registry.database import Fence
from core.services.contest import Incumbent, incumbent
from core.services.training_data import Loaded, load
from core.services.versions import find
from core.training.assess import Assessment, assess
from core.training.evaluation import Measured
from core.training.labels import Coding
from core.training.metrics import METRICS
from core.training.model import Model
from core.training.rules import metric_names
from core.training.threads import limited
from core.vocabulary import EventKind
from core.workspace import Workspace

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """What was measured on which versions of data; `learned`: who of the two had learned from them."""

    own: Incumbent
    other: Incumbent | None
    primary: str
    data: tuple[str, ...]
    learned: tuple[int, ...]
    assessment: Assessment
    notes: tuple[str, ...]


def run(workspace: Workspace, fence: Fence, job: Row, progress: Callable[[str], None]) -> None:
    """Do an evaluate job and end it. Raises FootplateError for what a person has to mend."""
    payload = job["payload"]
    found = evaluate(workspace, payload["recipe"], int(payload["version"]), payload.get("data"), progress)
    champion = found.other.version if found.other else None
    told = found.assessment
    with workspace.registry.write(workspace.actor, fence) as tx:
        tx.emit(
            EventKind.MODEL_EVALUATED, f"model {payload['recipe']}", actor=job["actor"], version=found.own.version,
            champion=champion, data=[*found.data], rows=told.rows, primary=found.primary, metrics=_figures(told.own),
            champion_metrics=_figures(told.theirs),
            difference=[told.difference.value, told.difference.lower, told.difference.upper]
            if told.difference else None,
            headline=told.headline, learned=[*found.learned], notes=[*found.notes], job=fence.job,
        )
        jobs.finish(tx, fence, version=found.own.version, headline=told.headline)
    progress(told.headline)


def evaluate(
    workspace: Workspace, model: str, version: int, data: str | None, tell: Callable[[str], None]
) -> Found:
    """Measure; nothing is written. Without `data` on all labelled rows that neither of the two has seen."""
    own, champion = incumbent(workspace, model, version), incumbent(workspace, model)
    if own is None:
        raise NotFound(f"{model} has no version {version}", f"`footplate models show {model}` lists them")
    other = champion if champion is not None and champion.version != version else None
    recipe, notes = own.one.recipe, []
    if other is not None and other.one.recipe.data.target != recipe.data.target:
        notes.append(f"the champion v{other.version} predicts {other.one.recipe.data.target}: it was not measured")
        other = None
    seen = own.seen | (other.seen if other else frozenset())
    loaded, chosen = _rows(workspace, own, seen, data)
    if not chosen.any():
        raise FootplateError(
            f"{recipe.dataset} has no labelled rows that v{version} or the champion has not learned from",
            "let data arrive, or name a version of it with --data",
        )
    if loaded.sampled < 1:
        notes.append(f"memory allows {loaded.sampled:.0%} of the rows: a uniform sample was measured on")
    tell(f"measuring v{version}{f' and the champion v{other.version}' if other else ''} on {chosen.sum():,} rows")
    with limited(recipe.resources.cpus):
        mine, theirs = _fetch(workspace, own), _fetch(workspace, other) if other else None
        target = loaded.rows.frame[recipe.data.target]
        coding = Coding.of(mine.manifest.coding.task, target, loaded.spelling).also(
            mine.manifest.coding, loaded.spelling
        )
        primary = _primary(workspace, own, coding)
        told = assess(
            loaded.rows, chosen, mine, theirs, coding=coding, names=metric_names(recipe, coding, primary),
            confidence=recipe.gate.confidence, seed=recipe.model.seed,
        )
    return Found(own, other, primary, *_told(workspace, loaded, chosen, own, other), told, tuple(notes))


def _rows(
    workspace: Workspace, own: Incumbent, seen: frozenset[int], data: str | None
) -> tuple[Loaded, np.ndarray[Any, Any]]:
    """Typed rows, and which of them count."""
    recipe = own.one.recipe
    with workspace.registry.read() as connection:
        versions = [find(connection, data)] if data is not None else datasets.learnable(connection, recipe.dataset)
    loaded = load(workspace, recipe, versions, seen=None if data is not None else seen)
    return loaded, loaded.rows.judgeable


def _fetch(workspace: Workspace, one: Incumbent) -> Model:
    model = one.champion(workspace).load()
    if not model.can_predict():
        raise FootplateError(
            f"v{one.version} was made by a command without predict_command: it cannot score other rows",
            "add predict_command to [model]",
        )
    return model


def _primary(workspace: Workspace, own: Incumbent, coding: Coding) -> str:
    """The metric that decides for this model, where it fits what the version predicts."""
    with workspace.registry.read() as connection:
        row = models.get(connection, own.one.recipe.name)
    for name in (row["primary_metric"] if row else None, own.run["primary_metric"]):
        if name and coding.task in METRICS[name].tasks:
            return str(name)
    return next(name for name, metric in METRICS.items() if coding.task in metric.tasks)


def _told(
    workspace: Workspace, loaded: Loaded, chosen: np.ndarray[Any, Any], own: Incumbent, other: Incumbent | None
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The versions of data that the chosen rows are of, and who has learned from any of them."""
    ids = {int(id) for id in np.unique(loaded.rows.version[chosen])}
    with workspace.registry.read() as connection:
        rows = datasets.by_id(connection, sorted(ids))
    learned = tuple(one.version for one in (own, other) if one is not None and one.seen & ids)
    return tuple(f"{row['dataset']}@{row['version']}" for row in rows), learned


def _figures(measured: Mapping[str, Measured]) -> dict[str, list[float | None]]:
    """Name -> value, lower and upper bound; what could not be told is left out."""
    return {
        name: [one.value, one.lower, one.upper]
        for name, one in measured.items() if one.value is not None and math.isfinite(one.value)
    }
