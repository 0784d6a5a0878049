"""Runs: the leaderboard, one run in full, up to eight side by side, curves and the log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from core.errors import NotFound, UsageError
from core.registry.tables import Artifact, RunNote, RunPoint
from core.text import visible
from core.views import run_fields
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.run_fields import DATA, METRIC, MODEL_VERSION, RECIPE_VERSION, RUN, TAG, VERSION
from core.views.shape import gate, moment, number, numbers
from core.views.spans import spans
from core.workspace import Workspace

ARTIFACT: Any = Artifact.__table__  # type: ignore[attr-defined]
NOTE: Any = RunNote.__table__  # type: ignore[attr-defined]
POINT: Any = RunPoint.__table__  # type: ignore[attr-defined]
MOST_COMPARED = 8
CURVES = "curves.json"
CHUNK = 500
LOG_BYTES = 256 << 10  # of the end of a log that are looked at


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
    tags: tuple[str, ...]

    @property
    def verdict(self) -> str | None:
        return self.gate["verdict"] if self.gate else None

    @property
    def value(self) -> float | None:
        """The primary metric."""
        return self.metrics.get(self.primary) if self.primary else None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "recipe": self.recipe, "recipe_hash": self.recipe_hash, "state": self.state,
            "cause": self.cause, "params": self.params, "metrics": numbers(self.metrics),
            "data": [{"dataset": dataset, "version": version} for dataset, version in self.data],
            "rows_train": self.rows_train, "rows_holdout": self.rows_holdout, "seed": self.seed, "gate": self.gate,
            "model_version": self.model_version, "error": self.error, "actor": self.actor,
            "started_at": moment(self.started_at), "ended_at": moment(self.ended_at),
        }


@dataclass(frozen=True)
class Interval:
    """A metric with its 95 % interval, where that could be told."""

    value: float
    lower: float | None
    upper: float | None

    def to_json(self) -> dict[str, Any]:
        return {"value": number(self.value), "lower": number(self.lower), "upper": number(self.upper)}


@dataclass(frozen=True)
class File:
    """An artifact: a file that a run left, in the store."""

    name: str
    bytes: int
    hash: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "bytes": self.bytes, "hash": self.hash}


@dataclass(frozen=True)
class Note:
    text: str
    actor: str
    at: datetime

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "actor": self.actor, "at": moment(self.at)}


@dataclass(frozen=True)
class Full:
    """A run with all that is recorded of it: the contract's object and more keys."""

    run: Run
    intervals: dict[str, Interval]
    artifacts: tuple[File, ...]
    notes: tuple[Note, ...]
    environment: dict[str, Any] | None
    basis: dict[str, Any] | None
    decision: dict[str, Any] | None
    rows_refit: int | None
    cpu_seconds: float | None
    peak_memory: int | None
    git: dict[str, Any] | None  # of the recipe's folder when its version was saved
    settings: dict[str, Any] | None  # what `train --set` put over the recipe
    recipe_text: str
    log: Path | None
    deleted: bool

    def to_json(self) -> dict[str, Any]:
        return self.run.to_json() | {
            "intervals": {name: one.to_json() for name, one in self.intervals.items()},
            "artifacts": [one.to_json() for one in self.artifacts], "notes": [one.to_json() for one in self.notes],
            "tags": [*self.run.tags], "environment": self.environment, "basis": self.basis, "decision": self.decision,
            "rows_refit": self.rows_refit, "seconds": number(self.run.seconds), "cpu_seconds": number(self.cpu_seconds),
            "peak_memory": self.peak_memory, "git": self.git, "settings": self.settings, "job": self.run.job,
            "deleted": self.deleted,
        }


@dataclass(frozen=True)
class Line:
    """One line of a comparison: a value a run, None where a run has none."""

    section: str  # "run", "params" or "metrics"
    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values[1:])

    def to_json(self) -> dict[str, Any]:
        values = [number(value) if isinstance(value, float) else value for value in self.values]
        return {"section": self.section, "name": self.name, "values": values, "differs": self.differs}


@dataclass(frozen=True)
class Comparison:
    runs: tuple[Run, ...]
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        return {"runs": [run.to_json() for run in self.runs], "lines": [line.to_json() for line in self.lines]}


