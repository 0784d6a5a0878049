"""The last replay of a recipe, as it was kept: what never, always and gated retraining would have scored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.registry.tables import Event
from core.views.shape import moment
from core.vocabulary import EventKind
from core.workspace import Workspace

EVENT: Any = Event.__table__  # type: ignore[attr-defined]
POLICIES = ("never", "always", "gated")


@dataclass(frozen=True)
class Step:
    """One file: what the model of each policy scored on it (None: there was none yet), and the gate's say."""

    file: str
    rows: int
    scores: dict[str, float | None]
    verdict: str
    headline: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Replayed:
    """`means` are over the files that all three policies met with a model; `seconds` what the fits took."""

    model: str
    at: datetime
    actor: str
    metric: str
    higher_is_better: bool
    means: dict[str, float | None]
    seconds: dict[str, float]
    fits: dict[str, int]
    steps: tuple[Step, ...]

    def series(self, policy: str) -> tuple[float | None, ...]:
        """What one policy scored, file by file."""
        return tuple(step.scores.get(policy) for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model, "at": moment(self.at), "actor": self.actor, "metric": self.metric,
            "higher_is_better": self.higher_is_better, "means": self.means, "seconds": self.seconds, "fits": self.fits,
            "files": [
                {"file": step.file, "rows": step.rows, "scores": step.scores, "verdict": step.verdict,
                 "headline": step.headline, "reasons": [*step.reasons]}
                for step in self.steps
            ],
        }


def last(workspace: Workspace, name: str) -> Replayed | None:
    """The newest one of a recipe; None where it was never replayed. Raises Corrupted where its bytes are gone."""
    with workspace.registry.read() as connection:
        row = connection.execute(
            select(EVENT.c.at, EVENT.c.actor, EVENT.c.payload)
            .where(EVENT.c.subject == f"recipe {name}", EVENT.c.kind == EventKind.RECIPE_REPLAYED)
            .order_by(EVENT.c.id.desc()).limit(1)
        ).fetchone()
    if row is None:
        return None
    found = json.loads(workspace.store.read(json.loads(row.payload)["result"]))
    return Replayed(
        model=name, at=datetime.fromisoformat(row.at), actor=row.actor, metric=found["metric"],
        higher_is_better=found["higher_is_better"], means=found["means"], seconds=found["seconds"],
        fits=found["fits"],
        steps=tuple(
            Step(one["file"], one["rows"], one["scores"], one["verdict"], one["headline"], tuple(one["reasons"]))
            for one in found["files"]
        ),
    )
