"""Is a champion worth less on rows that it has not seen than it was: the reading of the performance monitor.

Beside the metric that decides, a classifier is held to its Brier score: wrong labels show there also where a ranking is
so weak that it hardly changes. While its alert is open, the bar stays that of before the drop: what the loop comes up
with meanwhile has to reach it again, or the last few arrivals have to agree that this is what can be had now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from core.monitoring.measure import Drop, dropped
from core.recipes.recipe import Recipe
from core.registry import alerts, champions, monitors, runs
from core.services.contest import Incumbent, incumbent
from core.services.readings import Taken
from core.training import packaging
from core.training.assess import headline
from core.training.evaluation import Measured, Scores, compare, measure
from core.training.labels import Coding
from core.training.metrics import METRICS
from core.training.model import Array, Predictions
from core.training.rules import metric_names, translated
from core.training.wording import plain, start
from core.vocabulary import MonitorKind, Reading, Task
from core.workspace import Workspace

DRAWS: Final = 200  # an interval of a reading needs no more
PAST: Final = 8  # readings that say how far the metric varies from arrival to arrival
NORMAL: Final = 3  # arrivals in a row at a new level, after which that is what is usual
CONFIDENCE: Final = 0.95
MIN_ROWS: Final = 50
GUARD: Final = "brier"  # Brier (1950): proper, so that it tells of probabilities that came true less often than said


@dataclass(frozen=True)
class _Before:
    """What the monitor read so far: `values` of well readings, `bar` and `usual` of the open alert, and how many of
    the last readings agreed with the champion's own number."""

    values: list[float]
    bar: float | None
    usual: float | None
    agreed: int


def judged(
    workspace: Workspace, recipe: Recipe, against: Incumbent, coding: Coding, frame: pd.DataFrame, places: Array,
    said: Predictions, *, settings: Any, ordered: bool, source: str, since: Mapping[str, Any] | None,
    before: Sequence[Taken] = (),
) -> Taken:
    """The champion measured on the rows at `places` of a typed frame (oldest first), for which it says `said`.

    `before`: readings of this monitor that are not kept yet. Where it is an alert, the version before is measured on
    the same rows.
    """
    metric = str(against.run["primary_metric"])
    target = against.one.recipe.data.target
    truth = coding.encode(frame[target].iloc[places])
    strange = truth < 0 if coding.classes else np.zeros(len(truth), dtype=bool)
    places, truth = places[~strange], truth[~strange]
    mine = _scores(coding, truth, _part(said, places))
    seed = against.one.recipe.model.seed
    guard = GUARD if coding.classes and mine.probabilities is not None and metric not in (GUARD, "log_loss") else None
    names = [metric, *([guard] if guard else [])]
    now = measure(mine, names, ordered=ordered, seed=seed, draws=DRAWS)
    with workspace.registry.read() as connection:
        reference = {name: Measured(*runs.measured(connection, against.run["id"], name)) for name in names}
        known = {name: _known(connection, recipe.name, name, metric, before) for name in names}
    least = {"rows": len(places), "min_rows": settings.min_rows or MIN_ROWS}
    set_ = {name: value for name, value in (("level", settings.level), ("floor", settings.effect)) if value is not None}
    looks = {
        name: _look(reference[name], known[name], now[name], name, **least, **(set_ if name == metric else {}))
        for name in names
    }
    found, own, normal = looks[metric]
    warned = looks[guard] if guard else None
    others = {name: METRICS[name].value(mine) for name in metric_names(against.one.recipe, coding, metric)}
    evidence: dict[str, Any] = {
        "metric": metric, "usual": found.usual, "reference": reference[metric].value, "metrics": others,
        "own": Reading.ALERT if any(one.verdict == Reading.ALERT for _, one, _ in looks.values()) else own.verdict,
        "unknown_classes": int(strange.sum()),
    }
    if warned is not None and found.verdict == Reading.OK:
        held = warned[0]
        normal = normal or warned[2]
        if held.verdict == Reading.ALERT:
            found = replace(found, verdict=Reading.ALERT, message=f"{held.message}; {found.message}")
            evidence["guard"] = {
                "metric": held.metric, "value": held.value, "usual": held.usual, "bar": held.threshold
            }
    if normal:
        evidence["new_normal"] = True
    if found.verdict == Reading.ALERT:
        evidence |= {"before": _before(workspace, recipe, against, coding, frame.iloc[places], mine, found, ordered)}
    return Taken(
        MonitorKind.PERFORMANCE, source, against.version, len(places), found.verdict, found.message, value=found.value,
        threshold=found.threshold, lower=found.lower, upper=found.upper, evidence=evidence, since=since,
    )


def _look(
    reference: Measured, known: _Before, now: Measured, metric: str, **least: Any
) -> tuple[Drop, Drop, bool]:
    """One metric by what is usual, by the champion's own number alone, and whether it is a new normal."""
    own = dropped(reference, (), now, metric, **least)
    found, normal = _while_open(dropped(reference, known.values[-PAST:], now, metric, **least), own, known)
    return found, own, normal