_OWN = (
    "id", "recipe", "state", "cause", "params", "rows_train", "rows_holdout", "seed", "gate", "error", "actor",
    "started_at", "ended_at", "primary_metric", "seconds", "job_id", "basis", "decision",
)
_STATEMENT = (
    select(
        *(RUN.c[name] for name in _OWN), RECIPE_VERSION.c.hash.label("recipe_hash"),
        MODEL_VERSION.c.version.label("model_version"),
    )
    .join_from(RUN, RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id)
    .join(MODEL_VERSION, MODEL_VERSION.c.run_id == RUN.c.id, isouter=True)
)


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Run]:
    """Runs, newest first; what a person deleted is not among them."""
    with workspace.registry.read() as connection:
        rows, cursor = _listing(connection).read(connection, where, order, limit, after, workspace.clock.now())
        return Page(tuple(_runs(connection, rows)), cursor)


def count(workspace: Workspace, where: str = "") -> int:
    """How many runs a filter finds."""
    with workspace.registry.read() as connection:
        return _listing(connection).count(connection, where, workspace.clock.now())


def _listing(connection: Connection) -> Listing:
    return Listing(_STATEMENT.where(~RUN.c.deleted), run_fields.fields(connection), tie=RUN.c.id)


def get(workspace: Workspace, id: int) -> Run:
    """Raises NotFound."""
    return several(workspace, [id])[0]


def several(workspace: Workspace, ids: Sequence[int]) -> tuple[Run, ...]:
    """Runs by id, in the order asked for. Raises NotFound."""
    with workspace.registry.read() as connection:
        rows = connection.execute(_STATEMENT.where(RUN.c.id.in_(ids))).mappings().all()
        found = {run.id: run for run in _runs(connection, rows)}
    for id in ids:
        if id not in found:
            raise NotFound(f"there is no run {id}", "`footplate runs list` shows them")
    return tuple(found[id] for id in ids)


def show(workspace: Workspace, id: int) -> Full:
    """Everything that is recorded of a run. Raises NotFound."""
    run = get(workspace, id)
    with workspace.registry.read() as connection:
        row = connection.execute(
            select(
                RUN.c.environment, RUN.c.basis, RUN.c.decision, RUN.c.rows_refit, RUN.c.cpu_seconds,
                RUN.c.peak_memory, RUN.c.log, RUN.c.deleted, RECIPE_VERSION.c.git, RECIPE_VERSION.c.settings,
                RECIPE_VERSION.c.text,
            )
            .join(RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id).where(RUN.c.id == id)
        ).mappings().one()
        measured = connection.execute(
            select(METRIC.c.name, METRIC.c.value, METRIC.c.lower, METRIC.c.upper).where(METRIC.c.run_id == id)
        ).fetchall()
        files = connection.execute(
            select(ARTIFACT.c.name, ARTIFACT.c.bytes, ARTIFACT.c.hash).where(ARTIFACT.c.run_id == id)
        ).fetchall()
        notes = connection.execute(
            select(NOTE.c.text, NOTE.c.actor, NOTE.c.at).where(NOTE.c.run_id == id).order_by(NOTE.c.id)
        ).fetchall()
    return Full(
        run=run, intervals={name: Interval(*rest) for name, *rest in measured},
        artifacts=tuple(File(*file) for file in files), notes=tuple(Note(*note) for note in notes),
        environment=row["environment"], basis=row["basis"], decision=row["decision"], rows_refit=row["rows_refit"],
        cpu_seconds=row["cpu_seconds"], peak_memory=row["peak_memory"], git=row["git"], settings=row["settings"],
        recipe_text=row["text"], log=workspace.hidden / row["log"] if row["log"] else None,
        deleted=bool(row["deleted"]),
    )


