"""What a run is to those who look: its row with metrics, data, tags, and where it stands among its recipe's runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from core.registry.tables import Alias, Baseline, RunNote
from core.views.run_fields import (
    DATA,
    LOWER_IS_BETTER,
    METRIC,
    METRICS,
    MODEL_VERSION,
    RECIPE_VERSION,
    RUN,
    TAG,
    VERSION,
)
from core.views.shape import gate, moment, number, numbers
from core.vocabulary import AliasName

ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
BASELINE: Any = Baseline.__table__  # type: ignore[attr-defined]
NOTE: Any = RunNote.__table__  # type: ignore[attr-defined]
CHUNK = 500


class Interval(NamedTuple):
    """A metric with its 95 % interval, where that could be told."""

    value: float
    lower: float | None = None
    upper: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {"value": number(self.value), "lower": number(self.lower), "upper": number(self.upper)}


class Difference(NamedTuple):
    """One metric less the other. `better` is None where they are equal or nobody knows which way is better;
    `clear`: their 95 % intervals do not overlap, so that chance alone hardly makes it."""

    value: float
    better: bool | None
    clear: bool

    def to_json(self) -> dict[str, Any]:
        return {"value": number(self.value), "better": self.better, "clear": self.clear}


def lower_is_better(metric: str) -> bool | None:
    """None: a metric of somebody's own, of which nobody said."""
    return metric in LOWER_IS_BETTER if metric in METRICS else None


def difference(metric: str, ours: Interval, theirs: Interval) -> Difference:
    value, lower = ours.value - theirs.value, lower_is_better(metric)
    better = None if not value or lower is None else (value < 0) == lower
    known = None not in (ours.lower, ours.upper, theirs.lower, theirs.upper)
    clear = known and (ours.lower > theirs.upper or theirs.lower > ours.upper)  # type: ignore[operator]
    return Difference(value, better, bool(clear))


def differences(ours: Mapping[str, Interval], theirs: Mapping[str, Interval]) -> dict[str, Difference]:
    """Of the metrics that both have."""
    return {name: difference(name, one, theirs[name]) for name, one in ours.items() if name in theirs}


@dataclass(frozen=True)
class Tag:
    """A word on a run; older tags do not say who put them on."""

    name: str
    actor: str | None
    at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {"tag": self.name, "actor": self.actor, "at": moment(self.at)}


@dataclass(frozen=True)
class Note:
    text: str
    actor: str
    at: datetime

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "actor": self.actor, "at": moment(self.at)}


@dataclass(frozen=True)
class Run:
    """One execution of a recipe. `metrics` are those of the evaluated fit."""

    id: int
    recipe: str
    recipe_hash: str
    state: str
    cause: str
    params: dict[str, Any]
    metrics: dict[str, float]
    data: tuple[tuple[str, int], ...]  # (dataset, version)
    rows_train: int | None
    rows_holdout: int | None
    seed: int
    gate: dict[str, Any] | None
    model_version: int | None
    error: str | None
    actor: str
    started_at: datetime | None
    ended_at: datetime | None
    # beside the contract, for screens
    job: int | None
    primary: str | None  # the metric that decided
    headline: str  # `.812 against .806 on 602 (-.004 to +.016)`, empty before there is one
    outcome: str | None  # promoted | registered | waiting | refused | none
    decision: str  # what became of it, in words
    seconds: float | None
    intervals: dict[str, Interval]
    tagged: tuple[Tag, ...]
    note: Note | None  # the newest
    champion: bool  # its version is the champion of its model now
    baseline: int | None  # of its recipe; may be this run
    baseline_intervals: Mapping[str, Interval]  # the baseline's metrics
    judged_on: tuple[Any, ...]  # equal for runs that were judged on the same rows

    @property
    def verdict(self) -> str | None:
        return self.gate["verdict"] if self.gate else None

    @property
    def value(self) -> float | None:
        """The primary metric."""
        return self.metrics.get(self.primary) if self.primary else None

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(tag.name for tag in self.tagged)

    @property
    def is_baseline(self) -> bool:
        return self.baseline == self.id

    def against_baseline(self, metric: str | None) -> Difference | None:
        """None where there is no baseline, it is this run, or either lacks the metric."""
        if self.is_baseline or metric not in self.intervals or metric not in self.baseline_intervals:
            return None
        return difference(metric, self.intervals[metric], self.baseline_intervals[metric])

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "recipe": self.recipe, "recipe_hash": self.recipe_hash, "state": self.state,
            "cause": self.cause, "params": self.params, "metrics": numbers(self.metrics),
            "data": [{"dataset": dataset, "version": version} for dataset, version in self.data],
            "rows_train": self.rows_train, "rows_holdout": self.rows_holdout, "seed": self.seed, "gate": self.gate,
            "model_version": self.model_version, "error": self.error, "actor": self.actor,
            "started_at": moment(self.started_at), "ended_at": moment(self.ended_at),
        }


