"""Values as the contract's JSON has them: times ISO 8601 in UTC, never NaN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core import clock
from core.vocabulary import Cause

CAUSES: dict[str, str] = {
    Cause.NEW_DATA: "new data", Cause.RECIPE_CHANGE: "a saved recipe", Cause.SCHEDULE: "the schedule",
    Cause.DRIFT: "drift", Cause.PERFORMANCE: "performance", Cause.MANUAL: "by hand", Cause.REPRODUCE: "a reproduction",
}


def moment(when: datetime | None) -> str | None:
    return None if when is None else clock.iso(when)


def number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: number(value) for name, value in values.items()}


def findings(found: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Reasons and warnings: check, column, message, and the user's own line where it is known."""
    keys = ("check", "column", "message")
    return [
        {key: one.get(key) for key in keys} | ({"line": one["line"]} if one.get("line") is not None else {})
        for one in found or ()
    ]


def gate(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """The gate with every key of a reason there."""
    if not stored:
        return None
    keys = ("metric", "value", "champion_value", "interval", "threshold", "passed", "message")
    return {
        "verdict": stored["verdict"],
        "reasons": [{key: reason.get(key) for key in keys} for reason in stored.get("reasons") or ()],
    }
