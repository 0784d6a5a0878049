"""Queries on deployments: what has to serve where, and what servers and their requests report back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, literal, select
from sqlalchemy.dialects.sqlite import insert as upsert

from core.clock import iso
from core.registry.database import Transaction
from core.registry.tables import Deployment, Event, Server, Traffic
from core.vocabulary import EventKind, Role

DEPLOYMENT: Any = Deployment.__table__  # type: ignore[attr-defined]
SERVER: Any = Server.__table__  # type: ignore[attr-defined]
TRAFFIC: Any = Traffic.__table__  # type: ignore[attr-defined]
EVENT: Any = Event.__table__  # type: ignore[attr-defined]
Row = Mapping[Any, Any]  # by name of column


def get(connection: Connection, model: str, environment: str) -> Row | None:
    return connection.execute(
        select(DEPLOYMENT).where(DEPLOYMENT.c.model == model, DEPLOYMENT.c.environment == environment)
    ).mappings().fetchone()


def all(connection: Connection, *, model: str | None = None, environment: str | None = None) -> Sequence[Row]:
    """By model, then environment."""
    query = select(DEPLOYMENT).order_by(DEPLOYMENT.c.model, DEPLOYMENT.c.environment)
    if model is not None:
        query = query.where(DEPLOYMENT.c.model == model)
    if environment is not None:
        query = query.where(DEPLOYMENT.c.environment == environment)
    return connection.execute(query).mappings().all()


def put(tx: Transaction, model: str, environment: str, **values: Any) -> int:
    """Change what is desired; returns the new revision."""
    known = get(tx.connection, model, environment)
    made = {**(dict(known) if known else {}), **values, "model": model, "environment": environment}
    made |= {"revision": (known["revision"] if known else 0) + 1, "actor": tx.actor, "changed_at": tx.now}
    statement = upsert(DEPLOYMENT).values(**made)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["model", "environment"],
            set_={name: statement.excluded[name] for name in made if name not in ("model", "environment")},
        )
    )
    return int(made["revision"])


def changes(connection: Connection, model: str, environment: str, limit: int = 20) -> list[dict[str, Any]]:
    """What was changed, newest first: the payloads of the events, with `kind`, `at` and `actor`."""
    rows = connection.execute(
        select(EVENT.c.kind, EVENT.c.at, EVENT.c.actor, EVENT.c.payload)
        .where(
            EVENT.c.subject == f"model {model}",
            EVENT.c.kind.in_((EventKind.DEPLOYMENT_CHANGED, EventKind.DEPLOYMENT_ROLLED_BACK)),
            func.json_extract(EVENT.c.payload, "$.environment") == environment,
        )
        .order_by(EVENT.c.id.desc()).limit(limit)
    )
    return [{**json.loads(payload), "kind": kind, "at": at, "actor": actor} for kind, at, actor, payload in rows]


def has_served(connection: Connection, model: str, environment: str, version: int) -> bool:
    """Whether all requests there were ever a version's, as far as events are kept."""
    return connection.execute(
        select(EVENT.c.id)
        .where(
            EVENT.c.subject == f"model {model}", EVENT.c.kind == EventKind.DEPLOYMENT_CHANGED,
            func.json_extract(EVENT.c.payload, "$.environment") == environment,
            func.json_extract(EVENT.c.payload, "$.version") == version,
        )
        .limit(1)
    ).first() is not None


def measured(connection: Connection, row: Row, since: datetime) -> dict[str, Any] | None:
    """How the candidate did beside what serves, on labelled rows: the newest event since then about these two."""
    found = connection.execute(
        select(EVENT.c.payload)
        .where(
            EVENT.c.subject == f"model {row['model']}", EVENT.c.kind == EventKind.CANDIDATE_MEASURED,
            EVENT.c.at >= iso(since), func.json_extract(EVENT.c.payload, "$.environment") == row["environment"],
            func.json_extract(EVENT.c.payload, "$.version") == row["version"],
            func.json_extract(EVENT.c.payload, "$.candidate") == row["candidate"],
        )
        .order_by(EVENT.c.id.desc()).limit(1)
    ).scalar()
    return None if found is None else dict(json.loads(found))


def change(connection: Connection, row: Row) -> dict[str, Any]:
    """The event that made a deployment what it is; empty where there is none."""
    found = changes(connection, row["model"], row["environment"], 4)
    wanted = (EventKind.DEPLOYMENT_CHANGED, row["revision"])
    return next((one for one in found if (one["kind"], one.get("revision")) == wanted), {})


