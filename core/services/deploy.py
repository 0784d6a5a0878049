"""What serves where: the desired state, to which servers reconcile. A champion moves it by the recipe's [release].

    new champion -> first environment of the path -> (smoke requests) -> ... -> the last one, by the strategy
    going back   -> every environment at once
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from core.errors import BadRecipe, Conflict, NotFound, UsageError
from core.recipes import validators
from core.recipes.recipe import parse
from core.recipes.sections import Release
from core.registry import deployments, jobs, models, runs
from core.registry import recipes as recipe_rows
from core.registry.database import Transaction
from core.services import pipeline
from core.services.inboxes import score_what_waits
from core.services.work import release_request
from core.vocabulary import Cause, DeploymentState, EventKind, Strategy
from core.workspace import Workspace

PRODUCTION = "production"


def follow(tx: Transaction, model: str, version: int, *, back: bool, why: str) -> None:
    """The champion moved: take it to where the recipe's [release] says.

    `back`: a known version serves again, at once; where the last environment has never let it in, it still has to be:
    going back, or taking that back, is no way around a person's approval or a canary.
    """
    policy = release_of(tx.connection, model)
    pipeline.promoted(tx, model, version, why)
    if back:
        last = policy.path[-1]
        known = deployments.has_served(tx.connection, model, last, version)
        for environment in policy.path:
            if environment == last and not known:
                bring(tx, model, version, environment, policy, why=why)
            else:
                serve(tx, model, environment, version, why=why, back=True, follows=True)
        return
    bring(tx, model, version, policy.path[0], policy, why=why)


def bring(tx: Transaction, model: str, version: int, environment: str, policy: Release, *, why: str) -> None:
    """Let a version into one environment of the path: the last one by strategy and approval, others at once.

    In one that is not the last a job asks it smoke requests, and brings it into the next.
    """
    last, follows = environment == policy.path[-1], environment == policy.path[0]
    if last and policy.approval == "human" and not _shadows(tx, model, environment, version, policy):
        ask_person(tx, model, environment, version, policy, why=why)
    elif last:
        begin(tx, model, environment, version, policy.strategy, policy.steps, why=why, follows=follows)
    else:
        serve(tx, model, environment, version, why=why, follows=follows)
        jobs.enqueue(tx, release_request(model, version, environment, _cause(tx, model, version)))


def _cause(tx: Transaction, model: str, version: int) -> Cause:
    """Why there is this version."""
    row = models.version(tx.connection, model, version)
    run = runs.get(tx.connection, row["run_id"]) if row is not None else None
    return Cause(run["cause"]) if run is not None else Cause.MANUAL


def _shadows(tx: Transaction, model: str, environment: str, version: int, policy: Release) -> bool:
    """Whether it can first answer beside what serves: nobody has to allow that, and a person is asked afterwards."""
    row = deployments.get(tx.connection, model, environment)
    return policy.strategy == Strategy.SHADOW and row is not None and row["version"] not in (None, version)


def serve(
    tx: Transaction, model: str, environment: str, version: int | None, *, why: str, back: bool = False, **facts: Any
) -> None:
    """From now on this version alone serves there; None: nothing does. `back`: it did so before.

    `facts` are kept in the event.
    """
    row = deployments.get(tx.connection, model, environment)
    before = row["version"] if row else None
    if row is not None and before == version and row["candidate"] is None:
        return
    _put(
        tx, model, environment, {**facts, "back": back}, why=why, version=version, candidate=None,
        previous=before if before != version else row["previous"] if row else None,
        strategy=Strategy.REPLACE, share=0.0, steps=[], step=0, step_since=None,
        state=DeploymentState.STOPPED if version is None else DeploymentState.SERVING,
    )


def begin(
    tx: Transaction, model: str, environment: str, version: int, strategy: Strategy, steps: Sequence[float], *,
    why: str, **facts: Any,
) -> None:
    """Let a version in beside the one that serves, or instead of it; an earlier candidate makes room."""
    row = deployments.get(tx.connection, model, environment)
    if strategy == Strategy.REPLACE or row is None or row["version"] in (None, version):
        serve(tx, model, environment, version, why=why, **facts)
        return
    _put(
        tx, model, environment, facts, why=why, candidate=version, strategy=strategy, steps=list(steps), step=0,
        share=steps[0] if strategy == Strategy.CANARY else 0.0, step_since=tx.now, state=DeploymentState.ROLLING,
    )


def go_on(tx: Transaction, row: deployments.Row, *, why: str, **facts: Any) -> None:
    """The next step of a canary: a larger share of the requests."""
    step = row["step"] + 1
    _put(
        tx, row["model"], row["environment"], facts, why=why, step=step, share=row["steps"][step], step_since=tx.now,
    )


def ask_person(
    tx: Transaction, model: str, environment: str, version: int, policy: Release, *, why: str, step: int = 0,
    **facts: Any,
) -> None:
    """The version waits at the door of an environment until a person lets it in. `step` 1: it was a shadow there."""
    _put(
        tx, model, environment, facts, why=f"{why}; it waits for approval", candidate=version,
        strategy=policy.strategy, steps=list(policy.steps), step=step, share=0.0, step_since=None,
        state=DeploymentState.WAITING,
    )
    tx.emit(EventKind.DEPLOYMENT_REQUESTED, f"model {model}", environment=environment, version=version)


def _put(
    tx: Transaction, model: str, environment: str, facts: Mapping[str, Any], *, why: str, **values: Any
) -> None:
    row = deployments.get(tx.connection, model, environment)
    before = {"version": None, "candidate": None, "previous": None} | (dict(row) if row else {})
    revision = deployments.put(tx, model, environment, why=why, **values)
    after = {**before, **values}
    tx.emit(
        EventKind.DEPLOYMENT_CHANGED, f"model {model}", environment=environment, version=after["version"],
        before=before["version"], candidate=after["candidate"], strategy=after["strategy"], share=after["share"],
        step=after["step"], state=after["state"], revision=revision, why=why, **facts,
    )
    for gone in {before["version"], before["candidate"]} - {after["version"], after["candidate"], None}:
        pipeline.left(tx, model, gone, environment, why)
    pipeline.came_in(tx, model, environment, after, why)
    if environment == PRODUCTION and after["version"] is not None:
        score_what_waits(tx, model)


# -- people

def deploy(
    workspace: Workspace, model: str, version: int, environment: str = PRODUCTION,
    strategy: Strategy | None = None, steps: Sequence[float] | None = None,
) -> str:
    """Put a version into an environment because a person says so. Without a strategy or steps: as the recipe's
    [release] says of that environment."""
    _known_environment(workspace, environment)
    with workspace.registry.write(workspace.actor) as tx:
        policy = release_of(tx.connection, model)
        strategy = strategy or (policy.strategy if environment == policy.path[-1] else Strategy.REPLACE)
        steps = steps or policy.steps
        if models.version(tx.connection, model, version) is None:
            raise NotFound(f"{model} has no version {version}", f"`footplate models show {model}` lists them")
        row = deployments.get(tx.connection, model, environment)
        before = row["version"] if row else None
        if before == version and row is not None and row["candidate"] is None:
            return f"{model} v{version} serves in {environment} already"
        begin(tx, model, environment, version, strategy, steps, why="deployed by a person")
    was = f", before it was v{before}" if before is not None else ""
    how = "serves" if strategy == Strategy.REPLACE or before is None else f"comes in by {strategy}"
    return f"{model} v{version} {how} in {environment}{was} (back: `footplate deployments rollback {model}`)"


def shares(text: str) -> tuple[float, ...]:
    """The steps of a canary as they are written: `5%,25%,100%` or `0.05,0.25`. UsageError where they are none."""
    try:
        parts = [part.strip() for part in text.split(",")]
        found = [float(part.removesuffix("%")) / (100 if part.endswith("%") else 1) for part in parts]
        return tuple(validators.steps(found))
    except ValueError:
        raise UsageError(
            f"{text!r} are no steps", "write shares of the requests, each above the one before: 5%,25%,100%"
        ) from None


def approve(workspace: Workspace, model: str, environment: str = PRODUCTION) -> str:
    """Let in what waits at the door of an environment."""
    with workspace.registry.write(workspace.actor) as tx:
        row = deployments.get(tx.connection, model, environment)
        if row is None or row["state"] != DeploymentState.WAITING:
            raise Conflict(f"nothing of {model} waits for {environment}", "see `footplate deployments list`")
        shown = row["strategy"] == Strategy.SHADOW and row["step"] > 0
        how = Strategy.REPLACE if shown else Strategy(row["strategy"])
        begin(tx, model, environment, row["candidate"], how, row["steps"], why="approved by a person")
    return f"{model} v{row['candidate']} goes to {environment} (back: `footplate deployments rollback {model}`)"


def rollback(workspace: Workspace, model: str, environment: str = PRODUCTION, *, why: str = "by a person") -> str:
    """Back to what served before: a candidate under way goes, else the version before serves again."""
    with workspace.registry.write(workspace.actor) as tx:
        row = deployments.get(tx.connection, model, environment)
        if row is None or (row["candidate"] is None and row["previous"] is None):
            raise Conflict(
                f"{model} has nothing to go back to in {environment}", "see `footplate deployments list`"
            )
        then = row["version"] if row["candidate"] is not None else row["previous"]
        left = row["candidate"] if row["candidate"] is not None else row["version"]
        serve(tx, model, environment, then, why=f"rolled back {why}", back=True)
        tx.emit(
            EventKind.DEPLOYMENT_ROLLED_BACK, f"model {model}", environment=environment, version=then, left=left,
            why=why,
        )
    return f"{model} v{then} serves in {environment} (again v{left}: `footplate deploy {model}@{left}`)"


def acknowledge(workspace: Workspace, model: str, environment: str = PRODUCTION) -> str:
    """What was rolled back by itself is known: `status` no longer asks for a person."""
    with workspace.registry.write(workspace.actor) as tx:
        row = deployments.get(tx.connection, model, environment)
        if row is None or (model, environment) not in deployments.unanswered(tx.connection):
            raise Conflict(
                f"nothing of {model} was rolled back by itself in {environment}", "see `footplate deployments list`"
            )
        tx.emit(
            EventKind.DEPLOYMENT_ACKNOWLEDGED, f"model {model}", environment=environment, revision=row["revision"]
        )
    return f"{model} in {environment} is acknowledged: it needs nobody (see `footplate deployments show {model}`)"


def release_of(connection: Connection, model: str) -> Release:
    """The [release] of the recipe in force; without one, the default."""
    row = recipe_rows.get(connection, model)
    if row is None or not row["text"]:
        return Release()
    try:
        return parse(row["text"], row["path"], model).release
    except BadRecipe:
        return Release()


def _known_environment(workspace: Workspace, environment: str) -> None:
    known = workspace.settings.environments
    if environment not in known:
        raise UsageError(
            f"there is no environment {environment!r}", f"environments in footplate.toml are: {', '.join(known)}"
        )