def _known(connection: Any, model: str, which: str, metric: str, before: Sequence[Taken]) -> _Before:
    """Of one metric; `metric` is the one that decides."""
    name = monitors.name_of(model, MonitorKind.PERFORMANCE)
    rows = [
        (row["verdict"], row["value"], row["evidence"]) for row in monitors.recent(connection, name, 2 * PAST)[::-1]
    ] + [(one.verdict, one.value, one.evidence) for one in before]
    rows = [row for row in rows if row[2].get("metric") == metric and row[0] != Reading.INSUFFICIENT_DATA]
    renewed = [place for place, row in enumerate(rows) if row[2].get("new_normal")]
    usual = rows[renewed[-1] :] if renewed else rows
    values = [
        number for verdict, value, evidence in usual if verdict == Reading.OK
        and (number := value if which == metric else evidence["metrics"].get(which)) is not None
    ]
    agreed = 0
    for _, _, evidence in reversed(rows):
        if evidence.get("own") != Reading.OK:
            break
        agreed += 1
    alert = alerts.open_for(connection, model, MonitorKind.PERFORMANCE)
    live = alert["evidence"] if alert is not None and alert["evidence"].get("metric") == metric else None
    if live is not None and which != metric:
        live = live.get("guard")
    for one in before:
        if one.verdict == Reading.ALERT and live is None:
            own = {"bar": one.threshold, "usual": one.evidence["usual"]}
            live = own if which == metric else one.evidence.get("guard")
        elif one.verdict == Reading.OK:
            live = None
    return _Before(values, live and live.get("bar"), live and live.get("usual"), agreed)


def _while_open(found: Drop, own: Drop, known: _Before) -> tuple[Drop, bool]:
    """The reading by the bar of the open alert, and whether it ends it as a new normal."""
    if known.bar is None or found.value is None or found.verdict == Reading.INSUFFICIENT_DATA:
        return found, False
    metric = METRICS[found.metric]
    low = found.value < known.bar if metric.higher_is_better else found.value > known.bar
    told = f"{start(metric.label)} {plain(found.value)}"
    usual = plain(known.usual) if known.usual is not None else "more"
    if not low:
        message = f"{told}: it is well again (it was below {plain(known.bar)})"
        return _changed(found, Reading.OK, message, known), False
    if own.verdict == Reading.OK and known.agreed + 1 >= NORMAL:
        message = f"{told}: {NORMAL} arrivals in a row agree that this is usual now; it was {usual}"
        return _changed(found, Reading.OK, message, known), True
    message = f"{told} where {usual} was usual: the drop goes on (well again at {plain(known.bar)})"
    return _changed(found, Reading.ALERT, message, known), False


def _changed(found: Drop, verdict: Reading, message: str, known: _Before) -> Drop:
    return Drop(
        verdict, message, found.metric, found.value, found.lower, found.upper, known.usual, known.bar, found.drop
    )


def _before(
    workspace: Workspace, recipe: Recipe, against: Incumbent, coding: Coding, frame: pd.DataFrame, mine: Scores,
    found: Drop, ordered: bool,
) -> dict[str, Any]:
    """How the version before does on the same rows; {} where there is none, or it cannot tell.

    `better`: significantly, and by the bar that today's champion missed: of two that are lost one is always ahead.
    """
    metric = found.metric
    with workspace.registry.read() as connection:
        version = champions.before(champions.moves(connection, recipe.name), against.version)
    other = incumbent(workspace, recipe.name, version) if version is not None else None
    if other is None or other.one.recipe.data.target != against.one.recipe.data.target:
        return {}
    model = packaging.load(workspace.store.path(other.artifact), other.artifact)
    if not model.can_predict() or model.manifest.task != coding.task:
        return {}
    said = translated(model.predict(frame), model.manifest.coding, coding)
    both = compare(
        _scores(coding, mine.truth, said), mine, [metric], metric, ordered=ordered, confidence=CONFIDENCE,
        seed=against.one.recipe.model.seed, draws=DRAWS,
    )
    if both.difference is None:
        return {}
    apart = both.difference
    value, bar = both.challenger[metric].value, found.threshold
    up = METRICS[metric].higher_is_better
    well = value is not None and bar is not None and (value >= bar if up else value <= bar)
    return {
        "version": other.version, "value": value, "difference": apart.value, "lower": apart.lower,
        "upper": apart.upper, "better": apart.lower > 0 and well, "worse": apart.value < 0,
        "headline": headline(metric, both.challenger, both.opponent, apart, len(mine)),
    }


def _part(said: Predictions, places: Array) -> Predictions:
    return Predictions(said.values[places], None if said.probabilities is None else said.probabilities[places])


def _scores(coding: Coding, truth: Array, said: Predictions) -> Scores:
    return Scores(Task(coding.task), truth, said.values, said.probabilities, coding.classes)
