"""What serves where: the split, live requests, latency and errors of each version, and the last steps with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from core import clock
from core.errors import NotFound
from core.monitoring.service import Served
from core.query.language import parse, parse_order
from core.query.memory import picked
from core.registry import deployments
from core.registry.tables import Deployment as DeploymentRow
from core.registry.tables import Server, Traffic
from core.text import visible
from core.views import flat
from core.views.page import Cursor, Page, held
from core.views.shape import moment, number
from core.views.steps import Step, steps
from core.vocabulary import DeploymentState, Role, Strategy
from core.workspace import Workspace

DEPLOYMENT: Any = DeploymentRow.__table__  # type: ignore[attr-defined]
TRAFFIC: Any = Traffic.__table__  # type: ignore[attr-defined]
SERVER: Any = Server.__table__  # type: ignore[attr-defined]
MINUTE = timedelta(minutes=1)
RECENT = timedelta(minutes=15)  # that latency and errors are told of, where nothing is under way
ALIVE = timedelta(seconds=30)  # since the last sign of life of a server
SERIES = timedelta(hours=1)


@dataclass(frozen=True)
class Side:
    """What one version answered of late: seconds, shares; `rate` in requests a second, now."""

    version: int
    role: str
    requests: int
    errors: int
    rows: int
    rate: float
    error_rate: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    agreement: float | None  # of a shadow, with the version beside it
    compared: int

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version, "role": self.role, "requests": self.requests, "errors": self.errors,
            "rows": self.rows, "rate": number(self.rate), "error_rate": number(self.error_rate),
            "p50": number(self.p50), "p95": number(self.p95), "p99": number(self.p99),
            "agreement": number(self.agreement), "compared": self.compared,
        }


@dataclass(frozen=True)
class Deployment:
    """`since`: from when on the sides are counted; `servers` are alive, `behind` of them do not serve it yet."""

    model: str
    environment: str
    state: str
    version: int | None
    previous: int | None
    candidate: int | None
    strategy: str
    share: float
    steps: tuple[float, ...]
    step: int
    step_since: datetime | None
    revision: int
    why: str
    actor: str
    changed_at: datetime
    since: datetime
    stable: Side | None
    beside: Side | None  # the candidate
    servers: int
    behind: int

    @property
    def name(self) -> str:
        return f"{self.model}/{self.environment}"

    @property
    def rate(self) -> float:
        """Requests a second that are answered now; a shadow answers nobody."""
        return sum(side.rate for side in (self.stable, self.beside) if side is not None and side.role != Role.SHADOW)

    @property
    def split(self) -> str:
        """`v5`, `v5 75% · v6 25%`, `v5 · shadow v6`, `v5 · v6 waits`."""
        serving = f"v{self.version}" if self.version is not None else "nothing"
        if self.candidate is None:
            return serving
        if self.state == DeploymentState.WAITING:
            return f"{serving} · v{self.candidate} waits"
        if self.strategy == Strategy.SHADOW:
            return f"{serving} · shadow v{self.candidate}"
        return f"{serving} {1 - self.share:.0%} · v{self.candidate} {self.share:.0%}"

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model, "environment": self.environment, "state": self.state, "version": self.version,
            "previous": self.previous, "candidate": self.candidate, "strategy": self.strategy, "share": self.share,
            "steps": [*self.steps], "step": self.step, "step_since": moment(self.step_since), "split": self.split,
            "revision": self.revision, "why": self.why, "actor": self.actor, "changed_at": moment(self.changed_at),
            "rate": number(self.rate), "since": moment(self.since),
            "stable": self.stable.to_json() if self.stable else None,
            "beside": self.beside.to_json() if self.beside else None,
            "servers": self.servers, "behind": self.behind,
        }


@dataclass(frozen=True)
class Minute:
    """One minute of one version."""

    at: datetime
    version: int
    role: str
    requests: int
    errors: int
    p50: float | None
    p95: float | None

    def to_json(self) -> dict[str, Any]:
        return {
            "at": moment(self.at), "version": self.version, "role": self.role, "requests": self.requests,
            "errors": self.errors, "p50": number(self.p50), "p95": number(self.p95),
        }


@dataclass(frozen=True)
class Details:
    """One deployment with its last hour, minute by minute, and its last steps, newest first."""

    deployment: Deployment
    minutes: tuple[Minute, ...]
    history: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            **self.deployment.to_json(), "minutes": [one.to_json() for one in self.minutes],
            "history": [one.to_json() for one in self.history],
        }


def list(
    workspace: Workspace, *, model: str | None = None, where: str = "", order: str = "", limit: int = 0,
    after: Cursor | None = None,
) -> Page[Deployment]:
    """All deployments: what is under way first, then by name. Raises UsageError."""
    now = workspace.clock.now()
    with workspace.registry.read() as connection:
        statement = select(DEPLOYMENT).order_by(DEPLOYMENT.c.model, DEPLOYMENT.c.environment)
        if model is not None:
            statement = statement.where(DEPLOYMENT.c.model == model)
        found = _all(connection, connection.execute(statement).mappings().all(), now)
    first = sorted(found, key=lambda one: one.candidate is None)
    return held(picked(first, parse(where), parse_order(order), _value, _words, now), limit, after)


def show(workspace: Workspace, model: str, environment: str = "production") -> Details:
    """Raises NotFound."""
    now = workspace.clock.now()
    with workspace.registry.read() as connection:
        row = connection.execute(
            select(DEPLOYMENT).where(DEPLOYMENT.c.model == model, DEPLOYMENT.c.environment == environment)
        ).mappings().fetchone()
        if row is None:
            known = connection.execute(select(DEPLOYMENT.c.environment).where(DEPLOYMENT.c.model == model)).scalars()
            there = ", ".join(known)
            raise NotFound(
                f"{model} is not deployed to {environment}",
                f"it is in {there}" if there else f"`footplate deploy {model}` does it",
            )
        [one] = _all(connection, [row], now)
        minutes = tuple(
            Minute(minute["minute"], minute["version"], minute["role"], minute["requests"], minute["errors"],
                   (of := Served.of([minute])).quantile(0.5), of.quantile(0.95))
            for minute in _traffic(connection, now - SERIES, row)
        )
        return Details(one, minutes, steps(connection, model, environment))


def _value(name: str) -> flat.Value:
    flat.DEPLOYMENTS.value(name)  # says what is wrong with a name
    return flat.DEPLOYMENTS.known[name]


def _words(one: Deployment) -> str:
    return f"{one.name} {one.state} {one.split} {one.why}"


# -- reading


def _all(connection: Connection, rows: Sequence[Mapping[Any, Any]], now: datetime) -> Sequence[Deployment]:
    recent = [dict(one) for one in _traffic(connection, now - RECENT)]
    servers = connection.execute(select(SERVER).where(SERVER.c.heartbeat_at >= now - ALIVE)).mappings().all()
    return [_deployment(connection, row, recent, servers, now) for row in rows]


def _traffic(
    connection: Connection, since: datetime, of: Mapping[Any, Any] | None = None
) -> Sequence[Mapping[Any, Any]]:
    statement = select(TRAFFIC).where(TRAFFIC.c.minute >= _floor(since)).order_by(TRAFFIC.c.minute)
    if of is not None:
        statement = statement.where(TRAFFIC.c.model == of["model"], TRAFFIC.c.environment == of["environment"])
    return connection.execute(statement).mappings().all()


def _deployment(
    connection: Connection, row: Mapping[Any, Any], recent: Iterable[Mapping[Any, Any]],
    servers: Sequence[Mapping[Any, Any]], now: datetime,
) -> Deployment:
    since = now - RECENT
    if row["state"] == DeploymentState.ROLLING:
        change = deployments.change(connection, row)
        since = clock.parse(change["began"]) if "began" in change else row["step_since"]
        recent = _traffic(connection, since, row)
    own = [one for one in recent if (one["model"], one["environment"]) == (row["model"], row["environment"])]
    shadow = Role.SHADOW if row["strategy"] == Strategy.SHADOW else Role.CANARY
    here = [one for one in servers if one["environment"] == row["environment"]]
    return Deployment(
        **{name: row[name] for name in (
            "model", "environment", "state", "version", "previous", "candidate", "strategy", "share", "step",
            "step_since", "revision", "actor", "changed_at",
        )},
        steps=tuple(row["steps"]), why=visible(row["why"]), since=since,
        stable=_side(own, row["version"], Role.STABLE, now),
        beside=_side(own, row["candidate"], shadow, now) if row["state"] == DeploymentState.ROLLING else None,
        servers=len(here), behind=sum((one["revisions"] or {}).get(row["model"]) != row["revision"] for one in here),
    )


def _side(minutes: Iterable[Mapping[Any, Any]], version: int | None, role: Role, now: datetime) -> Side | None:
    if version is None:
        return None
    own = [one for one in minutes if (one["version"], one["role"]) == (version, role)]
    served = Served.of(own)
    begin = _floor(now) - MINUTE
    last = sum(one["requests"] for one in own if one["minute"] >= begin)
    return Side(
        version=version, role=role, requests=served.requests, errors=served.errors, rows=served.rows,
        rate=last / (now - begin).total_seconds(), error_rate=served.error_rate if served.requests else None,
        p50=served.quantile(0.5), p95=served.quantile(0.95), p99=served.quantile(0.99), agreement=served.agreement,
        compared=served.compared,
    )


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
