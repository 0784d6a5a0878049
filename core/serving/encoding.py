"""Checked rows straight into the matrix of `core.recipes.transformers.TableEncoder`, a list of floats a row.

The same numbers as its `transform` gives on the typed frame, to the last bit; what it learned is kept as plain JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from core.serving.checking import Cell

Array = np.ndarray[Any, Any]

_DAY: Final = 86_400_000_000  # microseconds
_HOUR: Final = 3_600_000_000
_ORDINAL: Final = date(1970, 1, 1).toordinal()
_THURSDAY: Final = 3  # 1970-01-01
_NAN: Final = math.nan


def learned(encoder: Any) -> dict[str, Any]:
    """What a fitted TableEncoder knows, as JSON; floats keep every bit."""
    import json

    shared = encoder.levels - 1
    return {
        "narrow": [
            [name, json.loads(encoder.levels_[name]), shared if encoder.shared_[name] else None]
            for name in encoder.narrow
        ],
        "numbers": list(encoder.numbers), "moments": list(encoder.moments), "dates": list(encoder.dates),
        "wide": [
            [name, json.loads(encoder.levels_[name]), encoder.means_[name].tolist(),
             np.log1p(encoder.counts_[name]).tolist()]
            for name in encoder.wide
        ],
        "blank": [int(place) for place in encoder.blank_],
    }


class RowEncoder:
    """Cells in the order of `names` -> the columns of the matrix, in their order."""

    def __init__(self, names: Sequence[str], known: Mapping[str, Any]) -> None:
        place = {name: position for position, name in enumerate(names)}
        self._narrow = [
            (place[name], _codes(levels), _NAN if shared is None else float(shared))
            for name, levels, shared in known["narrow"]
        ]
        self._numbers = [place[name] for name in known["numbers"]]
        self._moments = [place[name] for name in known["moments"]]
        self._dates = [place[name] for name in known["dates"]]
        self._wide = [
            (place[name], *_told(levels, means, often)) for name, levels, means, often in known["wide"]
        ]
        self._blank = [int(position) for position in known["blank"]]
        self.width = (
            len(self._narrow) + len(self._numbers) + len(self._moments) + 5 * len(self._dates)
            + sum(len(unknown) for _, _, unknown in self._wide)
        )

    def row(self, cells: Sequence[Any]) -> list[float]:
        """One row of the matrix."""
        made: list[float] = [codes.get(cells[place], other) for place, codes, other in self._narrow]
        made += [cells[place] for place in self._numbers]
        if self._moments:
            made += [_NAN if (cell := cells[place]) is None else cell / _DAY for place in self._moments]
        for place in self._dates:
            made += _parts(cells[place])
        for place, told, unknown in self._wide:
            made += told.get(cells[place], unknown)
        for position in self._blank:
            made[position] = 0.0
        return made

    def matrix(self, rows: Sequence[Sequence[Cell]]) -> Array:
        """n x width."""
        row = self.row
        return np.array([row(cells) for cells in rows], dtype=np.float64).reshape(len(rows), self.width)


def _codes(levels: Sequence[str]) -> dict[str | None, float]:
    known: dict[str | None, float] = {level: float(code) for code, level in enumerate(levels)}
    known[None] = _NAN
    return known


def _told(
    levels: Sequence[str], means: Sequence[list[float]], often: Sequence[float]
) -> tuple[dict[str | None, list[float]], list[float]]:
    """What a level becomes: its means and log count; and what any other becomes."""
    rows = [[*mean, count] for mean, count in zip(means, often, strict=True)]
    return dict(zip(levels, rows[:-1], strict=True)), rows[-1]


def _parts(moment: int | None) -> list[float]:
    """Year, month, day, weekday and hour."""
    if moment is None:
        return [_NAN] * 5
    days, rest = divmod(moment, _DAY)
    weekday, hour = float((days + _THURSDAY) % 7), float(rest // _HOUR)
    try:
        day = date.fromordinal(days + _ORDINAL)
    except (ValueError, OverflowError):  # a year that Python's calendar does not have
        one = np.datetime64(days, "D")
        month = one.astype("datetime64[M]")
        number = int(month.astype(np.int64))
        first = float((one - month.astype("datetime64[D]")).astype(np.int64) + 1)
        return [float(number // 12 + 1970), float(number % 12 + 1), first, weekday, hour]
    return [float(day.year), float(day.month), float(day.day), weekday, hour]
