"""Runs: the leaderboard, one run in full, and its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from core.errors import NotFound
from core.registry.tables import Alias, Artifact
from core.views import run_fields
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.pictures import Points, pictures, points
from core.views.run_fields import MODEL_VERSION, RECIPE_VERSION, RUN
from core.views.run_rows import NOTE, STATEMENT, Difference, Interval, Note, Run, differences, runs_of
from core.views.shape import number
from core.views.under_way import UnderWay, under_way
from core.vocabulary import AliasName, RunState
from core.workspace import Workspace

ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
ARTIFACT: Any = Artifact.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class File:
    """An artifact: a file that a run left, in the store."""

    name: str
    bytes: int
    hash: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "bytes": self.bytes, "hash": self.hash}


@dataclass(frozen=True)
class Full:
    """A run with all that is recorded of it: the contract's object and more keys.

    `champion` and `reference` are the runs to hold it against: that of today's champion, and the pinned baseline;
    None where there is none or it is this one.
    """

    run: Run
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
    code: tuple[dict[str, str], ...]  # {name, sha256} of the user's files
    recipe_text: str
    log: Path | None
    deleted: bool
    champion: Run | None
    reference: Run | None
    pictures: dict[str, Any]
    points: Points
    under_way: UnderWay | None  # while it runs

    @property
    def intervals(self) -> dict[str, Interval]:
        return self.run.intervals

    def against(self, other: Run | None) -> dict[str, Difference]:
        """By metric, this run less the other."""
        return differences(self.run.intervals, other.intervals) if other is not None else {}

    def to_json(self) -> dict[str, Any]:
        run = self.run
        return run.to_json() | {
            "intervals": {name: one.to_json() for name, one in run.intervals.items()},
            "artifacts": [one.to_json() for one in self.artifacts], "notes": [one.to_json() for one in self.notes],
            "tags": [*run.tags], "tagged": [one.to_json() for one in run.tagged], "environment": self.environment,
            "basis": self.basis, "decision": self.decision, "rows_refit": self.rows_refit,
            "seconds": number(run.seconds), "cpu_seconds": number(self.cpu_seconds), "peak_memory": self.peak_memory,
            "git": self.git, "settings": self.settings, "code": [*self.code], "job": run.job, "deleted": self.deleted,
            "is_champion": run.champion, "baseline": run.baseline,
            "against_champion": _told(self.champion, self.against(self.champion)),
            "against_baseline": _told(self.reference, self.against(self.reference)), "pictures": self.pictures,
            "points": {name: [{"step": step, "value": value} for step, value in series]
                       for name, series in self.points.items()},
            "under_way": self.under_way.to_json() if self.under_way else None,
        }


def _told(other: Run | None, apart: dict[str, Difference]) -> dict[str, Any] | None:
    if other is None:
        return None
    return {"run": other.id, "metrics": {name: one.to_json() for name, one in apart.items()}}


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Run]:
    """Runs, newest first; what a person deleted is not among them."""
    with workspace.registry.read() as connection:
        rows, cursor = _listing(connection).read(connection, where, order, limit, after, workspace.clock.now())
        return Page(tuple(runs_of(connection, rows)), cursor)


def metrics(workspace: Workspace) -> tuple[str, ...]:
    """The names of all metrics that runs have brought."""
    with workspace.registry.read() as connection:
        return tuple(run_fields.metric_names(connection))


def params(workspace: Workspace) -> tuple[str, ...]:
    """The names of all parameters that runs have brought."""
    with workspace.registry.read() as connection:
        return tuple(run_fields.param_names(connection))


def count(workspace: Workspace, where: str = "") -> int:
    """How many runs a filter finds."""
    with workspace.registry.read() as connection:
        return _listing(connection).count(connection, where, workspace.clock.now())


def _listing(connection: Connection) -> Listing:
    return Listing(STATEMENT.where(~RUN.c.deleted), run_fields.fields(connection), tie=RUN.c.id)


def get(workspace: Workspace, id: int) -> Run:
    """Raises NotFound."""
    return several(workspace, [id])[0]


def several(workspace: Workspace, ids: Sequence[int]) -> tuple[Run, ...]:
    """Runs by id, in the order asked for. Raises NotFound."""
    with workspace.registry.read() as connection:
        rows = connection.execute(STATEMENT.where(RUN.c.id.in_(ids))).mappings().all()
        found = {run.id: run for run in runs_of(connection, rows)}
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
                RECIPE_VERSION.c.code, RECIPE_VERSION.c.text,
            )
            .join(RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id).where(RUN.c.id == id)
        ).mappings().one()
        files = connection.execute(
            select(ARTIFACT.c.name, ARTIFACT.c.bytes, ARTIFACT.c.hash).where(ARTIFACT.c.run_id == id)
        ).fetchall()
        notes = connection.execute(
            select(NOTE.c.text, NOTE.c.actor, NOTE.c.at).where(NOTE.c.run_id == id).order_by(NOTE.c.id)
        ).fetchall()
        champion = None if run.champion else _champion(connection, run.recipe)
    wanted = [one for one in (champion, run.baseline) if one is not None and one != id]
    others = {one.id: one for one in several(workspace, wanted)} if wanted else {}
    return Full(
        run=run, artifacts=tuple(File(*file) for file in files), notes=tuple(Note(*note) for note in notes),
        environment=row["environment"], basis=row["basis"], decision=row["decision"], rows_refit=row["rows_refit"],
        cpu_seconds=row["cpu_seconds"], peak_memory=row["peak_memory"], git=row["git"], settings=row["settings"],
        code=tuple(row["code"] or ()), recipe_text=row["text"],
        log=workspace.hidden / row["log"] if row["log"] else None, deleted=bool(row["deleted"]),
        champion=others.get(champion) if champion is not None else None,
        reference=others.get(run.baseline) if run.baseline is not None else None,
        pictures=pictures(workspace, id), points=points(workspace, id),
        under_way=under_way(workspace, id) if run.state == RunState.RUNNING else None,
    )


def _champion(connection: Connection, model: str) -> int | None:
    """The run of a model's champion."""
    found = connection.execute(
        select(MODEL_VERSION.c.run_id)
        .join(ALIAS, (ALIAS.c.model == MODEL_VERSION.c.model) & (ALIAS.c.version == MODEL_VERSION.c.version))
        .where(ALIAS.c.model == model, ALIAS.c.alias == AliasName.CHAMPION)
    ).scalar()
    return None if found is None else int(found)
