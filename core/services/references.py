"""What a model version leaves for those who watch it: what it learned from, what it answered, what it was worth.

It is made with the run and kept among its files, so that a reading costs one pass over the new rows.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from core.data.schema import Schema
from core.errors import Corrupted
from core.monitoring import answers, performance
from core.monitoring.performance import Estimator
from core.monitoring.reference import Reference
from core.recipes.recipe import Recipe
from core.registry import runs
from core.training.contest import Contest
from core.training.model import Model, Predictions
from core.vocabulary import Kind
from core.workspace import Workspace

REFERENCE_FILE: Final = "reference.zip"
COLUMNS, ANSWERS, ESTIMATOR, ABOUT = "columns", "answers", "estimator", "about.json"
FORMAT: Final = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Kept:
    """`columns` are those that the model reads, as it learned from them; `answers` what it said of its holdout."""

    columns: Reference
    answers: Reference | None
    estimator: Estimator | None


def of(contest: Contest, model: Model) -> bytes | None:
    """What is kept of a model that is released: a zip. None, and a word in the log, where that cannot be told."""
    began = monotonic()
    try:
        return _packed(_made(contest, model))
    except Exception as error:  # somebody's estimator, or somebody's features: the run is not lost for it
        contest.plan.tell(f"no reference for the monitors: {type(error).__name__}: {error}")
        return None
    finally:
        contest.seconds["reference"] = monotonic() - began


def watched(recipe: Recipe, schema: Schema) -> dict[str, Kind]:
    """The columns of a model's inputs whose drift says something: keys, groups and dates move by their nature."""
    out = {recipe.data.target, recipe.data.time, recipe.data.id, recipe.data.group}
    return {one.name: one.kind for one in schema.columns if one.name not in out and one.kind is not Kind.DATE}


def load(workspace: Workspace, run: int) -> Kept | None:
    """What the run of a model version left; None where it is older than that. Corrupted where it cannot be read."""
    with workspace.registry.read() as connection:
        hash = runs.artifact(connection, run, REFERENCE_FILE)
    if hash is None:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(workspace.store.read(hash))) as archive:
            names = set(archive.namelist())
            if json.loads(archive.read(ABOUT))["format"] != FORMAT:
                raise Corrupted("what the version left for its monitors is of another release", "train once more")
            return Kept(
                Reference.from_bytes(archive.read(COLUMNS)),
                Reference.from_bytes(archive.read(ANSWERS)) if ANSWERS in names else None,
                performance.load(archive.read(ESTIMATOR)) if ESTIMATOR in names else None,
            )
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Corrupted(f"what run {run} left for its monitors cannot be read: {error}", "train once more") from None


def _made(contest: Contest, model: Model) -> dict[str, bytes]:
    plan, rows = contest.plan, contest.rows
    kinds = watched(plan.recipe, model.manifest.input_schema)
    learned = contest.learned if model is not contest.model else contest.split.train
    reference = Reference.of(
        rows.frame[learned], kinds, weights=_weights(contest.curves), blocks=rows.version[learned],
        seed=plan.recipe.model.seed,
    )
    made = {ABOUT: json.dumps({"format": FORMAT}).encode(), COLUMNS: reference.to_bytes()}
    scores = contest.scores
    if scores is None:
        return made
    said, shapes = answers.columns(Predictions(scores.predictions, scores.probabilities), plan.coding)
    made[ANSWERS] = Reference.of(said, shapes, seed=plan.recipe.model.seed).to_bytes()
    holdout = None if plan.coding.classes else rows.frame.iloc[contest.split.holdout_rows]
    expected = contest.metrics.get(contest.primary)
    if expected is not None and (
        estimator := performance.fit(
            scores, contest.primary, holdout, kinds, expected=expected, seed=plan.recipe.model.seed
        )
    ) is not None:
        made[ESTIMATOR] = estimator.to_bytes()
    return made


def _weights(curves: Mapping[str, Any]) -> dict[str, float] | None:
    """How much the model leans on each column; None where that was not found out."""
    found = curves.get("importance", {}).get("columns")
    return {one["column"]: float(one["value"]) for one in found} if found else None


def _packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return buffer.getvalue()


