"""Questions about what serves where: deploy, let in, roll back, acknowledge. Each shows what will change."""

from __future__ import annotations

from core.services import deploy
from core.views import deployments as views
from core.views import models as model_views
from core.views.deployments import Deployment
from core.views.difference import difference
from core.vocabulary import DeploymentState, Strategy
from core.workspace import Workspace
from screens import format as f
from screens.inquiry import Alternatives, Option, Prepared, Question, refuse
from screens.levels.deployments import env
from screens.releases import effect
from screens.texts import changes

HOW = {
    Strategy.REPLACE: "at once", Strategy.SHADOW: "as a shadow: it answers beside, unseen",
    Strategy.CANARY: "as a canary: step by step, as [release] says",
}
LETTERS = "123456789abcdefghijk"


def ways(workspace: Workspace, model: str, version: int | None) -> Alternatives:
    """Into which environment, and how: only at once where nothing serves there yet."""
    wanted = model_views.show(workspace, model).champion if version is None else version
    if wanted is None:
        raise refuse(f"{model} has no champion to deploy", "open it and choose one of its versions")
    serving = {one.environment: one for one in views.list(workspace, model=model)}
    options = []
    for environment in workspace.settings.environments:
        there = serving.get(environment)
        free = there is None or there.version is None
        for how in (Strategy.REPLACE,) if free else tuple(Strategy):
            now = "nothing serves there" if free else f"now {there.split}" if there is not None else ""
            options.append((environment, how, f"{environment:<12} {HOW[how]}  ({now})"))
    return Alternatives(f"Deploy {model} v{wanted}: where, and how?", [
        (Option(letter, words, f"{environment}/{how}"),
         lambda environment=environment, how=how: put(workspace, model, wanted, environment, how))  # type: ignore[misc]
        for letter, (environment, how, words) in zip(LETTERS, options, strict=False)
    ])


def put(workspace: Workspace, model: str, version: int, environment: str, how: Strategy) -> Prepared:
    there = next((one for one in views.list(workspace, model=model) if one.environment == environment), None)
    if there is not None and there.version == version and there.candidate is None:
        raise refuse(f"{model} v{version} serves in {environment} already", "choose another version")
    now = "nothing" if there is None else there.split
    lines = changes(("into", environment), ("now", now), ("then", f"v{version} {HOW[how]}"))
    before = there.version if there is not None else None
    if before is not None and before != version:
        lines += effect(difference(workspace, model, version, before))
    command = f"footplate deploy {f.quoted(f'{model}@{version}')} --to {f.quoted(environment)} --strategy {how}"
    return Question(f"Deploy {model} v{version} to {environment}?", lines, command), lambda: deploy.deploy(
        workspace, model, version, environment, how
    )


def approve(workspace: Workspace, row: Deployment) -> Prepared:
    found = views.show(workspace, row.model, row.environment).deployment
    if found.state != DeploymentState.WAITING or found.candidate is None:
        raise refuse(f"nothing of {row.model} waits for {row.environment}", "a [release] that asks would show it here")
    lines = changes(
        ("into", found.environment), ("now", found.split), ("because", found.why),
        ("then", f"v{found.candidate} comes in {HOW[Strategy(found.strategy)]}"),
    )
    if found.version is not None and found.version != found.candidate:
        lines += effect(difference(workspace, found.model, found.candidate, found.version))
    command = f"footplate deployments approve {f.quoted(found.model)}{env(found.environment)}"
    return Question(f"Let {found.model} v{found.candidate} into {found.environment}?", lines, command), lambda: (
        deploy.approve(workspace, found.model, found.environment)
    )


def roll_back(workspace: Workspace, row: Deployment) -> Prepared:
    found = views.show(workspace, row.model, row.environment).deployment
    then = found.version if found.candidate is not None else found.previous
    if then is None:
        raise refuse(f"{row.model} has nothing to go back to in {row.environment}", "deploy another version: s")
    goes = found.candidate if found.candidate is not None else found.version
    lines = changes(
        ("in", found.environment), ("now", found.split), ("then", f"v{then} alone serves, v{goes} is out"),
        ("champion", "stays as it is: in 4, B on the model rolls that back, and holds it"),
    )
    command = f"footplate deployments rollback {f.quoted(found.model)}{env(found.environment)}"
    return Question(f"Roll {found.model} back to v{then} in {found.environment}?", lines, command), lambda: (
        deploy.rollback(workspace, found.model, found.environment)
    )


def acknowledge(workspace: Workspace, row: Deployment) -> Prepared:
    lines = changes(
        ("in", row.environment), ("what", row.why), ("then", "it needs nobody any more"),
    )
    command = f"footplate deployments acknowledge {f.quoted(row.model)}{env(row.environment)}"
    return Question(f"Acknowledge what was rolled back of {row.model} in {row.environment}?", lines, command), lambda: (
        deploy.acknowledge(workspace, row.model, row.environment)
    )
