"""Changes in words: what was done, and what comes back when it is undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.registry.changes import Change, Fact
from core.vocabulary import EventKind

NAMED = 3  # things of one change that are named; the others are counted
DONE: dict[str, str] = {  # what was done to the subject
    EventKind.MODEL_HELD: "was held", EventKind.MODEL_RESUMED: "was let promote again",
    EventKind.VERSION_RETIRED: "was retired", EventKind.VERSION_RESTORED: "was accepted again",
    EventKind.VERSION_RELEASED: "was released from quarantine", EventKind.VERSION_DISCARDED: "was discarded",
    EventKind.VERSION_SUPERSEDED: "was superseded", EventKind.JOB_ACKNOWLEDGED: "was acknowledged",
    EventKind.JOB_REOPENED: "needs a person again", EventKind.RECIPE_PAUSED: "was paused",
    EventKind.RECIPE_RESUMED: "was resumed",
}
BACK: dict[str, str] = {  # what becomes of the subject when that is taken back
    EventKind.MODEL_HELD: "promotes again", EventKind.MODEL_RESUMED: "is held again",
    EventKind.VERSION_RETIRED: "is accepted again, and the next run learns from it",
    EventKind.VERSION_RESTORED: "is retired: no later run learns from it",
    EventKind.VERSION_RELEASED: "is retired: no later run learns from it (it does not go back to quarantine)",
    EventKind.JOB_ACKNOWLEDGED: "needs a person again", EventKind.JOB_REOPENED: "is acknowledged",
    EventKind.RECIPE_PAUSED: "is taken in and learned from again", EventKind.RECIPE_RESUMED: "is paused",
}


def name(fact: Fact) -> str:
    """`flights` of "model flights" and "recipe flights"; else the subject as it is."""
    head, _, tail = fact.subject.partition(" ")
    return tail if head in ("model", "recipe") else fact.subject


def said(fact: Fact) -> str:
    """What was done, in the past tense."""
    payload = fact.payload
    if fact.kind == EventKind.ALIAS_MOVED:
        before = payload.get("before")
        return f"the champion of {name(fact)} became v{payload['version']}{f', before v{before}' if before else ''}"
    if fact.kind == EventKind.RUN_TAGGED:
        return f"{fact.subject} {'was tagged' if payload['on'] else 'lost the tag'} {payload['tag']}"
    if fact.kind == EventKind.BASELINE_PINNED:
        return f"{fact.subject} became the baseline of {payload['recipe']}"
    if fact.kind == EventKind.BASELINE_UNPINNED:
        return f"{fact.subject} was no longer the baseline of {payload['recipe']}"
    if fact.kind == EventKind.ALERT_ACKNOWLEDGED:
        return f"{fact.subject} ({payload['monitor']}) {'was acknowledged' if payload['on'] else 'was open again'}"
    if fact.kind == EventKind.MONITOR_SILENCED:
        return f"{fact.subject} {'was silenced' if payload.get('until') else 'was let speak again'}"
    if fact.kind == EventKind.MONITOR_CHANGED:
        return f"{fact.subject} was set to {_set(payload['settings'], payload['enabled'])}"
    return f"{name(fact)} {DONE.get(fact.kind, fact.kind)}"


def back(fact: Fact) -> str:
    """What comes back when it is undone."""
    payload = fact.payload
    if fact.kind == EventKind.ALIAS_MOVED:
        waits = f", and v{payload['version']} waits as its challenger again" if payload.get("challenger") else ""
        return f"v{payload['before']} is the champion of {name(fact)}{waits}"
    if fact.kind == EventKind.RUN_TAGGED:
        return f"{fact.subject} {'loses the tag' if payload['on'] else 'is tagged'} {payload['tag']}"
    if fact.kind == EventKind.BASELINE_PINNED:
        before = payload.get("before")
        other = f"run {before} is the baseline of" if before is not None else "there is no baseline of"
        return f"{other} {payload['recipe']}"
    if fact.kind == EventKind.BASELINE_UNPINNED:
        return f"{fact.subject} is the baseline of {payload['recipe']}"
    if fact.kind == EventKind.ALERT_ACKNOWLEDGED:
        return f"{fact.subject} ({payload['monitor']}) {'needs a person again' if payload['on'] else 'is acknowledged'}"
    if fact.kind == EventKind.MONITOR_SILENCED:
        before = payload.get("before")
        return f"{fact.subject} {f'is silent until {before}' if before else 'speaks again'}"
    if fact.kind == EventKind.MONITOR_CHANGED:
        return f"{fact.subject} goes by {_set(payload['before'], payload['enabled_before'])}"
    return f"{name(fact)} {BACK.get(fact.kind, fact.kind)}"


def _set(settings: Mapping[str, Any], enabled: bool) -> str:
    """The thresholds of a monitor in words."""
    if not enabled:
        return "off"
    return " ".join(f"{key}={value}" for key, value in settings.items()) or "what its recipe says"


def told(change: Change) -> str:
    """The whole act in one line."""
    return _few([said(fact) for fact in change.facts])


def returns(change: Change) -> str:
    """What comes back of it now, in one line."""
    return _few([back(fact) for fact in change.top])


def _few(lines: Sequence[str]) -> str:
    more = f"; and {len(lines) - NAMED:,} more" if len(lines) > NAMED else ""
    return "; ".join(lines[:NAMED]) + more
