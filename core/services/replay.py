"""Would retraining have paid? The past files in order, and what each policy's model says of the next one.

    never   the first model that was good enough, for ever
    always  retrained on everything, whenever a file arrived
    gated   what Footplate does: retrained, and promoted only where the gate passes

Nothing is written: the models live and die here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd

from core.errors import FootplateError, NotFound
from core.services import recipes as recipe_service
from core.services.contest import plan_of, task_of
from core.services.training_data import choose, columns_of, read
from core.training.contest import Contest, contend, fit_on
from core.training.evaluation import Scores
from core.training.metrics import METRICS
from core.training.model import Model
from core.training.rows import Columns, Part, Rows, assemble
from core.training.rules import Champion
from core.training.threads import limited
from core.training.trainer import Plan
from core.vocabulary import Task, Verdict
from core.workspace import Workspace

POLICIES = ("never", "always", "gated")


@dataclass(frozen=True)
class Step:
    """One arriving file: what today's model of each policy scores on it, and what the gate then said."""

    file: str
    rows: int
    scores: dict[str, float | None]
    verdict: str
    headline: str
    reasons: list[str]


@dataclass
class Replay:
    """`metric` is the primary one; `seconds` is what the fits of each policy took."""

    model: str
    metric: str
    higher_is_better: bool
    steps: list[Step] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(POLICIES, 0.0))
    fits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(POLICIES, 0))

    def means(self) -> dict[str, float | None]:
        """The mean score of each policy over the files that all three met with a model."""
        met = [step.scores for step in self.steps if all(step.scores[one] is not None for one in POLICIES)]
        return {one: float(np.mean([scores[one] for scores in met])) if met else None for one in POLICIES}

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model, "metric": self.metric, "higher_is_better": self.higher_is_better,
            "means": self.means(),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()}, "fits": self.fits,
            "files": [
                {"file": step.file, "rows": step.rows, "scores": step.scores, "verdict": step.verdict,
                 "headline": step.headline, "reasons": step.reasons}
                for step in self.steps
            ],
        }


def replay(workspace: Workspace, name: str, progress: Callable[[str], None] = lambda text: None) -> Replay:
    """Let the accepted files of a recipe arrive once more, in their order, under each policy."""
    one = recipe_service.in_force(workspace, name)
    recipe = one.recipe
    versions = choose(workspace, recipe, None).used
    if len(versions) < 2:
        raise NotFound(f"{name} has {len(versions)} labelled files: a replay needs two", "let more data arrive")
    found = read(workspace, recipe, versions)
    labels = pd.concat([part.frame[recipe.data.target] for part in found.parts], ignore_index=True).dropna()
    plan = plan_of(one, labels, found, task_of(workspace, recipe, None), lambda text: None)
    with limited(recipe.resources.cpus):
        return _Replay(plan, found.parts, columns_of(recipe), name, progress).run()


class _Replay:
    def __init__(
        self, plan: Plan, parts: list[Part], columns: Columns, name: str, progress: Callable[[str], None]
    ) -> None:
        everything = assemble(parts, columns, seen=None)
        versions, first = np.unique(everything.version, return_index=True)
        rank = dict(zip(versions.tolist(), everything.order[first].tolist(), strict=True))
        self.parts = sorted((part for part in parts if part.id in rank), key=lambda part: rank[part.id])
        self.plan, self.columns, self.name, self.progress = plan, columns, name, progress
        self.found: Replay | None = None
        self.champion: tuple[Model, frozenset[int]] | None = None
        self.first: Model | None = None
        self.always: Model | None = None
        self.primary: str | None = None

    def run(self) -> Replay:
        for count, part in enumerate(self.parts, 1):
            scores = self._scores_on(part)
            contest = self._arrive(self.parts[:count])
            if self.found is None:
                metric = METRICS[contest.primary]
                self.found = Replay(self.name, metric.name, metric.higher_is_better)
            self._account(contest)
            failed = [reason["message"] for reason in contest.judgement.reasons if not reason["passed"]]
            self.found.steps.append(
                Step(part.name, len(part.frame), scores, str(contest.judgement.verdict), contest.headline, failed)
            )
            self.progress(f"{part.name}: {contest.judgement.verdict} {contest.headline}")
        assert self.found is not None
        return self.found

    def _arrive(self, parts: list[Part]) -> Contest:
        """The gate's say on the rows so far, and the models that each policy has from now on."""
        seen = self.champion[1] if self.champion else None
        rows = assemble(parts, self.columns, seen=seen)
        incumbent = None
        if self.champion is not None:
            model = self.champion[0]
            incumbent = Champion(self.plan.recipe, self.plan.recipe_hash, self.plan.code, self.primary, lambda: model)
        contest = contend(self.plan, rows, incumbent, with_curves=False)
        began = monotonic()
        everything = self._fit_all(contest, rows)
        took = monotonic() - began
        if everything is not None:
            self.always = everything
            contest.seconds["always"] = took
        if contest.judgement.verdict == Verdict.PASSED and everything is not None:
            self.champion = (everything, frozenset(part.id for part in parts))
            self.primary = contest.primary
            self.first = self.first or everything
        return contest

    def _fit_all(self, contest: Contest, rows: Rows) -> Model | None:
        """All rows so far; from the first model that was good enough on, so that the policies start equal."""
        if self.first is None and contest.judgement.verdict != Verdict.PASSED:
            return None
        return fit_on(self.plan, rows, contest.truth, contest.split.holdout_rows)

    def _scores_on(self, part: Part) -> dict[str, float | None]:
        models = {"never": self.first, "always": self.always, "gated": self.champion[0] if self.champion else None}
        target = self.plan.recipe.data.target
        frame = part.frame[part.frame[target].notna()]
        scores: dict[str, float | None] = {}
        for name, model in models.items():
            if model is None or not len(frame):
                scores[name] = None
                continue
            if not model.can_predict():
                raise FootplateError("a command without predict_command cannot be replayed", "add one to [model]")
            said = model.predict(frame)
            assert self.primary is not None
            scores[name] = METRICS[self.primary].value(Scores(
                task=Task(self.plan.coding.task), truth=self.plan.coding.encode(frame[target]), predictions=said.values,
                probabilities=said.probabilities, classes=self.plan.coding.classes,
            ))
        return scores

    def _account(self, contest: Contest) -> None:
        assert self.found is not None
        all_rows = contest.seconds.get("always", 0.0)
        judging = contest.seconds.get("fit", 0.0)
        passed = contest.judgement.verdict == Verdict.PASSED
        if all_rows:
            self.found.seconds["always"] += all_rows
            self.found.fits["always"] += 1
        if all_rows and self.found.fits["never"] == 0:
            self.found.seconds["never"] += all_rows
            self.found.fits["never"] += 1
        self.found.seconds["gated"] += judging + (all_rows if passed else 0.0)
        self.found.fits["gated"] += int(judging > 0) + int(passed)
