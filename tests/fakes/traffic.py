"""Models that are deployed, and what servers say that they answered, in a real registry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.monitoring.service import BUCKETS, bucket
from core.registry import deployments
from core.services import release
from core.vocabulary import Role
from core.workspace import Workspace
from tests.fakes import rows

CANARY = '\n[release]\nstrategy = "canary"\nsteps = [0.1, 0.5]\nmin_requests = 100\n'
SHADOW = '\n[release]\nstrategy = "shadow"\nmin_requests = 100\n'


def model(workspace: Workspace, more: str = CANARY, champions: int = 2) -> None:
    """Versions 1 to 4 of `churn`, of which the first so many became the champion one after the other."""
    recipe = rows.recipe(workspace, text=rows.RECIPE + more)
    for _ in range(4):
        rows.model_version(workspace, rows.run(workspace, recipe))
    for version in range(1, champions + 1):
        release.promote(workspace, "churn", version)


def answered(
    workspace: Workspace, version: int, role: Role, requests: int, *, errors: int = 0, seconds: float = 0.01,
    environment: str = "production", **more: int,
) -> None:
    """What a server says of the current minute."""
    latency = [0] * BUCKETS
    latency[bucket(seconds)] = requests
    minute: datetime = workspace.clock.now().replace(second=0, microsecond=0)
    key = {"model": "churn", "environment": environment, "version": version, "role": role, "minute": minute}
    counts = {
        "requests": requests, "errors": errors, "rows": requests, "seconds": requests * seconds, "latency": latency,
        "compared": 0, "agreed": 0,
    }
    with workspace.registry.write("server") as tx:
        deployments.add_traffic(tx, key, counts | more)


def row(workspace: Workspace, environment: str = "production") -> dict[str, Any]:
    """What is desired."""
    with workspace.registry.read() as connection:
        found = deployments.get(connection, "churn", environment)
    assert found is not None
    return dict(found)
