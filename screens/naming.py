"""What can be named in the command bar: datasets, versions, recipes, models and runs, as many as one would type."""

from __future__ import annotations

from core.views import alerts, datasets, deployments, models, monitors, pipelines, recipes, runs
from core.workspace import Workspace
from screens.destinations import (
    ALERT,
    DATASET,
    DEPLOYMENT,
    MODEL,
    MONITOR,
    MOST,
    PIPELINE,
    RECIPE,
    RUN,
    VERSION,
)

RUNS = 30  # the newest ones


def names(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Kind -> names. A few milliseconds, in a thread."""
    data = datasets.list(workspace, limit=MOST).rows
    return {
        DATASET: tuple(one.name for one in data),
        VERSION: tuple(f"{one.name}@{one.newest}" for one in data if one.newest is not None),
        RECIPE: tuple(one.name for one in recipes.list(workspace, limit=MOST).rows),
        MODEL: tuple(one.name for one in models.list(workspace, limit=MOST).rows),
        MONITOR: tuple(one.name for one in monitors.list(workspace, limit=MOST).rows),
        DEPLOYMENT: tuple(one.name for one in deployments.list(workspace, limit=MOST).rows),
        PIPELINE: tuple(str(one.id) for one in pipelines.list(workspace, limit=RUNS).rows),
        ALERT: tuple(str(one.id) for one in alerts.list(workspace, limit=RUNS).rows),
        RUN: tuple(str(one.id) for one in runs.list(workspace, limit=RUNS).rows),
    }
