"""The explicit bars of [data.checks]: what breaks one quarantines a file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from core.data.findings import Finding
from core.text import visible

Range = tuple[float | None, float | None]


@dataclass(frozen=True)
class Checks:
    """`max_missing`: the largest share of missing values a column may have; `range`: its lowest and highest
    value, both allowed, None where that side is open."""

    max_missing: Mapping[str, float] = field(default_factory=dict)
    range: Mapping[str, Range] = field(default_factory=dict)


def broken(checks: Checks, profile: Mapping[str, Any], lines: Mapping[str, int]) -> list[Finding]:
    """Every bar that a profile breaks, and every bar on a column that is not there.

    `lines` says on which line a column first leaves its range, where that is known.
    """
    columns: Mapping[str, Any] = profile["columns"]
    found = []
    for name, most in checks.max_missing.items():
        if name not in columns:
            found.append(_absent(name, "max_missing", columns))
            continue
        rows, missing = columns[name]["rows"], columns[name]["missing"]
        if rows and missing / rows > most:
            said = f"{missing:,} of {rows:,} values of column {visible(name)} are missing"
            found.append(Finding("max_missing", name, f"{said} ({missing / rows:.1%}; at most {most:.1%} may be)"))
    for name, bounds in checks.range.items():
        if name not in columns:
            found.append(_absent(name, "range", columns))
        elif (outside := _outside(columns[name], bounds)) is not None:
            line = lines.get(name)
            where = f", first on line {line:,}" if line is not None else ""
            found.append(Finding("range", name, f"column {visible(name)} {outside}{where}", line))
    return found


def number(value: float) -> str:
    """A figure as a person would write it: 3 and not 3.0.

    >>> number(3.0), number(0.25)
    ('3', '0.25')
    """
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else f"{value:g}"


def _outside(column: Mapping[str, Any], bounds: Range) -> str | None:
    """What a column's profile says against a range, or None."""
    if column["rows"] == column["missing"]:
        return None
    if column["kind"] not in ("number", "boolean"):
        return f"has a range in [data.checks] and holds no numbers ({column['kind']})"
    low, high = bounds
    if low is not None and column["min"] < low:
        return f"goes down to {number(column['min'])}, below {number(low)}"
    if high is not None and column["max"] > high:
        return f"goes up to {number(column['max'])}, above {number(high)}"
    return None


def _absent(name: str, key: str, columns: Mapping[str, Any]) -> Finding:
    near = get_close_matches(name, list(columns), 1, 0.6)
    also = f"; the nearest is {visible(near[0])}" if near else ""
    return Finding("missing_column", name, f"[data.checks] {key} names column {visible(name)}, which is missing{also}")
