"""The pipelines of saved recipes: how far each got, and what stopped it, with its log at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core import clock
from core.errors import NotFound
from core.query.fields import Field, Fields, Kind
from core.registry.tables import Pipeline as PipelineRow
from core.text import visible
from core.views.activity import job_log
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.shape import moment
from core.vocabulary import StageState
from core.workspace import Workspace

PIPELINE: Any = PipelineRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Stage:
    """`job` did it, and its log tells of it."""

    name: str
    state: str
    at: datetime | None
    ended_at: datetime | None
    message: str
    job: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "state": self.state, "at": moment(self.at), "ended_at": moment(self.ended_at),
            "message": self.message, "job": self.job,
        }


@dataclass(frozen=True)
class Pipeline:
    """`hash` is that of the recipe, empty where it could not be read; `commit` where all was committed."""

    id: int
    recipe: str
    hash: str
    commit: str | None
    state: str
    run: int | None
    job: int | None
    actor: str
    started_at: datetime
    ended_at: datetime | None
    stages: tuple[Stage, ...]

    @property
    def stage(self) -> Stage | None:
        """Where it stands: what failed, runs or waits, else the last that was skipped; None where all is passed."""
        for state in (StageState.FAILED, StageState.RUNNING, StageState.WAITING):
            for one in self.stages:
                if one.state == state:
                    return one
        return self.stages[-1] if self.stages and self.state == StageState.SKIPPED else None

    @property
    def says(self) -> str:
        """What failed or is waited for, in words."""
        return self.stage.message if self.stage is not None else ""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "recipe": self.recipe, "hash": self.hash, "commit": self.commit, "state": self.state,
            "stage": self.stage.name if self.stage else None, "says": self.says, "run": self.run, "job": self.job,
            "actor": self.actor, "started_at": moment(self.started_at), "ended_at": moment(self.ended_at),
            "stages": [one.to_json() for one in self.stages],
        }


_STATEMENT = select(PIPELINE)
_LISTING = Listing(
    _STATEMENT,
    Fields(
        {
            "id": Field(PIPELINE.c.id, Kind.NUMBER), "recipe": Field(PIPELINE.c.recipe),
            "hash": Field(PIPELINE.c.recipe_hash), "commit": Field(PIPELINE.c.commit),
            "state": Field(PIPELINE.c.state, choices=tuple(str(one) for one in StageState)),
            "run": Field(PIPELINE.c.run_id, Kind.NUMBER), "job": Field(PIPELINE.c.job_id, Kind.NUMBER),
            "actor": Field(PIPELINE.c.actor), "started_at": Field(PIPELINE.c.started_at, Kind.TIME),
            "ended_at": Field(PIPELINE.c.ended_at, Kind.TIME),
        },
        words=(PIPELINE.c.recipe, PIPELINE.c.recipe_hash, PIPELINE.c.state, PIPELINE.c.commit),
    ),
    tie=PIPELINE.c.id,
)


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Pipeline]:
    """Newest first."""
    with workspace.registry.read() as connection:
        rows, cursor = _LISTING.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(map(_pipeline, rows)), cursor)


def count(workspace: Workspace, where: str = "") -> int:
    """How many a filter finds."""
    with workspace.registry.read() as connection:
        return _LISTING.count(connection, where, workspace.clock.now())


def show(workspace: Workspace, id: int) -> Pipeline:
    """Raises NotFound."""
    with workspace.registry.read() as connection:
        row = connection.execute(_STATEMENT.where(PIPELINE.c.id == id)).mappings().fetchone()
    if row is None:
        raise NotFound(f"there is no pipeline {id}", "`footplate pipelines list` shows them")
    return _pipeline(row)


def log(workspace: Workspace, id: int, lines: int = 200) -> tuple[str, ...]:
    """What its jobs said, one after the other, each under a line that names it; the last lines of each."""
    found = show(workspace, id)
    ids = [*dict.fromkeys(stage.job for stage in found.stages if stage.job is not None)] or (
        [] if found.job is None else [found.job]
    )
    said: tuple[str, ...] = ()
    for job in ids:
        names = ", ".join(stage.name for stage in found.stages if stage.job == job)
        said = (*said, f"-- job {job}{f': {names}' if names else ''}", *job_log(workspace, job, lines))
    if said or found.says == "":
        return said
    return (f"-- {found.stage.name if found.stage else found.state}: {found.says}",)


def _pipeline(row: Mapping[Any, Any]) -> Pipeline:
    stages = tuple(
        Stage(
            one["name"], one["state"], _moment(one["at"]), _moment(one["ended_at"]), visible(one["message"]),
            one["job"],
        )
        for one in row["stages"]
    )
    return Pipeline(
        id=row["id"], recipe=row["recipe"], hash=row["recipe_hash"], commit=row["commit"], state=row["state"],
        run=row["run_id"], job=row["job_id"], actor=row["actor"], started_at=row["started_at"],
        ended_at=row["ended_at"], stages=stages,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else clock.parse(text)
