"""All labelled rows that a run may learn from, in their order, and which of them may judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from core.data.order import natural_key

Array = np.ndarray[Any, Any]

MOSTLY_DISTINCT: Final = 0.5  # below this share of distinct rows "the same row again" means nothing


@dataclass(frozen=True)
class Part:
    """The rows of one dataset version. `hashes` are of all its rows; `frame` holds the typed columns.

    `number` is the order of arrival.
    """

    id: int
    number: int
    name: str
    frame: pd.DataFrame
    hashes: Array


@dataclass(frozen=True)
class Columns:
    """Which columns mean what."""

    target: str
    time: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Rows:
    """Labelled rows of all versions, concatenated in the order of the versions.

    `order` is the rank of each row's version, `version` its id, `number` its number; `time` are dense ranks (NaN
    where missing) and `group` codes (-1 where missing). `judgeable` marks rows that the champion has not seen and that
    may judge; `backfill` those that arrived since but are older than what it has seen: they train and never
    judge. `repeat` marks rows that stood already in a version that arrived earlier; equal rows have the same
    `identity`.
    """

    frame: pd.DataFrame
    order: Array
    version: Array
    number: Array
    time: Array | None
    group: Array | None
    judgeable: Array
    backfill: Array
    repeat: Array
    identity: Array

    def __len__(self) -> int:
        return len(self.frame)

    def where(self, mask: Array) -> Rows:
        """The rows of a mask, in the same order; all of them where it leaves none out."""
        if mask.all():
            return self
        arrays = {
            name: value[mask] for name, value in vars(self).items() if name != "frame" and value is not None
        }
        return replace(self, frame=self.frame.loc[mask].reset_index(drop=True), **arrays)


def assemble(
    parts: Sequence[Part], columns: Columns, *, seen: frozenset[int] | None,
    older: Mapping[int, Array] | None = None,
) -> Rows:
    """Bring the parts into order and mark who may judge. Every part has the target, time and group columns.

    `seen`: ids of the versions that the champion learned from; None without a champion (then all may judge).
    `older`: hashes by version number of versions that the champion learned from (or that were superseded
    before those) and that are no longer among the parts; ignored without a champion.

    A row judges where no seen or older version holds it and no version that arrived before it does. Rows
    repeated inside one part all count, and a part whose rows are mostly not distinct is not compared at all.
    """
    if not parts:
        return _nothing(columns)
    sizes = np.array([len(part.frame) for part in parts], dtype=np.int64)
    owner = np.repeat(np.arange(len(parts)), sizes)  # the part of each row, in the order of `parts`
    time = _times(parts, columns.time)
    unseen = np.array([seen is None or part.id not in seen for part in parts])
    hashes = np.concatenate([part.hashes for part in parts])
    identity, _ = pd.factorize(hashes)
    comparable = _comparable(identity, owner, sizes)[owner]
    repeat = _repeated(identity, owner, np.array([part.number for part in parts])) & comparable
    known = _known(hashes, ~unseen[owner], older if seen is not None else None) & comparable
    rank = _ranks(parts, time, owner)

    ranked = np.argsort(rank)
    frame = _concatenated([parts[one].frame for one in ranked])
    place = np.argsort(rank[owner], kind="stable")  # of each row of the frame, in the order of `parts`
    labelled = np.empty(len(owner), dtype=bool)
    labelled[place] = frame[columns.target].notna().to_numpy()
    backfill = _late(rank, time, owner, unseen, known, labelled)
    judgeable = unseen[owner] & ~repeat & ~known & ~backfill
    if not labelled.all():
        frame = frame[labelled[place]].reset_index(drop=True)
        place = place[labelled[place]]
    return Rows(
        frame=frame, order=rank[owner[place]],
        version=np.array([part.id for part in parts], dtype=np.int64)[owner[place]],
        number=np.array([part.number for part in parts], dtype=np.int64)[owner[place]],
        time=None if time is None else _dense(time[place]), group=_groups(frame, columns.group),
        judgeable=judgeable[place], backfill=backfill[place], repeat=repeat[place], identity=identity[place],
    )


def _nothing(columns: Columns) -> Rows:
    none, no = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    return Rows(
        frame=pd.DataFrame(), order=none, version=none, number=none, time=None if columns.time is None else np.zeros(0),
        group=None if columns.group is None else none, judgeable=no, backfill=no, repeat=no, identity=none,
    )


def _times(parts: Sequence[Part], time: str | None) -> Array | None:
    """Dense ranks of all times together (dates, numbers or texts alike), NaN where missing."""
    if time is None:
        return None
    pieces = [part.frame[time] for part in parts]
    if len({piece.dtype for piece in pieces}) > 1:
        pieces = [piece.astype(object) for piece in pieces]
    values = np.concatenate([piece.to_numpy() for piece in pieces])
    codes, distinct = pd.factorize(values)
    place = np.empty(len(distinct) + 1)
    place[_sorted(distinct)] = np.arange(len(distinct))
    place[-1] = np.nan  # a missing value has the code -1
    return place[codes]


def _sorted(distinct: Array) -> Array:
    """The positions of different values in their order: numbers and dates by size, text as people number it."""
    if distinct.dtype != object:
        return np.argsort(distinct)
    texts = [isinstance(value, str) for value in distinct]
    try:
        keys = [natural_key(value) for value in distinct] if all(texts) else list(distinct)
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    except TypeError:  # dates in one version and numbers in another have no order but that of their text
        keys = [natural_key(str(value)) for value in distinct]
        return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _dense(ranks: Array) -> Array:
    """The same order without holes, after rows were left out; starts at 1."""
    present = ~np.isnan(ranks)
    dense = np.full(len(ranks), np.nan)
    dense[present] = np.unique(ranks[present], return_inverse=True)[1] + 1.0
    return dense


def _ranks(parts: Sequence[Part], time: Array | None, owner: Array) -> Array:
    """The place of each part: by its earliest time (those without any last), else by name, then arrival."""
    earliest = np.full(len(parts), np.inf)
    if time is not None:
        present = ~np.isnan(time)
        np.minimum.at(earliest, owner[present], time[present])
    keys = [(earliest[one], natural_key(part.name), part.number) for one, part in enumerate(parts)]
    rank = np.empty(len(parts), dtype=np.int64)
    rank[sorted(range(len(parts)), key=keys.__getitem__)] = np.arange(len(parts))
    return rank


def _comparable(identity: Array, owner: Array, sizes: Array) -> Array:
    """For each part, whether its rows are distinct enough to be recognised."""
    pairs = pd.DataFrame({"part": owner, "row": identity}).drop_duplicates()
    distinct = np.bincount(pairs["part"].to_numpy(), minlength=len(sizes))
    return np.asarray(distinct >= MOSTLY_DISTINCT * sizes)


def _repeated(identity: Array, owner: Array, numbers: Array) -> Array:
    """Rows that stood already in another part that arrived earlier."""
    first = np.full(int(identity.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, identity, numbers[owner])
    return np.asarray(first[identity] < numbers[owner])


def _known(hashes: Array, learned: Array, older: Mapping[int, Array] | None) -> Array:
    """Rows whose hash stands in a version that the champion learned from, or in an older one."""
    known = [hashes[learned], *(older or {}).values()]
    return np.asarray(pd.Series(hashes).isin(np.concatenate(known).astype(np.uint64)))


def _late(
    rank: Array, time: Array | None, owner: Array, unseen: Array, known: Array, labelled: Array
) -> Array:
    """Rows of unseen parts that are older than the newest thing that the champion has learned from.

    With a time: older than the newest labelled row of a seen part, or one that a seen or older version held
    (a snapshot supersedes the version that the champion learned from). Without: parts in an earlier place.
    """
    fresh = unseen[owner]
    if time is not None:
        learned = time[(~fresh | known) & labelled & ~np.isnan(time)]
        if not len(learned):
            return np.zeros(len(owner), dtype=bool)
        return np.asarray(fresh & ~known & ~(time >= learned.max()))  # a missing time is the oldest
    border = rank[~unseen].max(initial=-1)
    return np.asarray(fresh & (rank[owner] < border))


def _concatenated(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled or frames[:1], ignore_index=True)


def _groups(frame: pd.DataFrame, group: str | None) -> Array | None:
    if group is None:
        return None
    codes, _ = pd.factorize(frame[group], use_na_sentinel=True)
    return codes.astype(np.int64)
