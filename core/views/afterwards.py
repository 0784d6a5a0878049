"""What became of a model version after its run, in words: aliases, approvals, smoke requests, deployments. Pure."""

from __future__ import annotations

from typing import Any

from core.vocabulary import AliasName, DeploymentState, EventKind, Strategy

LATER = (
    EventKind.ALIAS_MOVED, EventKind.APPROVAL_GIVEN, EventKind.DEPLOYMENT_CHANGED, EventKind.DEPLOYMENT_ROLLED_BACK,
    EventKind.SMOKE_PASSED, EventKind.SMOKE_FAILED,
)
Payload = dict[str, Any]


def after(kind: str, payload: Payload, version: int, run: int) -> str:
    """One event as far as it is about a version (of a run); empty where it is not."""
    if kind == EventKind.APPROVAL_GIVEN:
        return f"v{version} was approved" if payload.get("version") == version else ""
    if kind in (EventKind.SMOKE_PASSED, EventKind.SMOKE_FAILED):
        return _smoke(kind, payload) if payload.get("version") == version else ""
    if kind == EventKind.DEPLOYMENT_ROLLED_BACK:
        what = f"its {payload['what']} was" if payload.get("what") else "it was"
        gone = f"{what} rolled back in {payload.get('environment')}: {payload.get('why')}"
        return gone if payload.get("left") == version else ""
    if kind == EventKind.DEPLOYMENT_CHANGED:
        return _deployed(payload, version)
    return _moved(payload, version, run)


def _smoke(kind: str, payload: Payload) -> str:
    said = "passed" if kind == EventKind.SMOKE_PASSED else "failed"
    return f"smoke requests {said} in {payload.get('environment')}: {payload.get('why')}"


def _deployed(payload: Payload, version: int) -> str:
    """What a version got of an environment; that it went is told by what took its place.

    That a champion serves at once is told by the move of its alias.
    """
    environment, why = payload.get("environment"), payload.get("why")
    if payload.get("candidate") == version:
        if payload.get("state") == DeploymentState.WAITING:
            return f"v{version} waits before {environment}: {why}"
        if payload.get("strategy") == Strategy.SHADOW:
            return f"v{version} answers beside v{payload.get('version')} in {environment}, unseen: {why}"
        return f"v{version} gets {payload.get('share') or 0:.0%} of {environment}: {why}"
    if payload.get("version") == version and payload.get("before") != version and not payload.get("follows"):
        return f"v{version} serves in {environment}: {why}"
    return ""


def _moved(payload: Payload, version: int, run: int) -> str:
    if payload.get("alias") != AliasName.CHAMPION or payload.get("run") == run:
        return ""
    if payload.get("version") == version:
        return f"v{version} became the champion: {payload.get('why')}"
    if payload.get("before") == version:
        return f"v{payload.get('version')} took its place: {payload.get('why')}"
    return ""
