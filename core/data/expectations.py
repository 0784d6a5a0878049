"""What the first version lets one expect of the later ones. Nothing here ever refuses a file: it warns."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.data.checks import number
from core.data.findings import Finding
from core.text import shortened, visible

JSON = Mapping[str, Any]

MISSING_MORE = 0.05  # of the rows, beyond chance, that may be missing more than at first
BEYOND = 0.5  # of the range first seen, by which values may leave it
REPEATED_MORE = 0.05  # of the rows that may repeat others more than at first
SHOWN = 5  # classes that a message names


def infer_expectations(profile: JSON, repeated: int, classes: Sequence[str] | None) -> dict[str, Any]:
    """{"rows", "repeated" (a share), "classes" (of the target, or null), "columns": {NAME: {"missing" (a share),
    "varies", "low", "high" (numbers only)}}} of one profile."""
    rows = max(int(profile["rows"]), 1)
    columns = {}
    for name, column in profile["columns"].items():
        known: dict[str, Any] = {"missing": column["missing"] / rows, "varies": column["distinct"] > 1}
        if column["kind"] == "number" and column["min"] is not None:
            known |= {"low": column["min"], "high": column["max"]}
        columns[name] = known
    return {
        "rows": int(profile["rows"]), "repeated": repeated / rows, "columns": columns,
        "classes": list(classes) if classes is not None else None,
    }  # fmt: skip


def odd(
    expected: JSON | None, profile: JSON, repeated: int, classes: Sequence[str] | None, keys: Collection[str] = ()
) -> list[Finding]:
    """Warnings about a version: against the expectations, or, without any, about what is odd in itself.

    `repeated`: rows that stood in the file before; `classes`: of the target where it has classes; `keys`: columns
    that tell rows and files apart (id, time), of which new values are expected.
    """
    rows = int(profile["rows"])
    if not rows:
        return []
    first = expected is None
    known: JSON = expected if expected is not None else {"rows": 0, "repeated": 0.0, "columns": {}, "classes": None}
    found = []
    for name, column in profile["columns"].items():
        usual = known["columns"].get(name)
        if name in keys:
            found += _missing(name, column, usual, int(known["rows"])) if usual is not None else []
        else:
            found += _column(name, column, usual, int(known["rows"]), name == profile["target"], bool(classes))
    if repeated / rows > known["repeated"] + REPEATED_MORE:
        was = "" if first else f"; at first it was {known['repeated']:.1%}"
        said = f"{repeated:,} of {rows:,} rows ({repeated / rows:.1%}) repeat an earlier row{was}"
        found.append(Finding("repeated_rows", None, said))
    if classes is not None and known["classes"]:
        old = set(known["classes"])
        if new := [label for label in classes if label not in old]:
            shown = ", ".join(shortened(label) for label in new[:SHOWN]) + (" ..." if len(new) > SHOWN else "")
            several = f"{len(new)} classes that are new" if len(new) > 1 else "a class that is new"
            target = profile["target"]
            found.append(Finding("new_class", target, f"the target {visible(target)} holds {several}: {shown}"))
    return found


def _column(name: str, column: JSON, known: JSON | None, known_rows: int, target: bool, classes: bool) -> list[Finding]:
    found = []
    shown, rows, missing = visible(name), column["rows"], column["missing"]
    present = rows - missing
    if present > 1 and column["distinct"] == 1:
        if target:
            found.append(Finding("constant_column", name, f"the target {shown} holds one class only: {_one(column)}"))
        elif known is None or known["varies"]:
            found.append(Finding("constant_column", name, f"column {shown} holds one value only: {_one(column)}"))
    if known is None:
        if not present and not target:
            found.append(Finding("missing_share", name, f"column {shown} holds no value at all"))
        return found
    if present or not target:
        found += _missing(name, column, known, known_rows)
    if column["kind"] == "number" and present and known.get("low") is not None and not (target and classes):
        low, high = known["low"], known["high"]
        room = BEYOND * (high - low)
        least = max(low - room, 0.0) if low >= 0 else low - room  # what was never negative is not expected to be
        worst = column["min"] if column["min"] < least else column["max"]
        if known["varies"] and not least <= worst <= high + room:
            said = f"column {shown} holds {number(worst)}; at first it held {number(low)} to {number(high)}"
            found.append(Finding("out_of_range", name, said))
    return found


def _missing(name: str, column: JSON, known: JSON, known_rows: int) -> list[Finding]:
    """Whether more is missing than at first, beyond chance."""
    rows, missing, usual = column["rows"], column["missing"], known["missing"]
    pooled = (missing + usual * known_rows) / (rows + known_rows)
    chance = 3 * math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / max(known_rows, 1)))
    if missing / rows <= usual + MISSING_MORE + chance:
        return []
    said = f"{missing:,} of {rows:,} values of column {visible(name)} are missing"
    return [Finding("missing_share", name, f"{said} ({missing / rows:.1%}; at first {usual:.1%})")]


def _one(column: JSON) -> str:
    if "top" in column:
        return shortened(column["top"][0]["value"])
    value = column["min"]
    return number(value) if isinstance(value, float) else str(value)