def compare(workspace: Workspace, ids: Sequence[int]) -> Comparison:
    """Two to eight runs side by side: facts, parameters and metrics, a line each."""
    ids = [*dict.fromkeys(ids)]
    if not 2 <= len(ids) <= MOST_COMPARED:
        raise UsageError(f"{len(ids)} runs cannot be compared", f"name 2 to {MOST_COMPARED} runs")
    found = several(workspace, ids)
    facts = (
        "recipe", "recipe_hash", "state", "cause", "rows_train", "rows_holdout", "seed", "verdict", "model_version"
    )
    lines = [Line("run", name, tuple(getattr(run, name) for run in found)) for name in facts]
    lines.append(Line("run", "data", tuple(spans(run.data) for run in found)))
    for section in ("params", "metrics"):
        for name in _union(getattr(run, section) for run in found):
            lines.append(Line(section, name, tuple(getattr(run, section).get(name) for run in found)))
    return Comparison(found, tuple(lines))


def points(workspace: Workspace, id: int) -> dict[str, tuple[tuple[int, float], ...]]:
    """What was measured along the steps of a fit: name -> (step, value)."""
    with workspace.registry.read() as connection:
        rows = connection.execute(
            select(POINT.c.name, POINT.c.step, POINT.c.value).where(POINT.c.run_id == id)
            .order_by(POINT.c.name, POINT.c.step)
        ).fetchall()
    found: dict[str, Any] = {}
    for name, step, value in rows:
        found.setdefault(name, []).append((step, value))
    return {name: tuple(series) for name, series in found.items()}


def curves(workspace: Workspace, id: int) -> dict[str, Any]:
    """`roc`, `pr`, `calibration` and `confusion`, or `residuals`: see `core.training.curves`; {} where none are."""
    with workspace.registry.read() as connection:
        hash = connection.execute(
            select(ARTIFACT.c.hash).where(ARTIFACT.c.run_id == id, ARTIFACT.c.name == CURVES)
        ).scalar()
    if hash is None:
        return {}
    found: dict[str, Any] = json.loads(workspace.store.read(hash))
    return found


def log(workspace: Workspace, id: int, lines: int = 200) -> tuple[str, ...]:
    """The last lines of a run's log, made visible; empty where it has none."""
    with workspace.registry.read() as connection:
        row = connection.execute(select(RUN.c.log).where(RUN.c.id == id)).fetchone()
    if row is None:
        raise NotFound(f"there is no run {id}", "`footplate runs list` shows them")
    return tail(workspace.hidden / row[0], lines) if row[0] else ()


def tail(path: Path, lines: int) -> tuple[str, ...]:
    """The last `lines` lines of a file, of which at most its last 256 KiB are read; 0: all that these hold."""
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, 2)
            stream.seek(max(0, end - LOG_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ()
    found = text.split("\n")
    if end > LOG_BYTES:
        found = found[1:]  # the first one may have lost its beginning
    if found and not found[-1]:
        found.pop()
    return tuple(visible(line) for line in (found[-lines:] if lines else found))


def _union(groups: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in groups for name in group))


def _runs(connection: Connection, rows: Sequence[Any]) -> Iterable[Run]:
    """The runs of some rows, their metrics, data and tags fetched together."""
    ids = [row["id"] for row in rows]
    metrics, data, tags = _metrics(connection, ids), _data(connection, ids), _tags(connection, ids)
    known = {one.name for one in fields(Run)}
    for row in rows:
        id, basis, decision = row["id"], row["basis"] or {}, row["decision"] or {}
        yield Run(**{
            **{name: row[name] for name in row if name in known},
            "params": row["params"] or {}, "metrics": metrics.get(id, {}), "data": data.get(id, ()),
            "gate": gate(row["gate"]), "job": row["job_id"], "primary": row["primary_metric"],
            "headline": basis.get("headline") or "", "outcome": decision.get("outcome"),
            "decision": decision.get("text") or "", "tags": tags.get(id, ()),
        })


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def _metrics(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for some in _chunks(ids):
        rows = connection.execute(
            select(METRIC.c.run_id, METRIC.c.name, METRIC.c.value).where(METRIC.c.run_id.in_(some))
        )
        for id, name, value in rows:
            found.setdefault(id, {})[name] = value
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


def _tags(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for some in _chunks(ids):
        for id, tag in connection.execute(select(TAG.c.run_id, TAG.c.tag).where(TAG.c.run_id.in_(some))):
            found[id] = (*found.get(id, ()), tag)
    return found