def not_loaded(connection: Connection, row: Row, version: int) -> str | None:
    """Why a server could not load a version, as the deployment is now; None where none said so."""
    payload = connection.execute(
        select(EVENT.c.payload)
        .where(
            EVENT.c.subject == f"model {row['model']}", EVENT.c.kind == EventKind.MODEL_NOT_LOADED,
            func.json_extract(EVENT.c.payload, "$.environment") == row["environment"],
            func.json_extract(EVENT.c.payload, "$.revision") == row["revision"],
            func.json_extract(EVENT.c.payload, "$.failed") == version,
        )
        .limit(1)
    ).scalar()
    return None if payload is None else str(json.loads(payload)["why"])


def unanswered(connection: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    """The rollbacks that happened by themselves, made a deployment what it is, and that nobody has acknowledged.

    By (model, environment): the payload of the event, with `at`.
    """
    gone = _of_today(connection, EventKind.DEPLOYMENT_ROLLED_BACK)
    known = _of_today(connection, EventKind.DEPLOYMENT_ACKNOWLEDGED) if gone else {}
    return {key: payload for key, payload in gone.items() if payload.get("by_itself") and key not in known}


def _of_today(connection: Connection, kind: EventKind) -> dict[tuple[str, str], dict[str, Any]]:
    """Events about deployments as they are now."""
    rows = connection.execute(
        select(DEPLOYMENT.c.model, DEPLOYMENT.c.environment, EVENT.c.at, EVENT.c.payload)
        .join_from(EVENT, DEPLOYMENT, EVENT.c.subject == literal("model ") + DEPLOYMENT.c.model)
        .where(
            EVENT.c.kind == kind,
            func.json_extract(EVENT.c.payload, "$.environment") == DEPLOYMENT.c.environment,
            func.json_extract(EVENT.c.payload, "$.revision") == DEPLOYMENT.c.revision,
        )
    )
    return {(model, environment): {**json.loads(payload), "at": at} for model, environment, at, payload in rows}


def put_server(
    tx: Transaction, name: str, environment: str, address: str, started_at: datetime, revisions: Mapping[str, int]
) -> None:
    """A server is there, and serves these revisions of its deployments."""
    values = {"environment": environment, "address": address, "heartbeat_at": tx.now, "revisions": dict(revisions)}
    tx.execute(
        upsert(SERVER).values(name=name, started_at=started_at, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def remove_server(tx: Transaction, name: str) -> None:
    tx.execute(delete(SERVER).where(SERVER.c.name == name))


def servers(connection: Connection, *, since: datetime | None = None) -> Sequence[Row]:
    """Those that gave a sign of life since then."""
    query = select(SERVER).order_by(SERVER.c.name)
    if since is not None:
        query = query.where(SERVER.c.heartbeat_at >= since)
    return connection.execute(query).mappings().all()


def add_traffic(tx: Transaction, key: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
    """Add what was answered in a minute (`key`: model, environment, version, role, minute) to what is known of it.

    `counts`: requests, errors, rows, seconds, compared, agreed, and `latency`, requests by bucket.
    """
    where = [TRAFFIC.c[name] == value for name, value in key.items()]
    known = tx.execute(select(TRAFFIC).where(*where)).mappings().fetchone()
    made = dict(counts)
    if known is not None:
        made = {name: known[name] + value for name, value in counts.items() if name != "latency"}
        longest = max(len(known["latency"]), len(counts["latency"]))
        made["latency"] = [
            sum(one[place] for one in (known["latency"], counts["latency"]) if place < len(one))
            for place in range(longest)
        ]
    tx.execute(
        upsert(TRAFFIC).values(**key, **made)
        .on_conflict_do_update(index_elements=["model", "environment", "version", "role", "minute"], set_=made)
    )


def traffic(
    connection: Connection, model: str, environment: str, *, since: datetime, until: datetime | None = None
) -> Sequence[Row]:
    """Minute by minute, oldest first."""
    query = (
        select(TRAFFIC)
        .where(TRAFFIC.c.model == model, TRAFFIC.c.environment == environment, TRAFFIC.c.minute >= since)
        .order_by(TRAFFIC.c.minute)
    )
    if until is not None:
        query = query.where(TRAFFIC.c.minute < until)
    return connection.execute(query).mappings().all()


def answered(connection: Connection, model: str, environment: str, since: datetime, until: datetime) -> int:
    """How many rows were answered, without those of a shadow."""
    return int(
        connection.execute(
            select(func.sum(TRAFFIC.c.rows)).where(
                TRAFFIC.c.model == model, TRAFFIC.c.environment == environment, TRAFFIC.c.role != Role.SHADOW,
                TRAFFIC.c.minute >= since, TRAFFIC.c.minute < until,
            )
        ).scalar() or 0
    )


def forget_traffic(tx: Transaction, before: datetime) -> int:
    """Drop the minutes before; returns how many rows."""
    return int(tx.execute(delete(TRAFFIC).where(TRAFFIC.c.minute < before)).rowcount)
