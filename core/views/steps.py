"""The last changes of a deployment, each with the reasons that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core import clock
from core.registry import deployments
from core.text import visible
from core.views.shape import moment
from core.vocabulary import EventKind

MOST = 20


@dataclass(frozen=True)
class Step:
    """`reasons`: [{check, value, against, requests, verdict, message}], empty where a person or a gate decided."""

    at: datetime
    version: int | None
    candidate: int | None
    share: float
    state: str
    why: str
    actor: str
    back: bool
    reasons: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "at": moment(self.at), "version": self.version, "candidate": self.candidate, "share": self.share,
            "state": self.state, "why": self.why, "actor": self.actor, "back": self.back, "reasons": [*self.reasons],
        }


def steps(connection: Connection, model: str, environment: str) -> tuple[Step, ...]:
    """Newest first."""
    return tuple(
        Step(
            at=clock.parse(one["at"]), version=one["version"], candidate=one["candidate"], share=one["share"],
            state=one["state"], why=visible(one["why"]), actor=one["actor"], back=bool(one.get("back")),
            reasons=tuple(one.get("reasons") or ()),
        )
        for one in deployments.changes(connection, model, environment, MOST)
        if one["kind"] == EventKind.DEPLOYMENT_CHANGED
    )
