"""Versions that were measured again: when, on which rows, with which numbers, beside which champion."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, type_coerce

from core.query.fields import Field, Fields, Kind
from core.registry.tables import Event
from core.registry.types import UtcTime
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.run_rows import Interval
from core.views.shape import moment, number
from core.vocabulary import EventKind
from core.workspace import Workspace

EVENT: Any = Event.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Evaluation:
    """One measurement. `theirs` are the champion's numbers on the same rows, {} where it was the champion itself.

    `learned`: which of the two had learned from these rows, so that the numbers flatter it. `difference` is by how
    much the version is better than the champion: value, lower and upper bound.
    """

    event: int
    at: datetime
    actor: str
    model: str
    version: int
    champion: int | None
    data: tuple[tuple[str, int], ...]
    rows: int
    primary: str
    own: dict[str, Interval]
    theirs: dict[str, Interval]
    difference: tuple[float, float, float] | None
    headline: str
    learned: tuple[int, ...]
    notes: tuple[str, ...]
    job: int | None

    def figures(self, who: str) -> tuple[str, str]:
        """The deciding metric of `own` or `champion`, and its interval, as text; empty where it is not known."""
        found = (self.own if who == "own" else self.theirs).get(self.primary)
        if found is None:
            return "", ""
        bounds = "" if found.lower is None or found.upper is None else f"{found.lower:.4g} to {found.upper:.4g}"
        return f"{found.value:.4g}", bounds

    def to_json(self) -> dict[str, Any]:
        return {
            "at": moment(self.at), "actor": self.actor, "model": self.model, "version": self.version,
            "champion": self.champion, "rows": self.rows, "primary": self.primary,
            "data": [{"dataset": dataset, "version": version} for dataset, version in self.data],
            "metrics": {name: one.to_json() for name, one in self.own.items()},
            "champion_metrics": {name: one.to_json() for name, one in self.theirs.items()},
            "difference": [number(one) for one in self.difference] if self.difference else None,
            "headline": self.headline, "learned": [*self.learned], "notes": [*self.notes], "job": self.job,
        }


def _said(key: str) -> Any:
    return func.json_extract(EVENT.c.payload, f"$.{key}")


_STATEMENT = select(EVENT.c.id, EVENT.c.at, EVENT.c.actor, EVENT.c.payload)
_FIELDS = Fields(
    {
        "version": Field(_said("version"), Kind.NUMBER), "champion": Field(_said("champion"), Kind.NUMBER),
        "rows": Field(_said("rows"), Kind.NUMBER), "actor": Field(EVENT.c.actor),
        "at": Field(type_coerce(EVENT.c.at, UtcTime), Kind.TIME),
    },
    words=(EVENT.c.actor, EVENT.c.payload),
)


def list(
    workspace: Workspace, name: str, *, version: int | None = None, where: str = "", order: str = "",
    limit: int = LIMIT, after: Cursor | None = None,
) -> Page[Evaluation]:
    """Of a model, or of one of its versions, newest first."""
    statement = _STATEMENT.where(EVENT.c.subject == f"model {name}", EVENT.c.kind == EventKind.MODEL_EVALUATED)
    if version is not None:
        statement = statement.where(_said("version") == version)
    listing = Listing(statement, _FIELDS, tie=EVENT.c.id)
    with workspace.registry.read() as connection:
        rows, cursor = listing.read(connection, where, order, limit, after, workspace.clock.now())
    return Page(tuple(_evaluation(name, row) for row in rows), cursor)


def of_job(workspace: Workspace, name: str, job: int) -> Evaluation | None:
    """What a job of a model measured; None where it has not."""
    return next((one for one in list(workspace, name, limit=0) if one.job == job), None)


def _evaluation(name: str, row: Any) -> Evaluation:
    said = json.loads(row["payload"])
    apart = said.get("difference")
    return Evaluation(
        event=row["id"], at=datetime.fromisoformat(row["at"]), actor=row["actor"], model=name,
        version=said["version"], champion=said["champion"],
        data=tuple((one.rpartition("@")[0], int(one.rpartition("@")[2])) for one in said["data"]), rows=said["rows"],
        primary=said["primary"], own=_intervals(said["metrics"]), theirs=_intervals(said["champion_metrics"]),
        difference=(apart[0], apart[1], apart[2]) if apart else None, headline=said["headline"],
        learned=tuple(said["learned"]), notes=tuple(said["notes"]), job=said.get("job"),
    )


def _intervals(figures: dict[str, Any]) -> dict[str, Interval]:
    return {name: Interval(*bounds) for name, bounds in figures.items()}
