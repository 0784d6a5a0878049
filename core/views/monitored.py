"""A monitor and its readings, as they are shown and as programs get them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from core.views.shape import moment, number
from core.vocabulary import MonitorKind
from core.vocabulary import Reading as Said

RUN_PREFIX: Final = "run "
LAST: Final = 24  # readings of a monitor that are shown at once
WORST_FIRST: Final = (Said.ALERT, Said.WARNING, Said.INSUFFICIENT_DATA, Said.OK)
UNITS: Final[dict[str, str]] = {
    MonitorKind.DRIFT: "effect", MonitorKind.PREDICTION: "effect", MonitorKind.QUALITY: "warnings",
    MonitorKind.FRESHNESS: "seconds", MonitorKind.SERVICE: "ms", MonitorKind.WATCH: "monitors",
}


@dataclass(frozen=True)
class Reading:
    """`source` is the version (flights@7), the run (run 12) or the window that was read; `id` of its report, None
    where it was told from what is recorded."""

    source: str
    at: datetime | None
    value: float | None
    note: str = ""
    verdict: str = ""
    threshold: float | None = None
    lower: float | None = None
    upper: float | None = None
    version: int | None = None
    rows: int | None = None
    id: int | None = None

    @property
    def run(self) -> int | None:
        """The run that was read; None for anything else."""
        return int(self.source.removeprefix(RUN_PREFIX)) if self.source.startswith(RUN_PREFIX) else None

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source, "at": moment(self.at), "value": number(self.value), "note": self.note,
            "verdict": self.verdict or None, "threshold": number(self.threshold), "lower": number(self.lower),
            "upper": number(self.upper), "version": self.version, "rows": self.rows, "report": self.id,
        }


@dataclass(frozen=True)
class Monitor:
    """`readings` are oldest first; their `unit` is seconds since the arrival before, warnings of a version, a metric,
    or the effect of a drift. `columns` are those of the newest reading, where one monitor is shown. `settings` are
    what people set; `alert` is the id of the one that is live, `alert_state` its state."""

    kind: str
    subject: str  # the model, or the dataset where no model has one yet
    verdict: str
    summary: str
    at: datetime | None
    unit: str
    readings: tuple[Reading, ...]
    model: str | None = None
    version: int | None = None
    rows: int | None = None
    threshold: float | None = None
    columns: tuple[Mapping[str, Any], ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    silenced_until: datetime | None = None
    silenced_by: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    alert: int | None = None
    alert_state: str | None = None

    @property
    def name(self) -> str:
        return f"{self.subject}/{self.kind}"

    @property
    def since(self) -> datetime | None:
        """From when on, of the readings that are shown, the verdict has been what it is."""
        began = self.at
        for one in reversed(self.readings):
            if one.verdict != self.verdict:
                break
            began = one.at
        return began

    @property
    def value(self) -> float | None:
        return self.readings[-1].value if self.readings else None

    def to_json(self) -> dict[str, Any]:
        return {
            "monitor": self.name, "kind": self.kind, "subject": self.subject, "at": moment(self.at),
            "model": self.model, "version": self.version, "rows": self.rows, "verdict": self.verdict,
            "columns": [dict(one) for one in self.columns], "summary": self.summary, "unit": self.unit,
            "value": number(self.value), "threshold": number(self.threshold), "enabled": self.enabled,
            "silenced_until": moment(self.silenced_until), "settings": dict(self.settings), "alert": self.alert,
            "readings": [one.to_json() for one in self.readings],
        }


@dataclass(frozen=True)
class Report:
    """One reading, whole. `columns` as the contract says, with `shares` (reference against current) to be drawn."""

    id: int
    monitor: str
    kind: str
    at: datetime
    model: str
    version: int | None
    source: str
    rows: int
    verdict: str
    value: float | None
    lower: float | None
    upper: float | None
    threshold: float | None
    columns: tuple[Mapping[str, Any], ...]
    evidence: Mapping[str, Any]
    summary: str

    def to_json(self) -> dict[str, Any]:
        return {
            "report": self.id, "monitor": self.monitor, "kind": self.kind, "at": moment(self.at), "model": self.model,
            "version": self.version, "source": self.source, "rows": self.rows, "verdict": self.verdict,
            "value": number(self.value), "lower": number(self.lower), "upper": number(self.upper),
            "threshold": number(self.threshold), "columns": [dict(one) for one in self.columns],
            "evidence": dict(self.evidence), "summary": self.summary,
        }
