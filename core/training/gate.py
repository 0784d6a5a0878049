"""The quality bar between a run and a release: a pure rule, and every reason that it went by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from core.training.evaluation import Difference, Measured
from core.training.metrics import METRICS
from core.training.split import Basis
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


@dataclass(frozen=True)
class Evidence:
    """What is known of a challenger. Classification has `rarest` (see `rarest`) and `classes_train`.

    `opponent` is the champion, its recipe, or for a first model the dummy. `lowered_bar`: the recipe's
    target, [evaluate] or [gate] is not the champion's.
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
    checks += _compared(bar, evidence)
    numbers = (_value(evidence.challenger, evidence.primary), _value(evidence.opponent, evidence.primary))
    if not all(reason["passed"] for reason in checks):
        return Judgement(Verdict.FAILED, enough + checks, *numbers, evidence.difference)
    people = _people(bar, evidence)
    verdict = Verdict.NEEDS_APPROVAL if people else Verdict.PASSED
    return Judgement(verdict, enough + checks + people, *numbers, evidence.difference)


def headline(judgement: Judgement, primary: str, rows: int) -> str:
    """`.812 against .806 on 602 (-.004 to +.016)`; or which number makes it wait."""
    if judgement.verdict == Verdict.INSUFFICIENT_DATA:
        short = next((reason for reason in judgement.reasons if not reason["passed"]), None)
        return short["message"] if short else f"{rows:,} rows to judge on"
    if judgement.value is None or judgement.opponent_value is None:
        return f"{METRICS[primary].label} could not be told on {rows:,}"
    ours, theirs = (_brief(one) for one in (judgement.value, judgement.opponent_value))
    between = judgement.difference
    bounds = "" if between is None else f" ({_brief(between.lower, '+')} to {_brief(between.upper, '+')})"
    return f"{ours} against {theirs} on {rows:,}{bounds}"


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
        message = f"{metric.label} could not be told, and the recipe asks for {_plain(threshold)}"
        return _reason(name, None, threshold=threshold, passed=False, message=message)
    passed = found.value >= threshold if metric.higher_is_better else found.value <= threshold
    side = "at least" if metric.higher_is_better else "at most"
    interval = None if found.lower is None or found.upper is None else [found.lower, found.upper]
    return _reason(
        name, found.value, _value(evidence.opponent, name), interval, threshold, passed=passed,
        message=f"{metric.label} is {_plain(found.value)} and the recipe asks for {side} {_plain(threshold)}",
    )


def _compared(bar: Bar, evidence: Evidence) -> list[Reason]:
    """The rules about the difference to the opponent on the primary metric."""
    metric = METRICS[evidence.primary]
    ours, theirs = _value(evidence.challenger, metric.name), _value(evidence.opponent, metric.name)
    apart = evidence.difference
    name = OPPONENTS[evidence.basis]
    if ours is None or theirs is None or apart is None:
        who = "the challenger" if ours is None else name if theirs is None else "the difference"
        message = f"{metric.label} of {who} could not be told on these rows, so there is nothing to compare"
        return [_reason(metric.name, ours, theirs, passed=False, message=message)]
    sign = 1.0 if metric.higher_is_better else -1.0

    def rule(passed: bool, short: float, message: str) -> Reason:
        """`short`: how much better the challenger would have to be to stand exactly at the rule's border."""
        return _reason(
            metric.name, ours, theirs, [apart.lower, apart.upper], ours + sign * short, passed=passed,
            message=f"{metric.label} is {_plain(ours)} against {_plain(theirs)} of {name}: {message}",
        )

    level = f"{bar.confidence:.4g} confidence"
    if evidence.basis == Basis.FIRST or bar.compare == "significantly_better":
        passed = apart.lower > 0
        return [
            rule(passed, -apart.lower, f"{'better' if passed else 'not surely better'} at {level}"
                 f" (lower bound of the gain {_signed(apart.lower)}, above 0 is needed)"),
            *([] if evidence.basis == Basis.FIRST else [_drop(bar, metric.bounded, theirs, apart, rule)]),
        ]
    if bar.compare == "better":
        passed = apart.value > 0
        first = rule(passed, -apart.value, f"a gain of {_signed(apart.value)}, and above 0 is needed")
    else:
        passed = apart.upper >= 0
        first = rule(passed, -apart.upper, f"{'not worse' if passed else 'surely worse'} at {level}"
                     f" (upper bound of the gain {_signed(apart.upper)}, at least 0 is needed)")
    return [first, _drop(bar, metric.bounded, theirs, apart, rule)]


def _drop(
    bar: Bar, bounded: bool, theirs: float, apart: Difference, rule: Callable[[bool, float, str], Reason]
) -> Reason:
    allowed = bar.max_drop if bounded else UNBOUNDED_DROP * abs(theirs)
    passed = apart.value >= -allowed - _SLACK
    size = _plain(allowed) if bounded else f"{_plain(allowed)} ({UNBOUNDED_DROP:.0%} of {_plain(theirs)})"
    message = f"a gain of {_signed(apart.value)}, and a drop of at most {size} is allowed"
    return rule(passed, -allowed - apart.value, message)


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


def _plain(value: float) -> str:
    return f"{value:.4g}"


def _signed(value: float) -> str:
    return f"{value:+.4g}" if value else "0"


def _brief(value: float, sign: str = "") -> str:
    """Three decimals without the zero before them, or four digits of what is larger."""
    if abs(value) >= 0.9995:
        return f"{value:{sign}.4g}"
    text = f"{value:{sign}.3f}".replace("0.", ".", 1)
    return text if float(value) or not sign else "0"
