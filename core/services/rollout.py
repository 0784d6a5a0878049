"""What comes in is watched: a canary goes on step by step, a shadow is shown, what is worse goes back by itself.

    canary   requests and minutes enough, not worse -> a larger share -> ... -> it serves
    shadow   requests enough -> it serves, or a person is asked, with the agreement shown
    serves   far worse than the version before, in its first requests -> the version before serves again

Light: the daemon at rest calls `step`. Each decision is one transaction, on the condition that nobody changed the
deployment since it was looked at, so that a daemon that is killed decides it once more, and never twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from core import clock as clocks
from core.monitoring.service import (
    RELEASED,
    Judgement,
    Metric,
    Next,
    Reason,
    Served,
    judge_canary,
    milliseconds,
    percent,
)
from core.recipes.sections import Release
from core.registry import champions, deployments, models
from core.registry.database import Transaction
from core.services import deploy, pipeline
from core.services.release import move_champion
from core.vocabulary import DeploymentState, EventKind, Role, Strategy
from core.workspace import Workspace

MINUTE = timedelta(minutes=1)
BEFORE = timedelta(hours=1)  # what the version that serves answered before a rollout counts, where it answers little
ENOUGH = 1_000  # requests of the version that serves, beside the candidate, from which on nothing older is looked at
KEPT = timedelta(days=30)  # of what was answered, minute by minute
WATCHED_REQUESTS = 1_000  # after a version has begun to serve alone, and as long as `WATCHED_AT_LEAST`
WATCHED_AT_LEAST, WATCHED_AT_MOST = timedelta(minutes=15), timedelta(days=1)
Row = deployments.Row


@dataclass(frozen=True)
class Look:
    """What the requests say of one deployment. `began`: when its candidate came in."""

    judgement: Judgement
    candidate: Served
    began: datetime | None = None


def step(workspace: Workspace) -> list[str]:
    """Do for every deployment what is due; says what was done, a line each."""
    with workspace.registry.read() as connection:
        now = workspace.clock.now()
        looked = [
            (row, look) for row in deployments.all(connection) if (look := look_at(connection, row, now)) is not None
        ]
    said = []
    for row, look in looked:
        if look.judgement.verdict == Next.WAIT or (look.began is None and look.judgement.verdict != Next.BACK):
            continue
        with workspace.registry.write(workspace.actor) as tx:
            current = deployments.get(tx.connection, row["model"], row["environment"])
            if current is not None and current["revision"] == row["revision"]:
                said.append(_act(tx, row, look))
    return said


def forget_old(workspace: Workspace) -> None:
    """Minutes of which nobody asks any more."""
    with workspace.registry.write(workspace.actor) as tx:
        deployments.forget_traffic(tx, tx.now - KEPT)


def look_at(connection: Connection, row: Row, now: datetime) -> Look | None:
    """How a candidate, or a version that has just begun to serve, does; None where nothing is to be judged."""
    if row["state"] == DeploymentState.ROLLING:
        return _rolling(connection, row, now)
    if row["state"] == DeploymentState.SERVING and None not in (row["version"], row["previous"]):
        return _released(connection, row, now)
    return None


def _rolling(connection: Connection, row: Row, now: datetime) -> Look:
    policy, change = deploy.release_of(connection, row["model"]), deployments.change(connection, row)
    began = clocks.parse(change["began"]) if "began" in change else row["step_since"]
    if (lost := deployments.not_loaded(connection, row, row["candidate"])) is not None:
        why = Reason("loaded", None, None, 0, Next.BACK, f"it cannot be loaded: {lost}")
        return Look(Judgement(Next.BACK, (why,)), Served(), began)
    start = _start(connection, row, began)
    minutes = deployments.traffic(connection, row["model"], row["environment"], since=start - BEFORE)
    role = Role.SHADOW if row["strategy"] == Strategy.SHADOW else Role.CANARY
    candidate = Served.of(
        one for one in minutes if (one["version"], one["role"]) == (row["candidate"], role) and one["minute"] >= start
    )
    before = int(change.get("requests", 0))  # of the candidate, when this step began
    found = judge_canary(
        _stable(minutes, row["version"], start), candidate, min_requests=before + policy.min_requests,
        minutes=(now - row["step_since"]) / MINUTE, min_minutes=policy.min_minutes,
        metric=_metric(deployments.measured(connection, row, began)),
    )
    return Look(found, candidate, began)


def _metric(found: Mapping[str, Any] | None) -> Metric | None:
    """What a label job has found out of both versions, if it has."""
    if found is None:
        return None
    return Metric(
        found["metric"], found["stable_value"], found["candidate_value"], found["error"], found["rows"],
        greater_is_better=False, matters=found["matters"],
    )


def _released(connection: Connection, row: Row, now: datetime) -> Look | None:
    """The version that serves alone against the one before, while it is new."""
    age = now - row["changed_at"]
    if age > WATCHED_AT_MOST:
        return None
    change = deployments.change(connection, row)
    if change.get("before") == row["version"] or change.get("back", True):
        return None
    minutes = deployments.traffic(
        connection, row["model"], row["environment"], since=_floor(row["changed_at"]) - BEFORE
    )
    stable = Served.of(
        one for one in minutes if one["version"] == row["previous"] and one["role"] != Role.SHADOW
    )
    served = Served.of(
        one for one in minutes
        if (one["version"], one["role"]) == (row["version"], Role.STABLE) and one["minute"] >= _floor(row["changed_at"])
    )
    few = deploy.release_of(connection, row["model"]).min_requests
    if stable.requests < few or (served.requests > WATCHED_REQUESTS and age > WATCHED_AT_LEAST):
        return None
    return Look(judge_canary(stable, served, min_requests=1, limits=RELEASED), served)


def _stable(minutes: Any, version: int, start: datetime) -> Served:
    """What the version that serves answered beside the candidate; where that is little, also before."""
    own = [one for one in minutes if one["version"] == version and one["role"] != Role.SHADOW]
    beside = Served.of(one for one in own if one["minute"] >= start)
    return beside if beside.requests >= ENOUGH else Served.of(own)


def _start(connection: Connection, row: Row, began: datetime) -> datetime:
    """The first minute that counts: that of the beginning, unless the same version went back in it."""
    start = _floor(began)
    for one in deployments.changes(connection, row["model"], row["environment"]):
        gone = one["kind"] == EventKind.DEPLOYMENT_ROLLED_BACK and one.get("left") == row["candidate"]
        if gone and clocks.parse(one["at"]) >= start:
            return start + MINUTE
    return start


def _floor(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


# -- what follows

def _act(tx: Transaction, row: Row, look: Look) -> str:
    what = str(row["strategy"]) if look.began is not None else "release"
    if look.judgement.verdict == Next.BACK:
        return back(tx, row, what, look.judgement.text, [one.to_json() for one in look.judgement.reasons])
    model, environment, candidate = row["model"], row["environment"], row["candidate"]
    facts: dict[str, Any] = {"reasons": [one.to_json() for one in look.judgement.reasons]}
    told = f"{told_of(look.candidate)} on {look.candidate.requests:,} requests"
    policy = deploy.release_of(tx.connection, model)
    if row["strategy"] == Strategy.SHADOW and policy.approval == "human":
        asked = Release(path=policy.path, strategy=Strategy.SHADOW, steps=policy.steps)
        deploy.ask_person(
            tx, model, environment, candidate, asked, why=f"shadow of v{candidate}: {told}", step=1, **facts
        )
        return f"{model} v{candidate} waits for approval in {environment}: {told}"
    if row["strategy"] == Strategy.CANARY and row["step"] + 1 < len(row["steps"]) and row["steps"][row["step"] + 1] < 1:
        share = row["steps"][row["step"] + 1]
        deploy.go_on(
            tx, row, why=f"canary of v{candidate} goes on to {share:.0%}: {told}",
            began=clocks.iso(look.began or tx.now), requests=look.candidate.requests, **facts,
        )
        return f"{model} v{candidate} gets {share:.0%} of {environment}: {told}"
    deploy.serve(tx, model, environment, candidate, why=f"{what} of v{candidate} passed: {told}", passed=what, **facts)
    return f"{model} v{candidate} serves in {environment}: {told}"


def back(
    tx: Transaction, row: Row, what: str, because: str, reasons: list[dict[str, Any]] | None = None, **facts: Any
) -> str:
    """Take back what is worse: the version that served does so again, and is the champion again; nothing is held.

    `what` was taken back: a canary, a shadow, a release, smoke requests.
    """
    model, environment = row["model"], row["environment"]
    left = row["candidate"] if row["candidate"] is not None else row["version"]
    then = row["version"] if row["candidate"] is not None else row["previous"]
    said = f"{what} of {model} v{left} rolled back: {because}"
    reasons = reasons or []
    pipeline.went_back(tx, model, left, environment, because)
    deploy.serve(tx, model, environment, then, why=said, back=True, reasons=reasons)
    now = deployments.get(tx.connection, model, environment)
    assert now is not None
    tx.emit(
        EventKind.DEPLOYMENT_ROLLED_BACK, f"model {model}", environment=environment, version=then, left=left,
        what=what, why=because, reasons=reasons, revision=now["revision"], by_itself=True, **facts,
    )
    path = deploy.release_of(tx.connection, model).path
    last = deployments.get(tx.connection, model, path[-1])
    if last is not None and last["version"] is not None:  # what serves at the end of the path is what is known
        then = last["version"]
    if then is not None and environment in path and models.alias(tx.connection, model) == left:
        move_champion(tx, model, then, seen=left, check_seen=True, why=champions.BREACHED, because=said)
    return said


def told_of(served: Served) -> str:
    """`errors 0.1%, p95 12 ms, agreement 97.0%`."""
    parts = [f"errors {percent(served.error_rate)}"]
    if (p95 := served.quantile(0.95)) is not None:
        parts.append(f"p95 {milliseconds(p95)}")
    if served.agreement is not None:
        parts.append(f"agreement {percent(served.agreement)}")
    return ", ".join(parts)
