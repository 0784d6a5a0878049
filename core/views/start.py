"""How far a workspace is from its first model: which of the steps there are, and which comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core.registry.tables import Alias, DatasetVersion, Run
from core.views import recipes
from core.views.daemon import running
from core.vocabulary import AliasName, VersionState
from core.workspace import Workspace

VERSION: Any = DatasetVersion.__table__  # type: ignore[attr-defined]
ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
RUN: Any = Run.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Start:
    """`recipe` and `folder` of the first recipe that can be used; `broken`: of one that cannot, where there is no
    other; `accepted` and `quarantined` count versions."""

    recipe: str | None
    folder: str | None
    broken: str | None
    daemon: bool
    accepted: int
    quarantined: int
    runs: int
    champions: int


def start(workspace: Workspace) -> Start:
    """Where a workspace stands; cheap."""
    known = list(recipes.list(workspace, limit=0))
    used = next((one for one in known if one.hash and one.watch), None)
    broken = next((one.name for one in known if not one.hash), None)
    with workspace.registry.read() as connection:
        states = dict(tuple(row) for row in connection.execute(
            select(VERSION.c.state, func.count()).group_by(VERSION.c.state)
        ))
        runs = int(connection.scalar(select(func.count()).select_from(RUN)) or 0)
        champions = int(connection.scalar(
            select(func.count()).select_from(ALIAS).where(ALIAS.c.alias == AliasName.CHAMPION)
        ) or 0)
    return Start(
        used.name if used else None, str(workspace.locate(used.watch)) if used and used.watch else None,
        None if used else broken, running(workspace) is not None,
        sum(count for state, count in states.items() if state != VersionState.QUARANTINED),
        states.get(VersionState.QUARANTINED, 0), runs, champions,
    )
