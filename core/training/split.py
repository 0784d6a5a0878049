"""Who trains and who judges: the newest rows judge, never one that a compared model has learned from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from core.training.rows import Rows

Array = np.ndarray[Any, Any]


class Basis(StrEnum):
    """On what footing a challenger is judged."""

    FIRST = "first"  # there is no champion: the opponent is a dummy
    UNSEEN = "unseen"  # on rows that the champion has not seen
    RECIPES = "recipes"  # there are none: the champion's recipe is fitted on the challenger's training rows


@dataclass(frozen=True)
class Split:
    """Masks over the rows. Where the rows do not suffice, `holdout` is empty and `train` holds all.

    `ordered`: the holdout is the end of an order, so neighbouring rows may be alike. `how`: in plain words.
    """

    basis: Basis
    train: Array
    holdout: Array
    ordered: bool
    how: str
    order: Array  # sort key of all rows, oldest first

    @property
    def holdout_rows(self) -> Array:
        """Positions of the holdout rows, oldest first."""
        places = np.flatnonzero(self.holdout)
        return places[np.argsort(self.order[places], kind="stable")]


@dataclass(frozen=True)
class _Units:
    """What is never split: groups among the candidates, single rows where there is no group.

    `of`: the unit of each candidate; `sizes`: its candidates; `grouped`: whether any unit has several.
    """

    of: Array
    sizes: Array
    grouped: bool

    def newest(self, key: Array) -> Array:
        top = np.full(len(self.sizes), -np.inf)
        np.maximum.at(top, self.of, key)
        return top

    def oldest(self, key: Array) -> Array:
        return -self.newest(-key)


def split(rows: Rows, codes: Array | None, *, share: float, seed: int, champion: bool) -> Split:
    """Divide `rows`; `codes` are their class codes (None for regression), `share` of the candidates judges.

    The candidates are the judgeable rows; with a champion and no judgeable row, all that are neither late
    nor repeated. The newest of them judge: by time where it is known (equal times stay together, missing
    ones are oldest), else by the order of the files, else, inside one file, stratified by class and drawn
    by `seed`. A group that judges does so whole, and its rows that may not judge are left out of both
    sides; so are later copies of a row that judges.
    """
    basis, candidate = _candidates(rows, champion)
    places = np.flatnonzero(candidate)
    units = _units(rows.group, places)
    time = None if rows.time is None else np.nan_to_num(rows.time, nan=0.0)
    chosen, ordered, by = _choose(rows, codes, places, units, time, share, seed)
    holdout = np.zeros(len(rows), dtype=bool)
    holdout[places[chosen]] = True
    train = ~holdout & ~_left_out(rows, holdout)
    order = order_of(rows)
    if not holdout.any() or not train.any():
        everybody = np.ones(len(rows), dtype=bool)
        return Split(basis, everybody, ~everybody, ordered, _too_few(basis, len(places)), order)
    how = f"{_whose(basis, int(holdout.sum()), len(places), ordered)}, {by}"
    return Split(basis, train, holdout, ordered, how, order)


def _candidates(rows: Rows, champion: bool) -> tuple[Basis, Array]:
    if not champion:
        return Basis.FIRST, rows.judgeable
    if rows.judgeable.any():
        return Basis.UNSEEN, rows.judgeable
    return Basis.RECIPES, ~rows.backfill & ~rows.repeat


def _units(group: Array | None, places: Array) -> _Units:
    if group is None:
        return _Units(np.arange(len(places)), np.ones(len(places), dtype=np.int64), False)
    codes = group[places].copy()
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(int(alone.sum()))  # no group: each row for itself
    _, of = np.unique(codes, return_inverse=True)
    sizes = np.bincount(of)
    return _Units(of, sizes, bool((sizes > 1).any()))


def _choose(
    rows: Rows, codes: Array | None, places: Array, units: _Units, time: Array | None, share: float, seed: int
) -> tuple[Array, bool, str]:
    """Which candidates judge (a mask over them), whether they are the end of an order, and of which."""
    want = int(share * len(places) + 1e-9)
    spare = len(places) < len(rows)
    several = len(np.unique(rows.version[places])) > 1
    if time is not None:
        newest = units.newest(time[places])
        if len(np.unique(newest)) > 1:
            # a group of several times lies on both sides of any time, so that ties mean nothing then
            tied = bool((newest == units.oldest(time[places])).all())
            key = newest if tied else units.newest(_ranked(time[places], places))
            return _newest_units(units, key, want, spare)[units.of], True, "by time"
    if several:
        key = units.newest(np.arange(len(places), dtype=float))
        return _newest_units(units, key, want, spare)[units.of], True, "by the order of the files"
    words = "drawn by chance" if codes is None else "drawn by chance within each class"
    return _drawn(units, None if codes is None else codes[places], share, seed)[units.of], False, words


def _ranked(time: Array, places: Array) -> Array:
    """Distinct keys: by time, then by place."""
    rank = np.empty(len(places))
    rank[np.lexsort((places, time))] = np.arange(len(places))
    return rank


def _newest_units(units: _Units, key: Array, want: int, spare: bool) -> Array:
    """The newest units by `key`, equal keys together, so that the number of their rows is nearest to `want`.

    `spare`: other rows are left to train on, so that all of these may judge.
    """
    steps, of = np.unique(-key, return_inverse=True)
    rows = np.cumsum(np.bincount(of, weights=units.sizes, minlength=len(steps)))  # that judge, by step
    if want == 0 or not len(steps):
        return np.zeros(len(key), dtype=bool)
    if not spare and len(steps) > 1:
        rows = rows[:-1]
    cut = int(np.argmin(np.abs(rows - want)))  # the first, smaller one where two are as near
    return of <= cut


def _drawn(units: _Units, codes: Array | None, share: float, seed: int) -> Array:
    """A seeded draw of units that holds `share` of the rows of every class as nearly as they allow.

    Systematic sampling along the units sorted by class and shuffled within: the running share of the rows
    taken never strays from `share` by more than one unit.
    """
    count = len(units.sizes)
    shuffled = np.random.default_rng(seed).permutation(count)
    if codes is not None and len(codes):
        rarity = np.argsort(np.argsort(np.bincount(codes), kind="stable"))  # 0: the rarest class
        stratum = units.oldest(rarity[codes].astype(float))  # of a group: the rarest class in it
        shuffled = shuffled[np.argsort(stratum[shuffled], kind="stable")]
    taken = np.zeros(count, dtype=bool)
    if not units.grouped:
        goal = np.floor(share * np.arange(count + 1) + 1e-9)
        taken[shuffled] = np.diff(goal) > 0
        return taken
    have = passed = 0
    for unit in shuffled.tolist():
        size = int(units.sizes[unit])
        passed += size
        if abs(have + size - share * passed) < abs(have - share * passed):
            taken[unit] = True
            have += size
    return taken


def _left_out(rows: Rows, holdout: Array) -> Array:
    """Rows that may not train because of who judges: of the same group, or a later copy of the same row."""
    out = rows.repeat & np.isin(rows.identity, rows.identity[holdout])
    if rows.group is not None:
        out |= (rows.group >= 0) & np.isin(rows.group, rows.group[holdout])
    return out


def order_of(rows: Rows) -> Array:
    """A sort key of all rows, oldest first: by time where it is known (a missing one is the oldest), else by place."""
    place = np.arange(len(rows))
    if rows.time is None:
        return place
    return _ranked(np.nan_to_num(rows.time, nan=0.0), place).astype(np.int64)


def _whose(basis: Basis, judging: int, candidates: int, ordered: bool) -> str:
    first = f"{'the newest ' if ordered else ''}{judging:,} of {candidates:,} "
    return first + {
        Basis.FIRST: "rows", Basis.UNSEEN: "rows that the champion has not seen",
        Basis.RECIPES: "rows, since none is new to the champion",
    }[basis]


def _too_few(basis: Basis, candidates: int) -> str:
    if basis is Basis.UNSEEN:
        return f"{candidates:,} rows that the champion has not seen are too few to divide"
    return f"{candidates:,} rows are too few to divide into training and judging"
