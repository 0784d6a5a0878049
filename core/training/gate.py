"""The quality bar between a run and a release: a pure rule, and every reason that it went by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core.training.evaluation import Difference, Measured
from core.training.metrics import METRICS
from core.training.split import Basis
from core.training.wording import brief, places, plain, signed, start
from core.vocabulary import Verdict

if TYPE_CHECKING:
    from core.recipes.recipe import Recipe

Reason = dict[str, Any]

COMMON: Final = 0.05  # of more than two classes, rarer ones do not make everybody wait
UNBOUNDED_DROP: Final = 0.05  # of the champion's error, where a metric has no scale of its own
OPPONENTS: Final = {
    Basis.FIRST: "a dummy", Basis.UNSEEN: "the champion", Basis.RECIPES: "the champion's recipe",
}
WHOSE: Final = {
    Basis.FIRST: "", Basis.UNSEEN: " that the champion has not seen", Basis.RECIPES: " of all that there are",
}
COUNTED: Final = {
    "rows": "rows to judge on", "rarest_class": "rows of the rarest class", "classes_train": "classes to learn from",
}
_SLACK: Final = 1e-12  # what floating point makes of .80 - .78


@dataclass(frozen=True)
class Bar:
    """What [gate] asks for; `bars` are absolute thresholds by metric."""

    compare: str = "not_worse"
    confidence: float = 0.95
    max_drop: float = 0.02
    min_rows: int = 200
    min_minority: int = 20
    approval: str = "none"
    bars: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, recipe: Recipe) -> Bar:
        gate = recipe.gate
        return cls(
            str(gate.compare), gate.confidence, gate.max_drop, gate.min_rows, gate.min_minority,
            str(gate.approval), dict(gate.bars),
        )

    def among(self, rivals: int) -> Bar:
        """The same bar where the best of several is judged: as sure as if there were one (Bonferroni)."""
        return self if rivals < 2 else replace(self, confidence=1 - (1 - self.confidence) / rivals)


@dataclass(frozen=True)
class Evidence:
    """What is known of a challenger. Classification has `rarest` (see `rarest`) and `classes_train`.

    `opponent` is the champion, its recipe, or for a first model the dummy. `lowered_bar`: the recipe's
    target, [evaluate] or [gate] is not the champion's. `dummy` and `beyond_dummy`, where the opponent is another:
    the dummy's value of the primary metric on the same rows, and the difference to it.
    """

    basis: Basis
    primary: str
    rows_holdout: int
    rarest: int | None = None
    classes_train: int | None = None
    lowered_bar: bool = False
    challenger: Mapping[str, Measured] = field(default_factory=dict)
    opponent: Mapping[str, Measured] = field(default_factory=dict)
    difference: Difference | None = None
    dummy: float | None = None
    beyond_dummy: Difference | None = None


@dataclass(frozen=True)
class Judgement:
    """The verdict, one reason for every rule that was checked, and the numbers of the one-line story."""

    verdict: Verdict
    reasons: list[Reason]
    value: float | None = None
    opponent_value: float | None = None
    difference: Difference | None = None


def rarest(codes: np.ndarray[Any, Any], classes: int) -> int:
    """Rows of the rarest class; 0 where there is only one class.

    Of more than two, the rarest that holds 5 % of the rows counts (the commonest where none does): one
    very rare class would make everything wait.
    """
    counts = np.bincount(codes, minlength=max(2, classes))
    if (counts > 0).sum() < 2:
        return 0
    if classes <= 2:
        return int(counts.min())
    common = counts[counts >= COMMON * counts.sum()]
    return int(common.min() if len(common) else counts.max())


def judge(bar: Bar, evidence: Evidence) -> Judgement:
    """Passed, failed, insufficient_data or needs_approval, and why.

    In every reason `value` may be read against `threshold` by the metric's direction, and `interval` is that
    of the difference to the opponent (positive: the challenger is better) where there was a comparison, else
    that of the value.
    """
    enough = _enough(bar, evidence)
    if not all(reason["passed"] for reason in enough):
        return Judgement(Verdict.INSUFFICIENT_DATA, enough)
    checks = [_absolute(name, threshold, evidence) for name, threshold in bar.bars.items()]
    ours, theirs = (_value(one, evidence.primary) for one in (evidence.challenger, evidence.opponent))
    mute = ours is not None and theirs is None and evidence.basis != Basis.FIRST
    if not mute:
        checks += _compared(bar, evidence)
    checks += _beyond_dummy(bar, evidence)
    people = [_mute_opponent(evidence)] if mute else []  # else a champion that lost its voice would stay for ever
    if not all(reason["passed"] for reason in checks):
        return Judgement(Verdict.FAILED, enough + checks + people, ours, theirs, evidence.difference)
    people += _people(bar, evidence)
    verdict = Verdict.NEEDS_APPROVAL if people else Verdict.PASSED
    return Judgement(verdict, enough + checks + people, ours, theirs, evidence.difference)


def headline(judgement: Judgement, primary: str, rows: int) -> str:
    """`.812 against .806 on 602 (-.004 to +.016)`; or which number makes it wait: `120 of 200 rows to judge on`."""
    if judgement.verdict == Verdict.INSUFFICIENT_DATA:
        short = next((reason for reason in judgement.reasons if not reason["passed"]), None)
        return f"{short['value']:,} of {short['threshold']:,} {COUNTED[short['metric']]}" if short else "too few rows"
    if judgement.value is None or judgement.opponent_value is None:
        return f"nothing to compare on {rows:,}"
    decimals = places(METRICS[primary].bounded, judgement.value, judgement.opponent_value)
    ours, theirs = (brief(one, decimals) for one in (judgement.value, judgement.opponent_value))
    between = judgement.difference
    bounds = [] if between is None else [brief(one, decimals, "+") for one in (between.lower, between.upper)]
    return f"{ours} against {theirs} on {rows:,}" + (f" ({' to '.join(bounds)})" if bounds else "")


def _enough(bar: Bar, evidence: Evidence) -> list[Reason]:
    rows = evidence.rows_holdout
    need = max(1, bar.min_rows)
    reasons = [_reason(
        "rows", rows, threshold=need, passed=rows >= need,
        message=f"{rows:,} rows{WHOSE[evidence.basis]} may judge and {need:,} are needed",
    )]
    if evidence.rarest is not None:
        need = max(1, bar.min_minority)
        message = f"{evidence.rarest:,} of these rows are of the rarest class and {need:,} are needed"
        if evidence.rarest == 0 and rows:
            message = f"all of these rows are of one class, and {need:,} of another are needed"
        reasons.append(_reason(
            "rarest_class", evidence.rarest, threshold=need, passed=evidence.rarest >= need, message=message,
        ))
    if evidence.classes_train is not None:
        known = evidence.classes_train
        reasons.append(_reason(
            "classes_train", known, threshold=2, passed=known >= 2,
            message=f"the rows to learn from hold {known} class{'' if known == 1 else 'es'} and 2 are needed",
        ))
    return reasons


def _absolute(name: str, threshold: float, evidence: Evidence) -> Reason:
    metric = METRICS[name]
    found = evidence.challenger.get(name)
    if found is None or found.value is None:
        message = f"{start(metric.label)} could not be told, and the recipe asks for {plain(threshold)}"
        return _reason(name, None, threshold=threshold, passed=False, message=message)
    passed = found.value >= threshold if metric.higher_is_better else found.value <= threshold
    side = "at least" if metric.higher_is_better else "at most"
    interval = None if found.lower is None or found.upper is None else [found.lower, found.upper]
    return _reason(
        name, found.value, _value(evidence.opponent, name), interval, threshold, passed=passed,
        message=f"{start(metric.label)} is {plain(found.value)} and the recipe asks for {side} {plain(threshold)}",
    )


def _compared(bar: Bar, evidence: Evidence) -> list[Reason]:
    """The rules about the difference to the opponent on the primary metric."""
    metric = METRICS[evidence.primary]
    ours, theirs = _value(evidence.challenger, metric.name), _value(evidence.opponent, metric.name)
    apart = evidence.difference
    name = OPPONENTS[evidence.basis]
    if ours is None or theirs is None or apart is None:
        who = " of the challenger" if ours is None else f" of {name}" if theirs is None else ""
        message = f"{start(metric.label)}{who} could not be told on these rows, so there is nothing to compare"
        return [_reason(metric.name, ours, theirs, passed=False, message=message)]
    sign = 1.0 if metric.higher_is_better else -1.0

    def rule(passed: bool, short: float, message: str) -> Reason:
        """`short`: how much better the challenger would have to be to stand exactly at the rule's border."""
        return _reason(
            metric.name, ours, theirs, [apart.lower, apart.upper], ours + sign * short, passed=passed,
            message=f"{start(metric.label)} is {plain(ours)} against {plain(theirs)} of {name}: {message}",
        )

    level = f"{100 * bar.confidence:.4g} % confidence"
    if evidence.basis == Basis.FIRST or bar.compare == "significantly_better":
        passed = apart.lower > 0
        return [
            rule(passed, -apart.lower, f"{'better' if passed else 'not surely better'} at {level}"
                 f" (lower bound of the gain {signed(apart.lower)}, above 0 is needed)"),
            *([] if evidence.basis == Basis.FIRST else [_drop(bar, metric.bounded, theirs, apart, rule)]),
        ]
    if bar.compare == "better":
        passed = apart.value > 0
        first = rule(passed, -apart.value, f"a gain of {signed(apart.value)}, and above 0 is needed")
    else:
        passed = apart.upper >= 0
        first = rule(passed, -apart.upper, f"{'not worse' if passed else 'surely worse'} at {level}"
                     f" (upper bound of the gain {signed(apart.upper)}, at least 0 is needed)")
    return [first, _drop(bar, metric.bounded, theirs, apart, rule)]


