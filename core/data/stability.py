"""How far one column's distribution moved from one profile to another: the population stability index.

PSI = sum over bins of (q - p) ln(q / p), p and q being the shares before and after (Siddiqi, 2006, "Credit
Risk Scorecards"). The custom reads it as: below 0.1 stable, from 0.25 on another population. Missing is a
bin of its own. Bins are the levels of a column with few values, its most frequent texts, or the quantiles
that it had before.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any

JSON = Mapping[str, Any]

MOVED = 0.1
CHANGED = 0.25


def stability(before: JSON, after: JSON) -> float | None:
    """The PSI of a column between two of its profiles; None where it has no rows, or another kind."""
    if before["kind"] != after["kind"] or not before["rows"] or not after["rows"]:
        return None
    shares = _shares(before, after)
    if shares is None:
        return None
    old, new = shares
    old.append(before["missing"] / before["rows"])
    new.append(after["missing"] / after["rows"])
    found = _psi(old, new, before["rows"], after["rows"])
    return found if math.isfinite(found) else None


def chance(before: JSON, after: JSON, bins: int = 10) -> float:
    """About the PSI that two samples of one population would show: 3 times what is expected (chi-squared / n)."""
    return 3.0 * (bins - 1) * (1 / max(int(before["rows"]), 1) + 1 / max(int(after["rows"]), 1))


def _psi(old: Sequence[float], new: Sequence[float], old_rows: int, new_rows: int) -> float:
    total = 0.0
    for p, q in zip(old, new, strict=True):
        if p == q == 0.0:
            continue
        p, q = max(p, 0.5 / old_rows), max(q, 0.5 / new_rows)  # an empty bin: half a row
        total += (q - p) * math.log(q / p)
    return total


def _shares(before: JSON, after: JSON) -> tuple[list[float], list[float]] | None:
    """The shares of all rows in each bin of present values."""
    if not _present(before) or not _present(after):
        return [_present(before) / before["rows"]], [_present(after) / after["rows"]]
    for key, complete in (("levels", True), ("top", False)):
        if key in before and key in after:
            return _of_values(before, after, key, complete)
    if before["kind"] == "date":
        return _of_points(_date_points(before), _date_points(after), before, after)
    if "quantiles" in before and "quantiles" in after:
        return _of_points(_points(before), _points(after), before, after)
    return None


def _of_values(before: JSON, after: JSON, key: str, complete: bool) -> tuple[list[float], list[float]]:
    tables = []
    for column in (before, after):
        counts = {one["value"]: one["count"] for one in column[key]}
        scale = _present(column) / max(sum(counts.values()), 1) if complete else 1.0
        known = complete or column["distinct"] <= len(counts)  # then a value that is not listed is not there
        tables.append(({value: count * scale for value, count in counts.items()}, known))
    (old, old_known), (new, new_known) = tables
    values = [value for value in {**old, **new} if (value in old or old_known) and (value in new or new_known)]
    shares = []
    for column, counts in ((before, old), (after, new)):
        rows = column["rows"]
        listed = [counts.get(value, 0.0) / rows for value in values]
        shares.append([*listed, max(0.0, _present(column) / rows - sum(listed))])
    return shares[0], shares[1]


Points = tuple[Sequence[float], Sequence[float]]


def _of_points(
    old: Points | None, new: Points | None, before: JSON, after: JSON
) -> tuple[list[float], list[float]] | None:
    """Shares between the deciles that the column had before."""
    if old is None or new is None:
        return None
    edges = sorted({_at(decile / 10, old[1], old[0], old[0][0], old[0][-1]) for decile in range(1, 10)})
    shares = []
    for (values, below), column in ((old, before), (new, after)):
        part = _present(column) / column["rows"]
        cuts = [0.0, *(_at(edge, values, below, 0.0, 1.0) for edge in edges), 1.0]
        shares.append([(high - low) * part for low, high in pairwise(cuts)])
    return shares[0], shares[1]


def _at(x: float, xs: Sequence[float], ys: Sequence[float], before: float, after: float) -> float:
    """The height at `x` of the line through the points (xs rise); `before` and `after` beyond its ends."""
    place = bisect_right(xs, x)
    if place == 0:
        return before
    if place == len(xs):
        return after if x > xs[-1] else ys[-1]
    low, high = xs[place - 1], xs[place]
    return ys[place - 1] + (ys[place] - ys[place - 1]) * ((x - low) / (high - low))


def _points(column: JSON) -> Points | None:
    """Values and the share of values up to each, from the quantiles and the histogram together."""
    if not column["quantiles"]:
        return None
    pairs = [(value, float(share)) for share, value in column["quantiles"].items()]
    return _joined(pairs + _cumulative(column["histogram"]["edges"], column["histogram"]["counts"]))


def _date_points(column: JSON) -> Points | None:
    if not column["histogram"]:
        return None
    try:
        edges = [datetime.fromisoformat(edge).replace(tzinfo=UTC).timestamp() for edge in column["histogram"]["edges"]]
    except (ValueError, OverflowError):  # a year that no calendar of ours has
        return None
    return _joined(_cumulative(edges, column["histogram"]["counts"]))


def _cumulative(edges: Sequence[float], counts: Sequence[int]) -> list[tuple[float, float]]:
    total, below = sum(counts), 0
    pairs = [(edges[0], 0.0)]
    for edge, count in zip(edges[1:], counts, strict=True):
        below += count
        pairs.append((edge, below / total))
    return pairs


def _joined(pairs: Iterable[tuple[float, float]]) -> Points:
    values, shares = zip(*sorted(pairs), strict=True)
    highest = dict(zip(values, accumulate(shares, max), strict=True))  # of several shares at one value, the last
    return list(highest), list(highest.values())


def _present(column: JSON) -> int:
    return int(column["rows"] - column["missing"])
