"""What changed from one version of a dataset to another, told from their stored profiles alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from core.data.checks import number
from core.data.stability import CHANGED, MOVED, chance, stability
from core.text import shortened, visible

JSON = Mapping[str, Any]

MISSING = 0.01  # of the rows: a change of the missing share that is worth a word
SHIFT = 0.1  # of the earlier standard deviation: a shift of mean or median that is worth a word
COMMON = 0.01  # of the rows: a category is common from here on
RELATION = 0.05  # of 1: a change of the relation to the target that is worth a word


def compare(before: JSON, after: JSON) -> dict[str, Any]:
    """{"findings": [{"change", "column", "before", "after", "message"}], "stability": [{"column", "psi"}],
    "columns": [{"column", "state", "psi", "shift", "missing", "moved"}]}.

    Findings come in the order of the columns; "column" is null where it is about the whole version. "psi" is
    the population stability index (`core.data.stability`), null where a column has no two distributions.
    "columns" come in the order in which they changed most: those of another schema ("state": added, removed,
    retyped) first, then those that moved, by PSI, then the others. "shift" is that of the mean in standard
    deviations of before, "missing" the change of the missing share, "moved" whether the PSI is more than small and
    more than chance (never of dates).
    """
    found = list(_whole(before, after))
    stable, columns = [], []
    old, new = before["columns"], after["columns"]
    for name in [*(name for name in old if name not in new), *new]:
        psi = None
        if name not in new:
            kind, state = old[name]["kind"], "removed"
            found.append(_finding("column_removed", name, kind, None, f"column {visible(name)} ({kind}) is gone"))
        elif name not in old:
            kind, state = new[name]["kind"], "added"
            found.append(_finding("column_added", name, None, kind, f"column {visible(name)} ({kind}) is new"))
        else:
            psi = stability(old[name], new[name])
            state = "same" if old[name]["kind"] == new[name]["kind"] else "retyped"
            stable.append({"column": name, "psi": psi})
            found += _column(name, old[name], new[name], psi)
        columns.append(_moved(name, state, old.get(name), new.get(name), psi))
    columns.sort(key=lambda one: (STATES.index(one["state"]), not one["moved"], -(one["psi"] or 0.0)))
    return {"findings": found, "stability": stable, "columns": columns}


STATES = ("removed", "retyped", "added", "same")


def _moved(name: str, state: str, old: JSON | None, new: JSON | None, psi: float | None) -> dict[str, Any]:
    shift = missing = None
    moved = state != "same"
    if old is not None and new is not None:
        if old["rows"] and new["rows"]:
            missing = new["missing"] / new["rows"] - old["missing"] / old["rows"]
        if old.get("std") and None not in (old.get("mean"), new.get("mean")):
            shift = (new["mean"] - old["mean"]) / old["std"]
            shift = shift if math.isfinite(shift) else None
        if psi is not None and new["kind"] != "date":  # time goes on
            moved = moved or (psi >= MOVED and psi > chance(old, new))
    return {"column": name, "state": state, "psi": psi, "shift": shift, "missing": missing, "moved": moved}


def _finding(change: str, column: str | None, before: Any, after: Any, message: str) -> dict[str, Any]:
    return {"change": change, "column": column, "before": before, "after": after, "message": message}


def _whole(before: JSON, after: JSON) -> Iterator[dict[str, Any]]:
    old, new = before["rows"], after["rows"]
    if old != new:
        share = f" ({new / old - 1:+.1%})" if old else ""
        yield _finding("rows", None, old, new, f"{old:,} rows became {new:,}{share}")
    if before["target"] != after["target"]:
        shown = [visible(one) if one else "none" for one in (before["target"], after["target"])]
        said = f"the target was {shown[0]} and is {shown[1]}"
        yield _finding("target", None, before["target"], after["target"], said)


def _column(name: str, old: JSON, new: JSON, psi: float | None) -> Iterator[dict[str, Any]]:
    shown = visible(name)
    if old["kind"] != new["kind"]:
        said = f"column {shown} was read as {old['kind']} and is read as {new['kind']}"
        yield _finding("column_retyped", name, old["kind"], new["kind"], said)
    if old["rows"] and new["rows"]:
        was, now = old["missing"] / old["rows"], new["missing"] / new["rows"]
        if abs(now - was) >= MISSING:
            said = f"missing in column {shown}: {was:.1%} of rows became {now:.1%}"
            yield _finding("missing", name, was, now, said)
    if old["kind"] == new["kind"]:
        if "mean" in old:
            yield from _numbers(name, old, new)
        elif old["kind"] == "date":
            yield from _dates(name, old, new)
        elif "top" in old:
            yield from _categories(name, old, new)
    if psi is not None and old["kind"] != "date" and psi >= CHANGED and psi > chance(old, new):
        said = f"the distribution of column {shown} is another one: PSI {psi:.2f} ({CHANGED} counts as changed)"
        yield _finding("distribution", name, None, psi, said)
    was, now = old.get("relation"), new.get("relation")
    if was is not None and now is not None and abs(now - was) >= RELATION:
        said = f"what column {shown} tells of the target: {was:.2f} became {now:.2f} (of 1)"
        yield _finding("relation", name, was, now, said)


def _numbers(name: str, old: JSON, new: JSON) -> Iterator[dict[str, Any]]:
    pairs = [("mean", old["mean"], new["mean"])]
    if old["kind"] == "number" and old["quantiles"] and new["quantiles"]:
        pairs.append(("median", old["quantiles"]["0.5"], new["quantiles"]["0.5"]))
    for figure, was, now in pairs:
        if was is None or now is None or was == now:
            continue
        scale = old["std"] or 0.0
        if abs(now - was) < SHIFT * scale:
            continue
        by = f", by {abs(now - was) / scale:.2g} standard deviations" if scale else ""
        said = f"the {figure} of column {visible(name)} went from {number(was)} to {number(now)}{by}"
        yield _finding(figure, name, was, now, said)


def _dates(name: str, old: JSON, new: JSON) -> Iterator[dict[str, Any]]:
    was, now = (old["min"], old["max"]), (new["min"], new["max"])
    if was != now and None not in (*was, *now):
        said = f"column {visible(name)} ran from {was[0]} to {was[1]} and runs from {now[0]} to {now[1]}"
        yield _finding("range", name, list(was), list(now), said)


def _categories(name: str, old: JSON, new: JSON) -> Iterator[dict[str, Any]]:
    was, now = ({one["value"]: one["count"] for one in column["top"]} for column in (old, new))
    sides = (
        ("new_category", now, new, was, old, "is new in", "is now frequent in"),
        ("lost_category", was, old, now, new, "is gone from", "is no longer frequent in"),
    )
    for change, here, mine, there, other, surely, perhaps in sides:
        complete = other["distinct"] <= len(there)  # then what is not listed is not there at all
        for value, count in here.items():
            share = count / mine["rows"]
            if value in there or share < COMMON:
                continue
            told = f"'{shortened(value)}' ({share:.1%} of rows) {surely if complete else perhaps}"
            was_share, now_share = (None, share) if change == "new_category" else (share, None)
            found = _finding(change, name, was_share, now_share, f"{told} column {visible(name)}")
            yield found | {"value": value}
