"""All labelled rows that a run may learn from, in their order, and which of them may judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.order import natural_key


@dataclass(frozen=True)
class Part:
    """The rows of one dataset version. `hashes` are of all its rows; `frame` holds the typed columns."""

    id: int
    number: int
    name: str
    frame: pd.DataFrame
    hashes: np.ndarray


@dataclass(frozen=True)
class Columns:
    """Which columns mean what."""

    target: str
    time: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Rows:
    """Labelled rows of all versions, concatenated in the order of the versions.

    `order` is the rank of each row's version, `version` its id; `judgeable` marks rows that arrived since
    the champion's data, did not stand in an older version and are not a late backfill.
    """

    frame: pd.DataFrame
    order: np.ndarray
    version: np.ndarray
    time: np.ndarray | None
    group: np.ndarray | None
    judgeable: np.ndarray

    def __len__(self) -> int:
        return len(self.frame)


def assemble(
    parts: Sequence[Part], columns: Columns, *, seen: frozenset[int] | None,
    older: Mapping[int, np.ndarray] | None = None,
) -> Rows:
    """Bring the parts into order and mark who may judge.

    `seen`: ids of the versions that the champion learned from; None without a champion (then all may judge).
    `older`: hashes by version number of versions that are not among the parts (superseded, retired).
    """
    ranked = sorted(parts, key=lambda part: _rank(part, columns.time))
    fresh = _first_seen(parts, older or {})
    frames, order, version, judgeable = [], [], [], []
    border = None if seen is None else _border([part for part in ranked if part.id in seen], columns.time)
    for rank, part in enumerate(ranked):
        labelled = part.frame[columns.target].notna().to_numpy()
        frame = part.frame.loc[labelled]
        frames.append(frame)
        order.append(np.full(len(frame), rank, dtype=np.int64))
        version.append(np.full(len(frame), part.id, dtype=np.int64))
        if seen is None:
            judgeable.append(fresh[part.id][labelled])
        elif part.id in seen:
            judgeable.append(np.zeros(len(frame), dtype=bool))
        else:
            judgeable.append(fresh[part.id][labelled] & _newer(part, frame, columns.time, border))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return Rows(
        frame=whole, order=_joined(order, np.int64), version=_joined(version, np.int64),
        time=_times(whole, columns.time), group=_groups(whole, columns.group), judgeable=_joined(judgeable, bool),
    )


def _rank(part: Part, time: str | None) -> tuple[object, ...]:
    if time is not None:
        earliest = part.frame[time].min() if len(part.frame) else pd.NaT
        missing = bool(pd.isna(earliest))
        return (missing, 0 if missing else earliest, natural_key(part.name), part.number)
    return (natural_key(part.name), part.number)


def _border(seen: Sequence[Part], time: str | None) -> object:
    """The newest thing that the champion has seen: a time, or the place of a file."""
    if time is not None:
        newest = [part.frame[time].max() for part in seen if len(part.frame)]
        known = [one for one in newest if not pd.isna(one)]
        return max(known) if known else None
    return max((_rank(part, None) for part in seen), default=None)


def _newer(part: Part, frame: pd.DataFrame, time: str | None, border: object) -> np.ndarray:
    if border is None:
        return np.ones(len(frame), dtype=bool)
    if time is not None:
        return (frame[time] >= border).fillna(False).to_numpy(dtype=bool)
    return np.full(len(frame), _rank(part, None) > border, dtype=bool)  # type: ignore[operator]


def _first_seen(parts: Sequence[Part], older: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
    """For each part, which of its rows stood in no version that arrived before it."""
    arrived = sorted([(part.number, part.hashes) for part in parts] + list(older.items()), key=lambda pair: pair[0])
    if not arrived:
        return {}
    hashes = np.concatenate([pair[1] for pair in arrived])
    numbers = np.concatenate([np.full(len(pair[1]), pair[0], dtype=np.int64) for pair in arrived])
    distinct, first = np.unique(hashes, return_index=True)
    first_number = numbers[first]
    return {
        part.id: first_number[np.searchsorted(distinct, part.hashes)] == part.number for part in parts
    }


def _times(frame: pd.DataFrame, time: str | None) -> np.ndarray | None:
    """Dense ranks of the times (dates, numbers or texts alike), NaN where missing."""
    return None if time is None or time not in frame else frame[time].rank(method="dense").to_numpy(dtype=float)


def _groups(frame: pd.DataFrame, group: str | None) -> np.ndarray | None:
    if group is None or group not in frame:
        return None
    codes, _ = pd.factorize(frame[group], use_na_sentinel=True)
    return codes.astype(np.int64)


def _joined(pieces: Sequence[np.ndarray], kind: type) -> np.ndarray:
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=kind)
