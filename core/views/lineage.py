"""What came of what: versions of data, the runs that learned from them, the models that were made, their aliases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from core.errors import NotFound
from core.registry.tables import Alias
from core.views.datasets import parse_name
from core.views.models import version_number
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.run_fields import DATA, MODEL_VERSION, RECIPE_VERSION, RUN, VERSION, fields
from core.views.shape import moment
from core.workspace import Workspace

ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Source:
    """A version of data in the line of a run. `fresh`: its rows could judge."""

    dataset: str
    version: int
    state: str
    rows: int | None
    fresh: bool

    @property
    def name(self) -> str:
        return f"{self.dataset}@{self.version}"

    def to_json(self) -> dict[str, Any]:
        return {
            "dataset": self.dataset, "version": self.version, "state": self.state, "rows": self.rows,
            "fresh": self.fresh,
        }


@dataclass(frozen=True)
class Made:
    """A run and what came of it: its model version, if any, and the aliases that this bears today."""

    run: int
    recipe: str
    state: str
    verdict: str | None
    outcome: str | None
    started_at: datetime | None
    model_version: int | None
    aliases: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "run": self.run, "recipe": self.recipe, "state": self.state, "verdict": self.verdict,
            "outcome": self.outcome, "started_at": moment(self.started_at), "model_version": self.model_version,
            "aliases": [*self.aliases],
        }


@dataclass(frozen=True)
class Lineage:
    """One run with what it learned from and what it made."""

    data: tuple[Source, ...]
    made: Made

    def to_json(self) -> dict[str, Any]:
        return {"data": [one.to_json() for one in self.data], "made": self.made.to_json()}


_MADE = (
    select(
        RUN.c.id, RUN.c.recipe, RUN.c.state, RUN.c.started_at,
        func.json_extract(RUN.c.gate, "$.verdict").label("verdict"),
        func.json_extract(RUN.c.decision, "$.outcome").label("outcome"),
        MODEL_VERSION.c.version.label("model_version"),
    )
    .join_from(RUN, RECIPE_VERSION, RECIPE_VERSION.c.id == RUN.c.recipe_version_id)
    .join(MODEL_VERSION, MODEL_VERSION.c.run_id == RUN.c.id, isouter=True)
)


def of_version(
    workspace: Workspace, text: str, *, where: str = "", order: str = "", limit: int = LIMIT,
    after: Cursor | None = None,
) -> Page[Made]:
    """Forward: the runs that learned from a version of data, newest first. Raises NotFound."""
    name, number = parse_name(text)
    with workspace.registry.read() as connection:
        id = connection.execute(
            select(VERSION.c.id).where(VERSION.c.dataset == name, VERSION.c.version == number)
        ).scalar()
        if id is None:
            raise NotFound(f"there is no {name}@{number}", f"`footplate data versions {name}` lists them")
        statement = _MADE.join(DATA, DATA.c.run_id == RUN.c.id).where(DATA.c.version_id == id, DATA.c.used)
        listing = Listing(statement, fields(connection), tie=RUN.c.id)
        rows, cursor = listing.read(connection, where, order, limit, after, workspace.clock.now())
        return Page(_made(connection, rows), cursor)


def of_model(workspace: Workspace, text: str) -> Lineage:
    """Back: what NAME@V or NAME@ALIAS was made of. Raises NotFound."""
    name, _, which = text.rpartition("@")
    with workspace.registry.read() as connection:
        run = connection.execute(
            select(MODEL_VERSION.c.run_id).where(
                MODEL_VERSION.c.model == name, MODEL_VERSION.c.version == version_number(connection, name, which)
            )
        ).scalar()
        if run is None:
            raise NotFound(f"there is no model version {text}", f"`footplate models show {name}` lists them")
        return _lineage(connection, run)


def of_run(workspace: Workspace, id: int) -> Lineage:
    """Both ways from a run. Raises NotFound."""
    with workspace.registry.read() as connection:
        return _lineage(connection, id)


def _lineage(connection: Connection, run: int) -> Lineage:
    rows = connection.execute(_MADE.where(RUN.c.id == run)).mappings().all()
    if not rows:
        raise NotFound(f"there is no run {run}", "`footplate runs list` shows them")
    data = connection.execute(
        select(VERSION.c.dataset, VERSION.c.version, VERSION.c.state, VERSION.c.rows, DATA.c.fresh)
        .join(VERSION, VERSION.c.id == DATA.c.version_id)
        .where(DATA.c.run_id == run, DATA.c.used).order_by(VERSION.c.dataset, VERSION.c.version)
    ).fetchall()
    sources = tuple(Source(name, number, state, count, bool(fresh)) for name, number, state, count, fresh in data)
    return Lineage(sources, _made(connection, rows)[0])


def _made(connection: Connection, rows: Sequence[Any]) -> tuple[Made, ...]:
    names = {row["recipe"] for row in rows if row["model_version"] is not None}
    aliases: dict[tuple[str, int], tuple[str, ...]] = {}
    for model, alias, version in connection.execute(
        select(ALIAS.c.model, ALIAS.c.alias, ALIAS.c.version).where(ALIAS.c.model.in_(names)).order_by(ALIAS.c.alias)
    ):
        aliases[model, version] = (*aliases.get((model, version), ()), alias)
    return tuple(
        Made(
            run=row["id"], recipe=row["recipe"], state=row["state"],
            verdict=row["verdict"], outcome=row["outcome"], started_at=row["started_at"],
            model_version=row["model_version"],
            aliases=aliases.get((row["recipe"], row["model_version"]), ()),
        )
        for row in rows
    )
