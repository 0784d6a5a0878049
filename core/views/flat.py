"""Rows flat: a value a name, as files and chosen columns have them. One `Table` a kind of row.

The names are those of filters and orders where there are such; metrics and parameters of runs are names, too.
Values are JSON: numbers, texts, true or false, None, and lists and objects where a value is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from core.errors import UsageError
from core.query.fields import nearest
from core.text import shortened
from core.views.shape import moment, number

Value = Callable[[Any], Any]
METRICS, PARAMS = "metrics.", "params."


@dataclass(frozen=True)
class Table:
    """`known` are the values that every row has; `more` makes one of a name that rows may bring (None: no such)."""

    known: Mapping[str, Value]
    more: Callable[[str], Value | None] = lambda name: None

    def value(self, name: str) -> Value:
        """Raises UsageError with the nearest name where there is no such column."""
        found = self.known.get(name) or self.more(name)
        if found is None:
            near = nearest(name, list(self.known))
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(self.known)}"
            raise UsageError(f"there is no column {shortened(name)!r} here", hint)
        return lambda row: plain(found(row))

    def values(self, names: Sequence[str]) -> list[Value]:
        return [self.value(name) for name in names]


def plain(value: Any) -> Any:
    """As JSON knows it: times ISO 8601 in UTC, NaN and infinity None."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return value


def split(text: str) -> list[str]:
    """The names of a list with commas, each once; a parameter may be written param:NAME."""
    names = [one.strip() for one in text.split(",")]
    return list(dict.fromkeys(_named(name) for name in names if name))


def _named(name: str) -> str:
    for short in ("param:", "params:"):
        if name.startswith(short):
            return PARAMS + name.removeprefix(short)
    return name.replace("metric:", METRICS, 1) if name.startswith("metric:") else name


def _own(*names: str, **others: Value) -> dict[str, Value]:
    """Values that are attributes of the row, by name, and others."""
    def attribute(name: str) -> Value:
        return lambda row: getattr(row, name)

    return {name: attribute(name) for name in names} | others


def _run(name: str) -> Value | None:
    """A metric or a parameter; a bare name is a metric."""
    if name.startswith(PARAMS):
        return lambda row: row.params.get(name.removeprefix(PARAMS))
    metric = name.removeprefix(METRICS)
    return (lambda row: row.metrics.get(metric)) if metric and not metric.startswith("-") else None


def _metric(name: str) -> Value | None:
    return None if name.startswith(PARAMS) else _run(name)


def _joined(words: Iterable[Any]) -> str:
    return " ".join(map(str, words))


def _findings(found: Sequence[Mapping[str, Any]]) -> str | None:
    return "; ".join(str(one["message"]) for one in found) or None


def _apart(row: Any) -> float | None:
    found = row.against_baseline(row.primary)
    return None if found is None else float(found.value)


def _seconds(row: Any) -> float | None:
    return None if row.started_at is None or row.ended_at is None else (row.ended_at - row.started_at).total_seconds()


def _champion(row: Any) -> Any:
    return row.version(row.champion)


