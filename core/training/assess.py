"""Models that exist already, measured side by side on the same rows; nothing is fitted and nobody is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.training.evaluation import Difference, Measured, Scores, compare, measure
from core.training.labels import Coding
from core.training.metrics import METRICS
from core.training.model import Model
from core.training.rows import Rows
from core.training.rules import translated
from core.training.wording import brief, places
from core.vocabulary import Task

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Assessment:
    """`own` and `theirs` are the metrics of the two models, `difference` is positive where the first is better."""

    rows: int
    own: dict[str, Measured]
    theirs: dict[str, Measured]
    difference: Difference | None
    headline: str


def in_order(rows: Rows, chosen: Array) -> tuple[Array, bool]:
    """Positions of the `chosen` rows (a mask), oldest first, and whether they have an order at all."""
    at = np.flatnonzero(chosen)
    if rows.time is not None:
        time = np.nan_to_num(rows.time[at], nan=0.0)
        if len(np.unique(time)) > 1:
            return at[np.argsort(time, kind="stable")], True
    return at, len(np.unique(rows.version[at])) > 1


def assess(
    rows: Rows, chosen: Array, own: Model, other: Model | None, *, coding: Coding, names: Sequence[str],
    confidence: float, seed: int,
) -> Assessment:
    """Measure one or two models on the `chosen` rows; the first of `names` is the metric that decides."""
    at, ordered = in_order(rows, chosen)
    frame = rows.frame.iloc[at]
    truth = coding.encode(frame[own.manifest.target])

    def scores(model: Model) -> Scores:
        said = translated(model.predict(frame), model.manifest.coding, coding)
        return Scores(
            task=Task(coding.task), truth=truth, predictions=said.values, probabilities=said.probabilities,
            classes=coding.classes,
        )

    if other is None:
        found = measure(scores(own), names, ordered=ordered, seed=seed)
        return Assessment(len(at), found, {}, None, headline(names[0], found, {}, None, len(at)))
    both = compare(scores(own), scores(other), names, names[0], ordered=ordered, confidence=confidence, seed=seed)
    line = headline(names[0], both.challenger, both.opponent, both.difference, len(at))
    return Assessment(len(at), both.challenger, both.opponent, both.difference, line)


def headline(
    primary: str, own: dict[str, Measured], theirs: dict[str, Measured], apart: Difference | None, rows: int
) -> str:
    """`.812 against .806 on 602 (-.004 to +.016)`, or `.812 on 602` of one alone."""
    ours, other = own[primary].value, theirs[primary].value if theirs else None
    if ours is None:
        return f"{primary} could not be told on {rows:,}"
    decimals = places(METRICS[primary].bounded, *(value for value in (ours, other) if value is not None))
    against = "" if other is None else f" against {brief(other, decimals)}"
    bounds = "" if apart is None else " to ".join(brief(one, decimals, "+") for one in (apart.lower, apart.upper))
    return f"{brief(ours, decimals)}{against} on {rows:,}{f' ({bounds})' if bounds else ''}"
