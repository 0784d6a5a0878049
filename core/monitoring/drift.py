"""Has a column, or have many, moved since the reference: significant at the sizes of both sides, and large enough."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from core.monitoring import cells, moves
from core.monitoring.calibration import benjamini_hochberg, false_alarms
from core.monitoring.dependence import hangs_together, stretch
from core.monitoring.moves import Move, clearest, two
from core.monitoring.reference import Column, Reference
from core.vocabulary import Kind, Reading

Array = np.ndarray[Any, Any]

LEVEL: Final = 0.02  # chance that a window without any drift is called at all
EFFECT: Final = 0.1  # standard deviations, or Cohen's w: "small"
MIN_ROWS: Final = 30
MIN_EFFECTIVE: Final = 4.0  # independent rows that a column's are worth
WINDOW: Final = 8_192  # rows of the window that show how its rows hang together
UNUSED: Final = 0.01  # of the importance of the weightiest column: below, its drift does not matter much
STEEP: Final = 2.0  # by how much the bar rises for a column that the model hardly uses
MISSING, ABSENT, NOTHING = "missing", "absent", "none"


@dataclass(frozen=True)
class ColumnDrift:
    """One column. `value` is the effect (standard deviations, or Cohen's w), `threshold` what it has to reach at these
    sizes, `p_value` before the correction over columns. `importance` as in the reference. `rows_before` and
    `rows_after` are what the rows with a value are worth. `shares`: {"cells", "before", "after"}."""

    column: str
    statistic: str
    value: float | None
    threshold: float | None
    p_value: float | None
    verdict: Reading
    importance: float | None = None
    rows_before: float = 0.0
    rows_after: float = 0.0
    note: str = ""
    shares: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "column": self.column, "statistic": self.statistic, "value": self.value, "threshold": self.threshold,
            "p_value": self.p_value, "verdict": self.verdict.value, "importance": self.importance,
            "rows_before": round(self.rows_before, 1), "rows_after": round(self.rows_after, 1), "note": self.note,
            "shares": dict(self.shares),
        }


@dataclass(frozen=True)
class Report:
    """A reading. `value` and `threshold` are those of the column that is nearest to its threshold or furthest beyond;
    `false_alarms` is how many windows a month would be called without any drift, at most."""

    verdict: Reading
    rows: int
    columns: tuple[ColumnDrift, ...]
    summary: str
    value: float | None
    threshold: float | None
    level: float
    effect: float
    false_alarms: float

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value, "rows": self.rows, "columns": [one.to_json() for one in self.columns],
            "summary": self.summary, "value": self.value, "threshold": self.threshold, "level": self.level,
            "effect": self.effect, "false_alarms_a_month": self.false_alarms,
        }


def check(
    reference: Reference, frame: pd.DataFrame, *, level: float = LEVEL, effect: float = EFFECT,
    min_rows: int = MIN_ROWS, checks_a_day: float = 1.0, ordered: bool | None = None,
    unlike: Mapping[str, str] | None = None,
) -> Report:
    """Hold a window, typed as `core.data.values` says, against what was kept of the reference: one pass.

    `level`: the chance that a window without any drift is called, whatever the number of columns (Benjamini and
    Hochberg, 1995). `effect`: what a move of the weightiest column has to reach besides; the bar rises up to threefold
    for columns that the model uses less, and a column that it does not use only warns. `min_rows`: with fewer, nothing
    is said. `ordered`: whether neighbouring rows may hang together, as the reference says by default. `unlike`: columns
    that are there and cannot be compared, and why.
    """
    together = reference.ordered if ordered is None else ordered
    found = [
        _looked_at(column, frame[column.name], min_rows, together) if column.name in frame.columns
        else _Found(None, ABSENT, note=(unlike or {}).get(column.name, "the column is not there"))
        for column in reference.columns
    ]
    bar = benjamini_hochberg([one.move.chance for one in found if one.move is not None], level)
    columns = [_told(column, one, effect, bar) for column, one in zip(reference.columns, found, strict=True)]
    return _report(columns, len(frame), level, effect, min_rows, checks_a_day)


def compare(
    before: pd.DataFrame, after: pd.DataFrame, kinds: Mapping[str, Kind], *, level: float = LEVEL,
    effect: float = EFFECT, min_rows: int = MIN_ROWS, ordered: bool = True, unlike: Mapping[str, str] | None = None,
) -> Report:
    """The same for two typed frames."""
    reference = Reference.of(before, kinds, ordered=ordered)
    return check(reference, after, level=level, effect=effect, min_rows=min_rows, unlike=unlike)


@dataclass(frozen=True)
class _Found:
    """What was found of one column; no move where it cannot be told, and `note` says why."""

    move: Move | None
    statistic: str = NOTHING
    sizes: tuple[float, float] = (0.0, 0.0)
    note: str = ""
    shares: Mapping[str, Any] = field(default_factory=dict)


def _looked_at(column: Column, series: pd.Series, min_rows: int, ordered: bool) -> _Found:
    rows = len(series)
    if min(rows, column.rows) < min_rows:
        return _Found(None, note=f"{min(rows, column.rows):,} rows, {min_rows:,} are needed")
    counts, missing, placed, there = _counted(column, series)
    shares = cells.picture(column.edges, column.levels, column.counts, counts, textual=column.textual)
    values = _values(column, counts, placed, min_rows, ordered)
    if not 0 < missing + column.missing < rows + column.rows:
        return replace(values, shares=shares)
    gaps = _gaps(column, rows, missing, there, ordered)
    known = [one for one in (gaps, values) if one.move is not None]
    if not known:
        return values
    best = min(known, key=lambda one: one.move.chance if one.move else 1.0)
    move = clearest([one.move for one in known if one.move is not None])
    return replace(best, move=move, shares=shares, note=values.note)  # what is missing may be told, and the values not


def _counted(column: Column, series: pd.Series) -> tuple[Array, int, Array, Array]:
    """Counts by cell, how many are missing, the cells of a stretch of present rows, and which of its rows are."""
    part = stretch(len(series), WINDOW)
    if column.textual:
        codes, names = cells.texts(series)
        known = {level: place for place, level in enumerate(column.levels)}
        some = codes[part]
        placed = cells.place_texts(codes, names, known)
        counts = np.bincount(placed, minlength=len(column.levels) + 1)
        return counts, int((codes < 0).sum()), cells.place_texts(some, names, known), some >= 0
    values = cells.numbers(series)
    counts, missing = cells.count_numbers(values, column.edges)
    few = values[part]
    there = ~np.isnan(few)
    return counts, missing, cells.place_numbers(few[there], column.edges), there


def _gaps(column: Column, rows: int, missing: int, there: Array, ordered: bool) -> _Found:
    """What is missing, against what is there."""
    together = column.together[1]
    if ordered:
        gone = (~there).astype(np.int64)
        together = max(together, hangs_together(gone, textual=True, doubt=_doubt(together)))
    sizes = _sizes(column, 1, column.rows, rows, together)
    if min(sizes) < MIN_EFFECTIVE:
        return _Found(None, sizes=sizes, note=_alike(rows, sizes))
    before, after = np.array([column.present, column.missing]), np.array([rows - missing, missing])
    return _Found(two(before, after, sizes), MISSING, sizes)


def _values(column: Column, counts: Array, placed: Array, min_rows: int, ordered: bool) -> _Found:
    present = int(counts.sum())
    if min(present, column.present) < min_rows:
        return _Found(None, note=f"{min(present, column.present):,} values, {min_rows:,} are needed")
    together = column.together[0]
    if ordered:
        together = max(together, hangs_together(placed, textual=column.textual, doubt=_doubt(together)))
    sizes = _sizes(column, 0, column.present, present, together)
    if min(sizes) < MIN_EFFECTIVE:
        return _Found(None, sizes=sizes, note=_alike(present, sizes))
    if column.textual:
        move = moves.unordered(column.counts, counts, sizes)
    else:
        move = moves.ordered(column.counts, counts, sizes, column.weights)
    return _Found(move, move.statistic, sizes)


def _alike(rows: int, sizes: tuple[float, float]) -> str:
    return f"neighbouring rows are alike: {rows:,} tell as much as {max(1, round(min(sizes))):,} would"


def _doubt(together: float) -> float:
    """A window's rows are taken to hang together as those of the reference did, unless they surely do more."""
    return -2.0 if together > 1 else 0.0


def _sizes(column: Column, which: int, before: int, after: int, together: float) -> tuple[float, float]:
    """What both sides are worth: rows that hang together, and arrivals that wander, count less."""
    wander = column.wander[which]
    kept = max(1.0, column.together[which])
    first = 1 / (kept / max(1, before) + wander / max(1, column.blocks))
    return first, 1 / (max(kept, together) / max(1, after) + wander)


def _told(column: Column, found: _Found, floor: float, bar: float) -> ColumnDrift:
    used = column.importance
    if found.statistic == ABSENT:
        verdict = Reading.WARNING if used is not None and used < UNUSED else Reading.ALERT
        return ColumnDrift(column.name, ABSENT, None, None, None, verdict, used, note=found.note)
    if found.move is None:
        return ColumnDrift(
            column.name, NOTHING, None, None, None, Reading.INSUFFICIENT_DATA, used, *found.sizes, found.note
        )
    move = found.move
    least = floor * (1.0 if used is None else 1 + STEEP * (1 - used))
    threshold = max(least, move.needed(bar))
    verdict = Reading.OK
    if move.chance <= bar and move.value >= floor:
        matters = used is None or used >= UNUSED
        verdict = Reading.ALERT if matters and move.value >= least else Reading.WARNING
    return ColumnDrift(
        column.name, found.statistic, move.value, threshold if math.isfinite(threshold) else None, move.chance, verdict,
        used, *found.sizes, found.note, found.shares,
    )


def _report(
    columns: list[ColumnDrift], rows: int, level: float, floor: float, min_rows: int, checks_a_day: float
) -> Report:
    order = (Reading.ALERT, Reading.WARNING, Reading.OK, Reading.INSUFFICIENT_DATA)
    verdict = min((one.verdict for one in columns), key=order.index, default=Reading.INSUFFICIENT_DATA)
    if rows < min_rows:
        verdict = Reading.INSUFFICIENT_DATA
    measured = [one for one in columns if one.value is not None and one.threshold]
    furthest = max(measured, key=lambda one: (one.value or 0.0) / (one.threshold or 1.0), default=None)
    return Report(
        verdict, rows, tuple(columns), summary(columns, verdict, rows, min_rows),
        furthest.value if furthest else None, furthest.threshold if furthest else None, level, floor,
        false_alarms(level, checks_a_day),
    )


def summary(columns: list[ColumnDrift], verdict: Reading, rows: int, min_rows: int) -> str:
    """One line for people: what moved, the furthest first, and by how much."""
    if verdict == Reading.INSUFFICIENT_DATA:
        if rows < min_rows:
            return f"{rows:,} rows are too few to tell ({min_rows:,} are needed)"
        return next((f"{one.column}: {one.note}" for one in columns if one.note), "no column can be compared")
    moved_ = [one for one in columns if one.verdict in (Reading.ALERT, Reading.WARNING)]
    gone = [one.column for one in moved_ if one.statistic == ABSENT]
    moved_ = sorted(
        (one for one in moved_ if one.statistic != ABSENT),
        key=lambda one: (one.verdict != Reading.ALERT, -(one.value or 0.0)),
    )
    said = [f"{', '.join(gone)} not there"] if gone else []
    if moved_:
        first = ", ".join(f"{one.column} by {one.value:.2f}" for one in moved_[:3])
        more = f" and {len(moved_) - 3} more" if len(moved_) > 3 else ""
        said.append(f"{len(moved_)} of {len(columns)} columns moved: {first}{more}")
    nothing = f"{columns[0].column} did not move" if len(columns) == 1 else f"none of {len(columns)} columns moved"
    return "; ".join(said) or nothing
