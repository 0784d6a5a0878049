"""What a server needs of the registry: what it has to serve, and where it says what it does.

Nothing here loads a model: a process that only looks after servers stays light.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from core.errors import BadRecipe
from core.recipes.recipe import parse
from core.registry import deployments, models
from core.registry import recipes as recipe_rows
from core.registry.tables import Artifact as ArtifactRow
from core.registry.tables import Event
from core.serving.routing import Route
from core.serving.tally import Count, Key
from core.vocabulary import DeploymentState, EventKind, Strategy
from core.workspace import Workspace

ARTIFACT: Any = ArtifactRow.__table__  # type: ignore[attr-defined]
EVENT: Any = Event.__table__  # type: ignore[attr-defined]
COMPILED = "compiled.npz"  # the name of that artifact of a run
GONE_AFTER = timedelta(seconds=60)  # without a sign of life


@dataclass(frozen=True)
class Packed:
    """Where a version's files lie, and what their bytes have to give."""

    version: int
    path: Path
    sha256: str
    compiled: Path | None = None
    compiled_sha256: str = ""


@dataclass(frozen=True)
class Desired:
    """What is desired of one model: who answers, from which files. `id_column` joins labels later."""

    route: Route
    packed: Mapping[int, Packed]
    id_column: str = ""


@dataclass(frozen=True)
class Server:
    """One serving process, as the registry knows it."""

    name: str
    environment: str
    address: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def name_of(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}"


def desired(workspace: Workspace, environment: str) -> list[Desired]:
    """Everything that has to serve in an environment, by model, of one moment."""
    with workspace.registry.read() as connection:
        rows = deployments.all(connection, environment=environment)
        return [_desired(workspace, connection, row) for row in rows]


def _desired(workspace: Workspace, connection: Connection, row: Mapping[Any, Any]) -> Desired:
    coming = row["candidate"] if row["state"] == DeploymentState.ROLLING else None
    route = Route(
        row["model"], row["environment"], row["version"], coming, Strategy(row["strategy"]), float(row["share"]),
        int(row["revision"]),
    )
    packed = {version: _packed(workspace, connection, row["model"], version) for version in route.versions}
    return Desired(route, packed, _id_column(connection, row["model"]))


def _packed(workspace: Workspace, connection: Connection, model: str, version: int) -> Packed:
    row = models.version(connection, model, version)
    if row is None:  # the deployment says so, but the version is gone: the server tells
        return Packed(version, workspace.store.root / "gone", "")
    compiled = connection.execute(
        select(ARTIFACT.c.hash).where(ARTIFACT.c.run_id == row["run_id"], ARTIFACT.c.name == COMPILED)
    ).scalar()
    return Packed(
        version, workspace.store.path(row["artifact"]), row["artifact"],
        workspace.store.path(compiled) if compiled else None, compiled or "",
    )


def _id_column(connection: Connection, model: str) -> str:
    row = recipe_rows.get(connection, model)
    if row is None or not row["text"]:
        return ""
    try:
        return parse(row["text"], row["path"], model).data.id or ""
    except BadRecipe:
        return ""


# -- what a server says of itself

def started(workspace: Workspace, server: Server, workers: int) -> None:
    """A server is up; those that went without a word are forgotten."""
    with workspace.registry.write(workspace.actor) as tx:
        for row in deployments.servers(tx.connection):
            if tx.now - row["heartbeat_at"] > GONE_AFTER or _ended(row["name"]):
                deployments.remove_server(tx, row["name"])
        tx.emit(
            EventKind.SERVER_STARTED, f"server {server.name}", address=server.address, environment=server.environment,
            workers=workers,
        )


def _ended(name: str) -> bool:
    """Whether it is a process of this machine that is no more."""
    host, _, pid = name.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def stopped(workspace: Workspace, server: Server, why: str) -> None:
    with workspace.registry.write(workspace.actor) as tx:
        tx.emit(
            EventKind.SERVER_STOPPED, f"server {server.name}", address=server.address, environment=server.environment,
            why=why,
        )


def report(
    workspace: Workspace, server: Server, revisions: Mapping[str, int], counts: Mapping[Key, Count]
) -> None:
    """A sign of life of one process: the revisions that it serves, and what it answered since the last one."""
    with workspace.registry.write(workspace.actor) as tx:
        deployments.put_server(tx, server.name, server.environment, server.address, server.started_at, revisions)
        for key, count in counts.items():
            minute = datetime.fromtimestamp(key.minute * 60, UTC)
            deployments.add_traffic(
                tx, {"model": key.model, "environment": server.environment, "version": key.version, "role": key.role,
                     "minute": minute}, count.to_json(),
            )


def forget(workspace: Workspace, names: Sequence[str]) -> None:
    """Processes that are no more."""
    with workspace.registry.write(workspace.actor) as tx:
        for name in names:
            deployments.remove_server(tx, name)


def not_loaded(
    workspace: Workspace, server: Server, route: Route, message: str, failed: int | None = None
) -> None:
    """What has to serve cannot be loaded: evidence, once a revision, however many processes find it out. `failed`:
    which version it is."""
    subject = f"model {route.model}"
    with workspace.registry.write(workspace.actor) as tx:
        known = tx.execute(
            select(EVENT.c.id).where(
                EVENT.c.subject == subject, EVENT.c.kind == EventKind.MODEL_NOT_LOADED,
                func.json_extract(EVENT.c.payload, "$.revision") == route.revision,
                func.json_extract(EVENT.c.payload, "$.environment") == route.environment,
            ).limit(1)
        ).scalar()
        if known is None:
            tx.emit(
                EventKind.MODEL_NOT_LOADED, subject, environment=route.environment, version=route.stable,
                candidate=route.candidate, revision=route.revision, server=server.name, why=message, failed=failed,
            )
