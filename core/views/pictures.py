"""What a run left to be looked at: the pictures of its evaluation, and what was measured along the steps of its fit."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from core.errors import FootplateError
from core.registry.tables import Artifact, RunPoint
from core.workspace import Workspace

ARTIFACT: Any = Artifact.__table__  # type: ignore[attr-defined]
POINT: Any = RunPoint.__table__  # type: ignore[attr-defined]
FILE = "curves.json"
Points = dict[str, tuple[tuple[int, float], ...]]


def pictures(workspace: Workspace, id: int) -> dict[str, Any]:
    """The pictures by name, as `core.training.curves` makes them; {} where the run left none.

    Where the stored file is lost or was changed, only `problem`: what is wrong with it.
    """
    with workspace.registry.read() as connection:
        hash = connection.execute(
            select(ARTIFACT.c.hash).where(ARTIFACT.c.run_id == id, ARTIFACT.c.name == FILE)
        ).scalar()
    if hash is None:
        return {}
    try:
        found: dict[str, Any] = json.loads(workspace.store.read(hash))
    except (FootplateError, ValueError) as error:
        return {"problem": str(error)}
    return found


def points(workspace: Workspace, id: int) -> Points:
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
