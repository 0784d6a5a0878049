"""What a serving process says of what it serves, as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.services.answering import Answering, Live
from core.services.reconciling import Condition
from core.serving.protocols import open_inference


def models(answering: Answering) -> list[dict[str, Any]]:
    return [_model(live) for live in answering.models.values()]


def model(answering: Answering, name: str) -> dict[str, Any]:
    """NotFound where nothing of that name serves."""
    return _model(answering.live(name))


def metadata(answering: Answering, name: str, version: int | None = None) -> dict[str, Any]:
    """As the Open Inference Protocol says. NotFound where that does not serve."""
    live = answering.live(name)
    loaded = live.stable if version is None else answering.version(name, version)
    return open_inference.metadata(name, sorted(live.versions), loaded.predictor.manifest)


def readiness(answering: Answering, condition: Condition) -> dict[str, Any]:
    """`ready`: something serves for every model for which something should. What is behind says why."""
    told: dict[str, Any] = {}
    for name, desired in condition.desired.items():
        if desired.route.stable is None:
            continue
        live = answering.models.get(name)
        told[name] = {
            "version": None if live is None else live.route.stable, "wanted": desired.route.stable,
            "revision": None if live is None else live.route.revision, "problem": condition.problems.get(name),
        }
    ready = condition.looked and all(one["version"] is not None for one in told.values())
    return {
        "ready": ready, "environment": answering.environment, "models": told, "registry": condition.trouble or None,
    }


def _model(live: Live) -> dict[str, Any]:
    route, predictor = live.route, live.stable.predictor
    manifest = predictor.manifest
    return {
        "name": route.model, "environment": route.environment, "version": route.stable, "revision": route.revision,
        "candidate": route.candidate, "strategy": route.strategy, "share": route.share, "task": manifest.task,
        "target": manifest.target, "classes": list(manifest.classes), "id": live.id_column or None,
        "inputs": [dict(one) for one in manifest.inputs], "how": predictor.how,
        "versions": {str(version): _how(loaded.predictor) for version, loaded in live.versions.items()},
    }


def _how(predictor: Any) -> Mapping[str, str]:
    return {"how": predictor.how, "why": predictor.why}
