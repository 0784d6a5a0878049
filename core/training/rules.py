"""Who is judged against whom, by whose bar and which metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import BadRecipe
from core.recipes.code import CodeFile
from core.recipes.infer import auto_metrics, auto_primary
from core.recipes.recipe import Recipe
from core.training.gate import Bar
from core.training.labels import Coding
from core.training.metrics import METRICS
from core.training.model import Array, Model, Predictions
from core.training.rivals import Terms
from core.training.split import Basis, Split


@dataclass(frozen=True)
class Champion:
    """The model in use: its recipe with code, the metric that it was judged by, and a way to get at it."""

    recipe: Recipe
    recipe_hash: str
    code: Sequence[CodeFile]
    primary: str | None
    load: Callable[[], Model]


def translated(said: Predictions, theirs: Coding, ours: Coding) -> Predictions:
    """What a model says, in the classes of another coding."""
    if not ours.classes:
        return said
    probabilities = None if said.probabilities is None else theirs.translate(said.probabilities, ours)
    return Predictions(theirs.translate_codes(said.values, ours), probabilities)


def against(parts: Split, champion: Champion | None, recipe: Recipe, coding: Coding) -> str:
    if champion is None or champion.recipe.data.target != recipe.data.target:
        return "dummy"
    if champion.primary and coding.task not in METRICS[champion.primary].tasks:
        return "dummy"  # it answers another question
    return "champion recipe" if parts.basis == Basis.RECIPES else "champion"


def asked(rule: Recipe, champion: Champion | None, coding: Coding, terms: Terms) -> Bar:
    """What the rule and the terms ask for; of a champion that answers another question, only what this task can be
    measured by."""
    whole = Bar.of(rule)
    if terms.strict:
        whole = replace(whole, compare="significantly_better")
    if champion is None:
        return whole
    fitting = {name: least for name, least in whole.bars.items() if coding.task in METRICS[name].tasks}
    return replace(whole, bars=fitting)


def primary_of(recipe: Recipe, rule: Recipe, champion: Champion | None, coding: Coding, truth: Array) -> str:
    """The metric that decides; it does not flip between runs while the recipe leaves it open."""
    named = rule.evaluate.primary
    if champion is not None and named != "auto" and coding.task not in METRICS[named].tasks:
        named = recipe.evaluate.primary  # the champion answers another question, by a metric that does not fit this one
    if named != "auto":
        if coding.task not in METRICS[named].tasks:
            raise BadRecipe(
                f"{named} does not measure a {coding.task}", "choose another [evaluate] primary, or set the task",
                key="evaluate.primary",
            )
        return str(named)
    if champion is not None and champion.primary and coding.task in METRICS[champion.primary].tasks:
        return champion.primary
    counts = np.bincount(truth, minlength=len(coding.classes)).tolist() if coding.classes else []
    return auto_primary(coding.task, counts)


def metric_names(rule: Recipe, coding: Coding, primary: str) -> list[str]:
    """What is measured where `rule` is in force, the metric that decides first."""
    named = rule.evaluate.metrics
    chosen = auto_metrics(coding.task, len(coding.classes)) if named == "auto" else list(named)
    return list(dict.fromkeys([primary, *chosen, *rule.gate.bars]))
