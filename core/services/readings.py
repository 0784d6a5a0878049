"""One reading of a monitor, kept: its report and event, the alert that it raises or resolves, what is done then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from core.recipes.recipe import Recipe
from core.recipes.sections import Watch
from core.registry import alerts, monitors
from core.registry.database import Fence, Transaction
from core.services import alerting, reacting
from core.settings import NotifySettings
from core.vocabulary import EventKind, MonitorKind, Reading

Row = Mapping[Any, Any]
OF_BOTH = (  # read of what arrives and of what is asked
    MonitorKind.DRIFT, MonitorKind.PREDICTION, MonitorKind.PERFORMANCE, MonitorKind.ESTIMATE,
)


@dataclass(frozen=True)
class Taken:
    """What was read, before it is kept. `source` is the data version (flights@7) or the window that was read,
    `version` that of the model; `since` the data version where it was, {"dataset", "version"}."""

    kind: MonitorKind
    source: str
    version: int | None
    rows: int
    verdict: Reading
    summary: str
    value: float | None = None
    threshold: float | None = None
    lower: float | None = None
    upper: float | None = None
    columns: Sequence[Mapping[str, Any]] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    since: Mapping[str, Any] | None = None

    def row(self) -> dict[str, Any]:
        return {
            "source": self.source, "version": self.version, "rows": self.rows, "verdict": self.verdict,
            "summary": self.summary, "value": self.value, "threshold": self.threshold, "lower": self.lower,
            "upper": self.upper, "columns": list(self.columns), "evidence": dict(self.evidence),
        }


def settings_of(connection: Connection, recipe: Recipe, kind: MonitorKind) -> Watch:
    """What a monitor goes by: as a person set it, else as the recipe says."""
    said: Watch = getattr(recipe.monitors, kind, Watch())
    row = monitors.get(connection, monitors.name_of(recipe.name, kind))
    if row is None:
        return said
    return said.model_copy(update={**row["settings"], "enabled": said.enabled and bool(row["enabled"])})


def keep(
    tx: Transaction, recipe: Recipe, taken: Taken, *, tell: NotifySettings, under_way: Fence | None = None
) -> int | None:
    """Write it down with all that follows; returns the report, None where the same was read before.

    `under_way`: the train job that is about to learn from these very rows.
    """
    monitor = monitors.ensure(tx, recipe.name, taken.kind)
    report = monitors.add_report(tx, monitor, taken.row())
    if report is None:
        return None
    tx.emit(
        EventKind.MONITOR_REPORTED, f"monitor {monitor['name']}", source=taken.source, version=taken.version,
        verdict=taken.verdict, value=taken.value, rows=taken.rows, summary=taken.summary,
    )
    if taken.verdict == Reading.ALERT:
        alert = alerting.breached(tx, monitor, report, _evidence(recipe, taken))
        done = reacting.react(tx, recipe, monitor, alert, under_way)
        alerting.announce(tx, monitor, alerting.find(tx.connection, alert["id"]), tell, also=done.about)
    elif taken.verdict in (Reading.OK, Reading.WARNING) and _speaks_of_it(tx.connection, monitor, taken):
        normal = bool(taken.evidence.get("new_normal"))
        resolved = alerting.well_again(tx, monitor, report, taken.summary, tell, now_normal=normal)
        if resolved is not None:
            reacting.call_off(tx, recipe, resolved)
        if taken.kind == MonitorKind.PERFORMANCE:  # what is measured is worth more than what was estimated
            _over(tx, recipe, MonitorKind.ESTIMATE, f"measured on {taken.source}: {taken.summary}", tell)
    return report


def _speaks_of_it(connection: Connection, monitor: Row, taken: Taken) -> bool:
    """Whether a reading says something of the alert: what arrived does not tell that what is asked for is well again,
    nor the other way round."""
    alert = alerts.open_for(connection, monitor["model"], monitor["kind"])
    if taken.kind not in OF_BOTH or alert is None:
        return True
    return _arrived(str(alert["evidence"].get("source", ""))) == _arrived(taken.source)


def _arrived(source: str) -> bool:
    """Whether a source is a data version (flights@7); else it is a window of requests, or the clock."""
    return "@" in source


def end_what_is_off(tx: Transaction, recipe: Recipe, tell: NotifySettings) -> None:
    """A monitor that is switched off will never say that it is well again: its alert is over."""
    for alert in alerts.live(tx.connection, recipe.name):
        kind = MonitorKind(alert["kind"])
        if not settings_of(tx.connection, recipe, kind).enabled:
            _over(tx, recipe, kind, "its monitor is off", tell, known=True)


def _over(
    tx: Transaction, recipe: Recipe, kind: MonitorKind, why: str, tell: NotifySettings, *, known: bool = False
) -> None:
    monitor = monitors.ensure(tx, recipe.name, kind)
    resolved = alerting.over(tx, monitor, why, tell, known=known)
    if resolved is not None:
        reacting.call_off(tx, recipe, resolved)


def _evidence(recipe: Recipe, taken: Taken) -> dict[str, Any]:
    """What an alert says of its newest reading."""
    name = monitors.name_of(recipe.name, taken.kind)
    columns = [one["column"] for one in taken.columns if one["verdict"] == Reading.ALERT]
    return {
        "what": taken.summary, "source": taken.source, "model_version": taken.version, "rows": taken.rows,
        "value": taken.value, "threshold": taken.threshold, "bar": taken.threshold, "columns": columns[:20],
        **({"since": dict(taken.since)} if taken.since is not None else {}),
        **{key: taken.evidence[key] for key in ("metric", "usual", "before", "guard") if key in taken.evidence},
        "commands": alerting.commands(recipe.name, name),
    }
