"""Questions about monitors and alerts: acknowledge, silence, what a monitor goes by. Each shows what will change."""

from __future__ import annotations

from core.services import alerting, monitoring
from core.views import alerts as alert_views
from core.views import monitors as views
from core.workspace import Workspace
from screens import format as f
from screens.inquiry import Alternatives, Option, Prepared, Question, refuse
from screens.texts import changes

TIMES = (  # letter, words, as the command takes it
    ("1", "for an hour", "1h"), ("8", "for eight hours", "8h"), ("d", "for a day", "1d"),
    ("r", "until its alert is resolved", monitoring.RESOLVED), ("g", "for good", monitoring.FOREVER),
)


def acknowledge(workspace: Workspace, alert: int | None, monitor: str = "") -> Prepared:
    if alert is None:
        raise refuse(f"{monitor or 'this monitor'} has no alert", "only what is wrong is acknowledged")
    row = alert_views.show(workspace, alert)
    if row.state != "open":
        raise refuse(f"alert {alert} is {row.state}", "only an open one is acknowledged")
    lines = changes(
        ("alert", f"{alert} of {row.monitor}"), ("what", row.what),
        ("then", "it needs nobody any more; it holds until the monitor is well again"), ("undo", "footplate undo"),
    )
    question = Question(f"Acknowledge alert {alert}?", lines, f"footplate alerts ack {alert}")
    return question, lambda: alerting.acknowledge(workspace, alert)


def silences(workspace: Workspace, name: str) -> Prepared | Alternatives:
    """For how long; one that is silent is heard again."""
    row = views.show(workspace, name)
    if row.silenced_until is not None:
        lines = changes(
            ("monitor", name), ("now", f"silent {monitoring.said(row.silenced_until)}, by {row.silenced_by}"),
            ("then", "people are told of its alerts again"),
        )
        question = Question(f"Hear {name} again?", lines, f"footplate monitors silence {f.quoted(name)} off")
        return question, lambda: monitoring.silence(workspace, name, monitoring.OFF)
    return Alternatives(f"Silence {name}", [
        (Option(letter, words, time), lambda time=time: silence(workspace, name, time))  # type: ignore[misc]
        for letter, words, time in TIMES
    ])


def silence(workspace: Workspace, name: str, time: str) -> Prepared:
    until = monitoring.until_of(time, workspace.clock.now())
    if until is None:
        raise refuse(f"{name} is not silenced")
    lines = changes(
        ("monitor", name), ("silent", monitoring.said(until)),
        ("then", "nobody is told of its alerts; readings and triggers go on"), ("undo", "footplate undo"),
    )
    question = Question(
        f"Silence {name} {monitoring.said(until)}?", lines, f"footplate monitors silence {f.quoted(name)} {time}"
    )
    return question, lambda: monitoring.silence(workspace, name, time)


def threshold(workspace: Workspace, name: str, key: str, text: str) -> Prepared:
    """What was typed, held against what holds now. UsageError where it is no such value."""
    now, source = monitoring.effective(workspace, name)[key]
    value = monitoring.checked(key, text)
    lines = changes(
        ("monitor", name), ("what", MEANING[key]),
        ("now", f"{now if now is not None else 'its own'} ({source})"),
        ("then", f"{value}, from its next reading on"),
        ("undo", "footplate undo"),
    )
    question = Question(
        f"Set the {key.replace('_', ' ')} of {name} to {value}?", lines,
        f"footplate monitors threshold {f.quoted(name)} {key}={value}",
    )
    return question, lambda: monitoring.threshold(workspace, name, {key: text})


def reset(workspace: Workspace, name: str) -> Prepared:
    row = views.show(workspace, name)
    if not row.settings:
        raise refuse(f"nobody has set anything of {name}", "its recipe holds")
    said = ", ".join(f"{key} {value}" for key, value in row.settings.items())
    lines = changes(("monitor", name), ("now", f"{said}, set by a person"), ("then", "what its recipe says holds"))
    question = Question(
        f"Let {name} go by its recipe again?", lines, f"footplate monitors threshold {f.quoted(name)} --default"
    )
    return question, lambda: monitoring.threshold(workspace, name, {}, default=True)


MEANING = {
    "effect": "how large it has to be to matter",
    "level": "share of false alarms, over all columns",
    "min_rows": "with fewer, nothing is said",
}
LETTERS = {"e": "effect", "l": "level", "r": "min_rows"}
