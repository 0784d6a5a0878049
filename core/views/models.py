"""Registered models, their versions with aliases and metrics, and how the measure that decides went over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from core.errors import NotFound, UsageError
from core.query.fields import Elsewhere, Field, Fields, Kind, Test
from core.registry.champions import before, moves, undone
from core.registry.tables import Alias
from core.registry.tables import Model as ModelRow
from core.views import run_fields
from core.views.page import LIMIT, Cursor, Listing, Page
from core.views.run_fields import LOWER_IS_BETTER, METRIC, MODEL_VERSION, RUN
from core.views.shape import moment, number, numbers
from core.views.why import Decision as Decision
from core.views.why import why as why
from core.vocabulary import AliasName, Task
from core.workspace import Workspace

MODEL: Any = ModelRow.__table__  # type: ignore[attr-defined]
ALIAS: Any = Alias.__table__  # type: ignore[attr-defined]
TASKS = (Task.CLASSIFICATION.value, Task.REGRESSION.value)
CHUNK = 500
TREND = 60


@dataclass(frozen=True)
class Version:
    """A released fit. `metrics` are those of the evaluated fit: the refit that serves was not itself measured."""

    version: int
    run: int
    aliases: tuple[str, ...]
    metrics: dict[str, float]
    registered_at: datetime
    # beside the contract, for screens
    model: str
    rows: int
    bytes: int
    artifact: str
    measured: bool
    verdict: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version, "run": self.run, "aliases": [*self.aliases], "metrics": numbers(self.metrics),
            "registered_at": moment(self.registered_at),
        }


@dataclass(frozen=True)
class Model:
    """A registered model, with all its versions, newest first."""

    name: str
    champion: int | None
    held: bool
    versions: tuple[Version, ...]
    # beside the contract, for screens
    task: str
    primary: str  # the metric that decides
    challenger: int | None
    held_by: str | None
    held_reason: str | None

    @property
    def lower_is_better(self) -> bool:
        return self.primary in LOWER_IS_BETTER

    def version(self, number: int | None) -> Version | None:
        return next((one for one in self.versions if one.version == number), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "champion": self.champion, "held": self.held,
            "versions": [version.to_json() for version in self.versions],
        }


@dataclass(frozen=True)
class Ways:
    """Where going back leads: by a rollback, and by undoing the last move of the champion; None: nowhere."""

    rollback: int | None
    undo: int | None
    last: dict[str, Any] | None  # version, before, why, actor


@dataclass(frozen=True)
class Point:
    """The deciding metric of one version, with its 95 % interval, and whether it is or was the champion."""

    version: int
    run: int
    at: datetime
    value: float | None
    lower: float | None
    upper: float | None
    champion: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version, "run": self.run, "at": moment(self.at), "value": number(self.value),
            "lower": number(self.lower), "upper": number(self.upper), "champion": self.champion,
        }


@dataclass(frozen=True)
class Trend:
    """Oldest first."""

    model: str
    metric: str
    lower_is_better: bool
    points: tuple[Point, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model, "metric": self.metric, "lower_is_better": self.lower_is_better,
            "points": [point.to_json() for point in self.points],
        }


_CHAMPION, _CHALLENGER = ALIAS.alias("champion"), ALIAS.alias("challenger")


def _aliased(alias: Any, name: AliasName) -> Test:
    return and_(alias.c.model == MODEL.c.name, alias.c.alias == name)


_STATEMENT = (
    select(
        MODEL.c.name, MODEL.c.task, MODEL.c.primary_metric, MODEL.c.held, MODEL.c.held_by, MODEL.c.held_reason,
        _CHAMPION.c.version.label("champion"), _CHALLENGER.c.version.label("challenger"),
    )
    .join_from(MODEL, _CHAMPION, _aliased(_CHAMPION, AliasName.CHAMPION), isouter=True)
    .join(_CHALLENGER, _aliased(_CHALLENGER, AliasName.CHALLENGER), isouter=True)
)
MODELS = Listing(
    _STATEMENT,
    Fields(
        {
            "name": Field(MODEL.c.name), "task": Field(MODEL.c.task, choices=TASKS),
            "primary": Field(MODEL.c.primary_metric), "held": Field(MODEL.c.held, Kind.FLAG),
            "champion": Field(_CHAMPION.c.version, Kind.NUMBER, joined=True),
            "challenger": Field(_CHALLENGER.c.version, Kind.NUMBER, joined=True),
        },
        words=(MODEL.c.name, MODEL.c.task, MODEL.c.primary_metric, MODEL.c.held_reason),
    ),
    tie=MODEL.c.name, newest_first=False,
)
_VERSIONS = select(
    *(MODEL_VERSION.c[name] for name in (
        "version", "run_id", "registered_at", "model", "rows", "bytes", "artifact", "measured"
    )), func.json_extract(RUN.c.gate, "$.verdict").label("verdict"),
).join_from(MODEL_VERSION, RUN, RUN.c.id == MODEL_VERSION.c.run_id)


def list(
    workspace: Workspace, *, where: str = "", order: str = "", limit: int = LIMIT, after: Cursor | None = None
) -> Page[Model]:
    """Models, by name, each with its versions."""
    with workspace.registry.read() as connection:
        rows, cursor = MODELS.read(connection, where, order, limit, after, workspace.clock.now())
        return Page(tuple(_model(connection, row) for row in rows), cursor)


def show(workspace: Workspace, name: str) -> Model:
    """Raises NotFound with the nearest name."""
    with workspace.registry.read() as connection:
        return _model(connection, _find(connection, name))


def versions(
    workspace: Workspace, name: str, *, where: str = "", order: str = "", limit: int = LIMIT,
    after: Cursor | None = None,
) -> Page[Version]:
    """Versions of a model, newest first. They can be asked for their metrics, parameters and aliases."""
    with workspace.registry.read() as connection:
        _find(connection, name)
        statement = _VERSIONS.where(MODEL_VERSION.c.model == name)
        listing = Listing(statement, _version_fields(connection, name), tie=MODEL_VERSION.c.version)
        rows, cursor = listing.read(connection, where, order, limit, after, workspace.clock.now())
        return Page(_versions(connection, name, rows), cursor)


def version(workspace: Workspace, text: str) -> Version:
    """The version that NAME, NAME@V or NAME@ALIAS means (NAME: the champion). Raises NotFound."""
    name, at, which = text.rpartition("@")
    name, which = (name, which) if at else (text, AliasName.CHAMPION)
    with workspace.registry.read() as connection:
        _find(connection, name)
        number = version_number(connection, name, which)
        rows = connection.execute(
            _VERSIONS.where(MODEL_VERSION.c.model == name, MODEL_VERSION.c.version == number)
        ).mappings().all()
        if not rows:
            raise NotFound(f"{name} has no version {number}", f"`footplate models show {name}` lists them")
        return _versions(connection, name, rows)[0]


def version_number(connection: Connection, name: str, which: str) -> int:
    """The number that `7`, `v7` or an alias means. Raises NotFound and UsageError."""
    plain = which.removeprefix("v")
    if plain.isascii() and plain.isdecimal():
        return int(plain)
    if which not in tuple(AliasName):
        raise UsageError(f"{which!r} is no version of {name}", "write NAME@V or NAME@champion")
    found = connection.execute(select(ALIAS.c.version).where(ALIAS.c.model == name, ALIAS.c.alias == which)).scalar()
    if found is None:
        raise NotFound(f"{name} has no {which}", f"see `footplate models show {name}`")
    return int(found)


def ways(workspace: Workspace, name: str) -> Ways:
    """Where a rollback and an undo would lead, by the rule that they go by. Raises NotFound."""
    with workspace.registry.read() as connection:
        now = _find(connection, name)["champion"]
        found = moves(connection, name)
    return Ways(before(found, now), undone(found, now), found[-1] if found else None)


def trend(workspace: Workspace, name: str, limit: int = TREND) -> Trend:
    """The deciding metric of the last `limit` versions. Raises NotFound."""
    with workspace.registry.read() as connection:
        model = _find(connection, name)
        rows = connection.execute(
            select(
                MODEL_VERSION.c.version, MODEL_VERSION.c.run_id, MODEL_VERSION.c.registered_at, METRIC.c.value,
                METRIC.c.lower, METRIC.c.upper,
            )
            .join(
                METRIC, (METRIC.c.run_id == MODEL_VERSION.c.run_id) & (METRIC.c.name == model["primary_metric"]),
                isouter=True,
            )
            .where(MODEL_VERSION.c.model == name).order_by(MODEL_VERSION.c.version.desc()).limit(limit)
        ).fetchall()
        champions = {move["version"] for move in moves(connection, name)}
    metric = model["primary_metric"]
    points = tuple(
        Point(one, run, at, value, lower, upper, champion=one in champions)
        for one, run, at, value, lower, upper in reversed(rows)
    )
    return Trend(name, metric, metric in LOWER_IS_BETTER, points)


def _version_fields(connection: Connection, name: str) -> Fields:
    runs = run_fields.fields(connection)

    def aliased(test: Test) -> Select[Any]:
        return select(ALIAS.c.version).where(ALIAS.c.model == name, test)

    versions_of = Elsewhere(
        lambda test: MODEL_VERSION.c.version.in_(aliased(test)), aliased, MODEL_VERSION.c.version
    )
    known = {
        "version": Field(MODEL_VERSION.c.version, Kind.NUMBER), "run": Field(MODEL_VERSION.c.run_id, Kind.NUMBER),
        "rows": Field(MODEL_VERSION.c.rows, Kind.NUMBER), "bytes": Field(MODEL_VERSION.c.bytes, Kind.NUMBER),
        "measured": Field(MODEL_VERSION.c.measured, Kind.FLAG),
        "registered_at": Field(MODEL_VERSION.c.registered_at, Kind.TIME),
        "alias": Field(ALIAS.c.alias, elsewhere=versions_of),
        **{one: runs.known[one] for one in ("cause", "verdict", "actor")},
    }
    return Fields(known, words=(RUN.c.cause, RUN.c.actor), more=runs.more, others=runs.others)


def _find(connection: Connection, name: str) -> Any:
    row = connection.execute(_STATEMENT.where(MODEL.c.name == name)).mappings().fetchone()
    if row is not None:
        return row
    from difflib import get_close_matches

    near = get_close_matches(name, tuple(connection.execute(select(MODEL.c.name)).scalars()), 1)
    raise NotFound(
        f"there is no model {name!r}", f"did you mean {near[0]!r}?" if near else "`footplate models list` shows them"
    )


def _model(connection: Connection, row: Any) -> Model:
    name = row["name"]
    found = connection.execute(
        _VERSIONS.where(MODEL_VERSION.c.model == name).order_by(MODEL_VERSION.c.version.desc())
    ).mappings().all()
    return Model(
        name=name, champion=row["champion"], held=bool(row["held"]), versions=_versions(connection, name, found),
        task=row["task"], primary=row["primary_metric"], challenger=row["challenger"], held_by=row["held_by"],
        held_reason=row["held_reason"],
    )


def _versions(connection: Connection, name: str, rows: Sequence[Any]) -> tuple[Version, ...]:
    aliases: dict[int, tuple[str, ...]] = {}
    for alias, number_ in connection.execute(
        select(ALIAS.c.alias, ALIAS.c.version).where(ALIAS.c.model == name).order_by(ALIAS.c.alias)
    ):
        aliases[number_] = (*aliases.get(number_, ()), alias)
    metrics: dict[int, dict[str, float]] = {}
    runs = [row["run_id"] for row in rows]
    for start in range(0, len(runs), CHUNK):
        for run, metric, value in connection.execute(
            select(METRIC.c.run_id, METRIC.c.name, METRIC.c.value)
            .where(METRIC.c.run_id.in_(runs[start : start + CHUNK]))
        ):
            metrics.setdefault(run, {})[metric] = value
    return tuple(
        Version(
            version=row["version"], run=row["run_id"], aliases=aliases.get(row["version"], ()),
            metrics=metrics.get(row["run_id"], {}), registered_at=row["registered_at"], model=row["model"],
            rows=row["rows"], bytes=row["bytes"], artifact=row["artifact"], measured=bool(row["measured"]),
            verdict=row["verdict"],
        )
        for row in rows
    )
