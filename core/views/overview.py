"""The whole at one look: the verdict, what needs a person, a line a model, the daemon and the disk."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from core.registry.tables import Artifact, DatasetVersion, Job, Model, Monitor, Server, Source, Traffic
from core.registry.tables import Dataset as DatasetRow
from core.views import daemon as daemon_view
from core.views import recipes as recipe_view
from core.views.daemon import LIVE, Status
from core.views.model_line import ModelLine as ModelLine
from core.views.model_line import lines
from core.views.needs import Need as Need
from core.views.needs import needs
from core.views.shape import number
from core.vocabulary import JobKind, Reading, Role, SourceState
from core.workspace import Workspace

VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
DATASET: Any = DatasetRow.__table__  # type: ignore[attr-defined]
SOURCE: Any = Source.__table__  # type: ignore[attr-defined]
ARTIFACT: Any = Artifact.__table__  # type: ignore[attr-defined]
MODEL: Any = Model.__table__  # type: ignore[attr-defined]
JOB: Any = Job.__table__  # type: ignore[attr-defined]
MONITOR: Any = Monitor.__table__  # type: ignore[attr-defined]
SERVER: Any = Server.__table__  # type: ignore[attr-defined]
TRAFFIC: Any = Traffic.__table__  # type: ignore[attr-defined]
ALIVE = timedelta(seconds=30)  # since the last sign of life of a server
WORST_FIRST = (Reading.ALERT, Reading.WARNING, Reading.INSUFFICIENT_DATA, Reading.OK)


@dataclass(frozen=True)
class Disk:
    """Bytes: of the data taken in, of what runs left, of the registry, and what is free beside them."""

    data: int
    artifacts: int
    registry: int
    free: int

    def to_json(self) -> dict[str, Any]:
        return {"data": self.data, "artifacts": self.artifacts, "registry": self.registry, "free": self.free}


@dataclass(frozen=True)
class Loop:
    """How much is where in the loop, now."""

    arriving: int  # settled files that wait to be judged
    ingesting: int  # ingest jobs that wait or run
    training: int  # train jobs that wait or run
    approvals: int  # versions that wait for a person
    champions: int
    served: float | None  # requests that are answered a second, now; None where no server is up
    monitors: str | None  # the worst verdict of all that read anything

    def to_json(self) -> dict[str, Any]:
        return {
            "arriving": self.arriving, "ingesting": self.ingesting, "training": self.training,
            "approvals": self.approvals, "champions": self.champions, "served": number(self.served),
            "monitors": self.monitors,
        }


@dataclass(frozen=True)
class Overview:
    verdict: str  # `all well`, or `2 need you: ...`
    needs: tuple[Need, ...]
    models: tuple[ModelLine, ...]  # worst first
    daemon: Status
    loop: Loop
    disk: Disk

    @property
    def well(self) -> bool:
        return not self.needs

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict, "well": self.well, "needs": [need.to_json() for need in self.needs],
            "models": [line.to_json() for line in self.models], "daemon": self.daemon.to_json(),
            "loop": self.loop.to_json(), "disk": self.disk.to_json(),
        }


@dataclass(frozen=True)
class Brief:
    """As much of it as a header says: whose size does not depend on how much there is."""

    needs: tuple[Need, ...]
    daemon: Status
    held: int
    paused: int


def brief(workspace: Workspace) -> Brief:
    daemon = daemon_view.status(workspace)
    recipes = recipe_view.list(workspace, limit=0).rows
    with workspace.registry.read() as connection:
        found = needs(connection, workspace, daemon, _free(workspace), recipes)
        held = connection.execute(select(func.count()).select_from(MODEL).where(MODEL.c.held)).scalar_one()
    return Brief(found, daemon, held, sum(recipe.paused for recipe in recipes))


def overview(workspace: Workspace, disk: Disk | None = None) -> Overview:
    """All of it, read in one snapshot. To measure the disk takes long where there are many runs: `disk` spares it."""
    daemon = daemon_view.status(workspace)
    recipes = recipe_view.list(workspace, limit=0).rows
    with workspace.registry.read() as connection:
        disk = disk or _disk(connection, workspace)
        found = needs(connection, workspace, daemon, _free(workspace), recipes)
        models = lines(connection, recipes, found)
        loop = _loop(connection, found, models, workspace.clock.now())
    return Overview(verdict(found), found, models, daemon, loop, disk)


def disk_use(workspace: Workspace) -> Disk:
    """What is used, and what is free."""
    with workspace.registry.read() as connection:
        return _disk(connection, workspace)


def verdict(found: Sequence[Need]) -> str:
    """`all well`, or how many need a person and what they are.

    >>> verdict([])
    'all well'
    """
    if not found:
        return "all well"
    return f"{len(found)} need{'s' if len(found) == 1 else ''} you: {'; '.join(need.text for need in found)}"


def _free(workspace: Workspace) -> int:
    return shutil.disk_usage(workspace.hidden).free


def _disk(connection: Connection, workspace: Workspace) -> Disk:
    data = connection.execute(
        select(func.sum(func.json_extract(VERSION.c.files, "$[0].bytes"))).where(~VERSION.c.discarded)
    ).scalar()
    artifacts = connection.execute(select(func.sum(ARTIFACT.c.bytes))).scalar()
    registry = 0
    for suffix in ("", "-wal"):
        path = workspace.registry.path.with_name(workspace.registry.path.name + suffix)
        registry += path.stat().st_size if path.exists() else 0
    return Disk(data or 0, artifacts or 0, registry, _free(workspace))


def _loop(connection: Connection, found: Sequence[Need], models: Sequence[ModelLine], now: datetime) -> Loop:
    jobs: dict[str, int] = dict(tuple(row) for row in connection.execute(
        select(JOB.c.kind, func.count())
        .where(LIVE).group_by(JOB.c.kind)
    ))
    arriving = connection.execute(
        select(func.count()).select_from(DATASET).join(SOURCE, SOURCE.c.dataset == DATASET.c.name)
        .where(SOURCE.c.state == SourceState.PENDING)
    ).scalar_one()
    return Loop(
        arriving=int(arriving), ingesting=jobs.get(JobKind.INGEST, 0), training=jobs.get(JobKind.TRAIN, 0),
        approvals=sum(need.kind == "approval" for need in found),
        champions=sum(line.champion is not None for line in models),
        served=_served(connection, now), monitors=_worst(connection),
    )


def _served(connection: Connection, now: datetime) -> float | None:
    """Requests a second since the beginning of the minute before; what shadows answer nobody gets."""
    if connection.execute(select(SERVER.c.name).where(SERVER.c.heartbeat_at >= now - ALIVE).limit(1)).scalar() is None:
        return None
    begin = now.replace(second=0, microsecond=0) - timedelta(minutes=1)
    requests = connection.execute(
        select(func.sum(TRAFFIC.c.requests)).where(TRAFFIC.c.minute >= begin, TRAFFIC.c.role != Role.SHADOW)
    ).scalar()
    return (requests or 0) / (now - begin).total_seconds()


def _worst(connection: Connection) -> str | None:
    said = {*connection.execute(select(MONITOR.c.last_verdict).where(MONITOR.c.enabled).distinct()).scalars()}
    return next((word for word in WORST_FIRST if word in said), None)