RUNS: Final = Table(
    _own(
        "id", "recipe", "recipe_hash", "state", "cause", "actor", "seed", "rows_train", "rows_holdout", "verdict",
        "outcome", "model_version", "error", "started_at", "ended_at", "seconds", "primary", "headline", "decision",
        "champion", "job",
        data=lambda row: _joined(f"{dataset}@{version}" for dataset, version in row.data),
        tags=lambda row: _joined(row.tags),
        score=lambda row: row.value, baseline=_apart, note=lambda row: None if row.note is None else row.note.text,
    ),
    _run,
)
VERSIONS: Final = Table(_own(
    "dataset", "version", "state", "rows", "columns", "labelled", "bad_rows", "bytes", "hash", "added_at", "cause",
    "actor", "discarded", "time_min", "time_max", "superseded_by",
    file=lambda row: row.file_name, why=lambda row: _findings(row.reasons or row.warnings),
    reason=lambda row: _findings(row.reasons), warning=lambda row: _findings(row.warnings),
))
DATASETS: Final = Table(_own(
    "name", "recipe", "versions", "accepted", "quarantined", "rows", "labelled", "newest", "newest_state", "added_at",
))
MODELS: Final = Table(_own(
    "name", "task", "champion", "challenger", "held", "held_by", "held_reason", "primary",
    score=lambda row: None if _champion(row) is None else _champion(row).metrics.get(row.primary),
    versions=lambda row: len(row.versions),
    registered_at=lambda row: None if _champion(row) is None else _champion(row).registered_at,
    trend=lambda row: [one.metrics.get(row.primary) for one in reversed(row.versions)],
))
MODEL_VERSIONS: Final = Table(
    _own(
        "model", "version", "run", "verdict", "rows", "bytes", "artifact", "registered_at", "measured",
        alias=lambda row: _joined(row.aliases),
    ),
    _metric,
)
JOBS: Final = Table(_own(
    "id", "kind", "subject", "state", "cause", "attempts", "error", "progress", "queued_at", "started_at", "ended_at",
    "actor", "not_before", "pid", "payload", seconds=_seconds, says=lambda row: row.error or row.progress,
))
EVENTS: Final = Table(_own("id", "at", "kind", "subject", "actor", "payload", "hash", "previous_hash"))
STREAM: Final = Table(_own(
    "id", "at", "kind", "subject", "actor", "payload", "file", "hash", "previous_hash",
    text=lambda row: "\n".join(row.lines) or None,
))
DECISIONS: Final = Table(_own("event", "at", "outcome", "text", "subject", "name", "run"))
RECIPES: Final = Table(_own(
    "name", "valid", "paused", "watch", "target", "task", "dataset", "schedule", "next_at", "hash", "path",
))
MODEL_LINES: Final = Table(_own(
    "name", "state", "task", "champion", "metric", "value", "change", "trend", "held", "paused", "newest",
    "newest_state", "newest_at", "last", "last_outcome", "last_run", "last_at", "next", "next_at",
))
MONITORS: Final = Table(_own(
    "name", "kind", "subject", "verdict", "value", "unit", "at", "summary", "model", "version", "rows", "threshold",
    "enabled", "silenced_until", "alert", "alert_state", "since",
    readings=lambda row: [one.value for one in row.readings],
))
READINGS: Final = Table(_own(
    "source", "at", "value", "note", "verdict", "threshold", "lower", "upper", "version", "rows", "id",
))
ALERTS: Final = Table(_own(
    "id", "monitor", "model", "kind", "state", "opened_at", "what", "does", "readings", "rows", "source",
    "acknowledged_at", "acknowledged_by", "resolved_at",
    columns=lambda row: _joined(row.columns),
    since=lambda row: None if row.since is None else f"{row.since['dataset']}@{row.since['version']}",
))
DRIFTS: Final = Table({
    name: (lambda row, name=name: row.get(name)) for name in (  # type: ignore[misc]
        "column", "statistic", "value", "threshold", "p_value", "importance", "verdict", "note",
    )
})
DEPLOYMENTS: Final = Table(_own(
    "name", "model", "environment", "state", "version", "previous", "candidate", "strategy", "share", "step", "steps",
    "revision", "split", "rate", "why", "actor", "changed_at", "servers", "behind",
    requests=lambda row: None if row.stable is None else row.stable.requests,
    error_rate=lambda row: None if row.stable is None else row.stable.error_rate,
    p50=lambda row: None if row.stable is None else row.stable.p50,
    p95=lambda row: None if row.stable is None else row.stable.p95,
    p99=lambda row: None if row.stable is None else row.stable.p99,
    candidate_requests=lambda row: None if row.beside is None else row.beside.requests,
    candidate_error_rate=lambda row: None if row.beside is None else row.beside.error_rate,
    candidate_p95=lambda row: None if row.beside is None else row.beside.p95,
    agreement=lambda row: None if row.beside is None else row.beside.agreement,
))
PIPELINES: Final = Table(_own(
    "id", "recipe", "hash", "commit", "state", "says", "run", "job", "actor", "started_at", "ended_at",
    stage=lambda row: row.stage.name if row.stage else None, seconds=_seconds,
    stages=lambda row: _joined(f"{one.name}={one.state}" for one in row.stages),
))
NEEDS: Final = Table(_own("kind", "subject", "name", "text", "command", "screen", "key", "at"))
WAITING: Final = Table(_own("recipe", "dataset", "folder", "file", "bytes", "changed_at", "why", "never"))
TRIGGERS: Final = Table(_own("name", "recipe", "kind", "state", "says", "next_at", "free_at", "why"))