def _beyond_dummy(bar: Bar, evidence: Evidence) -> list[Reason]:
    """Nobody succeeds a champion by being as bad: whoever is judged is better than a dummy, too.

    Not surely so, as a first model has to be: after the target moved even a good challenger, fitted on few of the
    new rows, is hardly ahead of it, and the champion far behind. A metric that cannot be told of a dummy asks nothing.
    """
    metric, apart = METRICS[evidence.primary], evidence.beyond_dummy
    ours = _value(evidence.challenger, metric.name)
    if ours is None or evidence.dummy is None or apart is None:
        return []
    passed = apart.value > 0
    border = ours - (1.0 if metric.higher_is_better else -1.0) * apart.value
    message = (
        f"{start(metric.label)} is {plain(ours)} against {plain(evidence.dummy)} of a dummy:"
        f" {'better' if passed else 'no better'}"
        f" (a gain of {signed(apart.value)}, above 0 is needed of every challenger)"
    )
    return [_reason(
        metric.name, ours, None, [apart.lower, apart.upper], border, passed=passed, message=message,
    )]


def _drop(
    bar: Bar, bounded: bool, theirs: float, apart: Difference, rule: Callable[[bool, float, str], Reason]
) -> Reason:
    allowed = bar.max_drop if bounded else UNBOUNDED_DROP * abs(theirs)
    passed = apart.value >= -allowed - _SLACK
    size = plain(allowed) if bounded else f"{plain(allowed)} ({UNBOUNDED_DROP:.0%} of {plain(theirs)})"
    message = f"a gain of {signed(apart.value)}, and a drop of at most {size} is allowed"
    return rule(passed, -allowed - apart.value, message)


def _mute_opponent(evidence: Evidence) -> Reason:
    metric = METRICS[evidence.primary]
    return _reason(
        metric.name, _value(evidence.challenger, metric.name), passed=False,
        message=f"{start(metric.label)} of {OPPONENTS[evidence.basis]} could not be told on these rows,"
        " so a person decides",
    )


def _people(bar: Bar, evidence: Evidence) -> list[Reason]:
    reasons = []
    if evidence.lowered_bar:
        reasons.append(_reason(
            "bar", None, passed=False,
            message="target, [evaluate] or [gate] differs from the champion's, so a person decides",
        ))
    if bar.approval == "human":
        message = "the recipe asks for a person's approval"
        reasons.append(_reason("approval", None, passed=False, message=message))
    return reasons


def _reason(
    metric: str, value: float | None, champion_value: float | None = None,
    interval: list[float] | None = None, threshold: float | None = None, *, passed: bool, message: str,
) -> Reason:
    return {
        "metric": metric, "value": value, "champion_value": champion_value, "interval": interval,
        "threshold": threshold, "passed": passed, "message": message,
    }


def _value(measured: Mapping[str, Measured], name: str) -> float | None:
    found = measured.get(name)
    return None if found is None else found.value