_OWN = (
    "id", "recipe", "state", "cause", "params", "rows_train", "rows_holdout", "seed", "gate", "error", "actor",
    "started_at", "ended_at", "primary_metric", "seconds", "job_id", "basis", "decision",
)
STATEMENT = (
    select(
        *(RUN.c[name] for name in _OWN), RECIPE_VERSION.c.hash.label("recipe_hash"),
        MODEL_VERSION.c.version.label("model_version"),
    )
    .join_from(RUN, RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id)
    .join(MODEL_VERSION, MODEL_VERSION.c.run_id == RUN.c.id, isouter=True)
)
_KNOWN = frozenset(one.name for one in fields(Run))


def runs_of(connection: Connection, rows: Sequence[Any]) -> Iterable[Run]:
    """The runs of some rows of `STATEMENT`, what belongs to them fetched together."""
    ids = [row["id"] for row in rows]
    champions, pinned = _champions(connection), _baselines(connection)
    metrics = _metrics(connection, [*ids, *set(pinned.values()).difference(ids)])
    data, tags, notes = _data(connection, ids), _tags(connection, ids), _notes(connection, ids)
    for row in rows:
        id, basis, decision = row["id"], row["basis"] or {}, row["decision"] or {}
        intervals, baseline, used = metrics.get(id, {}), pinned.get(row["recipe"]), data.get(id, ())
        yield Run(**{
            **{name: row[name] for name in row if name in _KNOWN},
            "params": row["params"] or {}, "metrics": {name: one.value for name, one in intervals.items()},
            "data": used, "gate": gate(row["gate"]), "job": row["job_id"], "primary": row["primary_metric"],
            "headline": basis.get("headline") or "", "outcome": decision.get("outcome"),
            "decision": decision.get("text") or "", "intervals": intervals, "tagged": tags.get(id, ()),
            "note": notes.get(id), "champion": id in champions, "baseline": baseline,
            "baseline_intervals": metrics.get(baseline, {}) if baseline is not None else {},
            "judged_on": judged_on(used, row["rows_holdout"], basis, row["seed"]),
        })


def judged_on(used: tuple[Any, ...], rows: int | None, basis: Mapping[str, Any], seed: int) -> tuple[Any, ...]:
    """Equal for runs that were judged on the same rows of the same versions of data. Which rows are new depends on
    the champion, and which are drawn by chance on the seed; both are no matter elsewhere."""
    how = basis.get("how") or ""
    champion = basis.get("champion_run") if basis.get("kind") == "unseen" else None
    return used, rows, basis.get("kind"), how, champion, seed if "by chance" in how else None


def _champions(connection: Connection) -> frozenset[int]:
    """The runs whose versions are champions; there are as many as there are models."""
    return frozenset(connection.execute(
        select(MODEL_VERSION.c.run_id)
        .join(ALIAS, (ALIAS.c.model == MODEL_VERSION.c.model) & (ALIAS.c.version == MODEL_VERSION.c.version))
        .where(ALIAS.c.alias == AliasName.CHAMPION)
    ).scalars())


def _baselines(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(BASELINE.c.recipe, BASELINE.c.run_id)).fetchall()
    return {recipe: run for recipe, run in rows}  # noqa: C416


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _metrics(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Interval]]:
    found: dict[int, dict[str, Interval]] = {}
    for some in _chunks(ids):
        rows = connection.execute(
            select(METRIC.c.run_id, METRIC.c.name, METRIC.c.value, METRIC.c.lower, METRIC.c.upper)
            .where(METRIC.c.run_id.in_(some))
        )
        for id, name, value, lower, upper in rows:
            found.setdefault(id, {})[name] = Interval(value, lower, upper)
    return found


def _data(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[tuple[str, int], ...]]:
    """The versions that each run learned from. Put together by SQLite: a run may have thousands."""
    found: dict[int, tuple[tuple[str, int], ...]] = {}
    for some in _chunks(ids):
        rows = connection.execute(
            select(DATA.c.run_id, VERSION.c.dataset, func.group_concat(VERSION.c.version))
            .join(VERSION, VERSION.c.id == DATA.c.version_id)
            .where(DATA.c.run_id.in_(some), DATA.c.used).group_by(DATA.c.run_id, VERSION.c.dataset)
        )
        for id, dataset, numbers_ in rows:
            versions = sorted(map(int, numbers_.split(",")))
            found[id] = found.get(id, ()) + tuple((dataset, version) for version in versions)
    return found


def _tags(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Tag, ...]]:
    found: dict[int, tuple[Tag, ...]] = {}
    for some in _chunks(ids):
        rows = connection.execute(
            select(TAG.c.run_id, TAG.c.tag, TAG.c.actor, TAG.c.at).where(TAG.c.run_id.in_(some))
            .order_by(TAG.c.run_id, TAG.c.tag)
        )
        for id, *tag in rows:
            found[id] = (*found.get(id, ()), Tag(*tag))
    return found


def _notes(connection: Connection, ids: Sequence[int]) -> dict[int, Note]:
    """The newest note of each run that has one."""
    found: dict[int, Note] = {}
    for some in _chunks(ids):
        rows = connection.execute(
            select(NOTE.c.run_id, NOTE.c.text, NOTE.c.actor, NOTE.c.at).where(NOTE.c.run_id.in_(some))
            .order_by(NOTE.c.id)
        )
        found |= {id: Note(*note) for id, *note in rows}
    return found
