"""The gate's reasons in words, and what would have changed its verdict. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.vocabulary import Verdict

Reason = Mapping[str, Any]
BY_PEOPLE = ("bar", "approval")  # rules that only a person can fulfil
COUNTED = ("rows", "rarest_class", "classes_train")
KINDS = {
    "rows": "rows to judge on", "rarest_class": "rows of the rarest class", "classes_train": "classes to learn from",
}


def told(reason: Reason) -> str:
    """`✓ 602 rows that the champion has not seen may judge and 200 are needed`."""
    return f"{'✓' if reason['passed'] else '✗'} {reason['message']}"


def of_difference(reason: Reason) -> bool:
    """Whether the interval of a reason is that of the difference to the opponent; else it is the value's own."""
    return bool(reason.get("interval")) and " against " in str(reason["message"])


def changes(verdict: str, reasons: Sequence[Reason], model: str) -> list[str]:
    """What would have led to another verdict, in the numbers of the rules."""
    failed = [reason for reason in reasons if not reason["passed"]]
    if verdict == Verdict.PASSED:
        return _margin([reason for reason in reasons if reason["metric"] not in BY_PEOPLE])
    if verdict == Verdict.NEEDS_APPROVAL:
        return [f"a person's yes: `footplate models approve {model}`"]
    needed = [line for reason in failed if (line := _needed(reason))]
    return [*needed[:1], *(f"and also {line}" for line in needed[1:])]


def _needed(reason: Reason) -> str:
    value, threshold, metric = reason["value"], reason["threshold"], reason["metric"]
    if value is None or threshold is None:
        return ""
    if metric in COUNTED:
        return f"{threshold - value:,.0f} more {KINDS[metric]}: {threshold:,.0f} instead of {value:,.0f}"
    return f"{metric} {'of at least' if threshold > value else 'of at most'} {threshold:.4g} instead of {value:.4g}"


def _margin(reasons: Sequence[Reason]) -> list[str]:
    """Of a passed gate: the border that was nearest on each metric, and the missing rows that would have stopped it."""
    nearest: dict[str, Reason] = {}
    for reason in reasons:
        if reason["value"] is None or reason["threshold"] is None:
            continue
        before = nearest.get(reason["metric"])
        if before is None or _distance(reason) < _distance(before):
            nearest[reason["metric"]] = reason
    lines = []
    for metric, reason in nearest.items():
        value, threshold = reason["value"], reason["threshold"]
        if metric in COUNTED:
            if metric == "rows":
                lines.append(f"fewer than {threshold:,.0f} rows to judge on: it would have waited")
            continue
        side = "above" if threshold > value else "below"
        lines.append(f"{metric} {side} {threshold:.4g} instead of {value:.4g}: it would have been refused")
    return lines


def _distance(reason: Reason) -> float:
    return abs(float(reason["value"]) - float(reason["threshold"]))
