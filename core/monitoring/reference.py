"""What a model learned from, column by column, in the few numbers that one pass over new rows is held against."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from core.errors import Corrupted
from core.monitoring import cells
from core.monitoring.dependence import between, hangs_together, stretch
from core.monitoring.distance import ordered_weights
from core.vocabulary import Kind

Array = np.ndarray[Any, Any]

FORMAT: Final = 1
TEXTUAL: Final = frozenset({Kind.CATEGORY, Kind.EMPTY})


@dataclass(frozen=True)
class Column:
    """One column of a reference.

    `rows` that counted, of which `missing` had no value, and `counts` by cell (see `core.monitoring.cells`): between
    `edges` (numbers, booleans, dates) or of `levels`, the rest last. `together`: the inflation by neighbouring rows
    (see `dependence`) of the values and of what is missing; `wander`: the variance of a block's mean beyond what its
    rows explain, in units of the variance of a row. `weights` are those of the null distribution. `importance`: how
    much the model leans on it, 1 where most, 0 not at all; None where nobody knows.
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    counts: Array
    edges: Array = field(default_factory=lambda: np.empty(0))
    levels: tuple[str, ...] = ()
    together: tuple[float, float] = (1.0, 1.0)
    wander: tuple[float, float] = (0.0, 0.0)
    blocks: int = 0
    weights: tuple[float, ...] = ()
    importance: float | None = None

    @property
    def present(self) -> int:
        return self.rows - self.missing

    @property
    def textual(self) -> bool:
        return self.kind in TEXTUAL

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "kind": self.kind.value, "rows": self.rows, "missing": self.missing,
            "counts": self.counts.tolist(), "edges": self.edges.tolist(), "levels": list(self.levels),
            "together": list(self.together), "wander": list(self.wander), "blocks": self.blocks,
            "weights": list(self.weights), "importance": self.importance,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Column:
        return cls(
            name=values["name"], kind=Kind(values["kind"]), rows=values["rows"], missing=values["missing"],
            counts=np.array(values["counts"], dtype=np.int64), edges=np.array(values["edges"], dtype=np.float64),
            levels=tuple(values["levels"]), together=(values["together"][0], values["together"][1]),
            wander=(values["wander"][0], values["wander"][1]), blocks=values["blocks"],
            weights=tuple(values["weights"]), importance=values["importance"],
        )


@dataclass(frozen=True)
class Reference:
    """`ordered`: neighbouring rows may hang together, as they do where rows come in the order of their time."""

    rows: int
    columns: tuple[Column, ...]
    ordered: bool = True

    @classmethod
    def of(
        cls, frame: pd.DataFrame, kinds: Mapping[str, Kind], *, weights: Mapping[str, float] | None = None,
        blocks: Array | None = None, ordered: bool = True, seed: int = 0,
    ) -> Reference:
        """The columns of `kinds` that `frame` (typed as `core.data.values` says) has, in its order of rows.

        `weights`: how much the model leans on each column (`core.training.importance`, "value"); what is not named
        there is not used. `blocks`: which arrival each row came with, where there were several: how far whole
        arrivals wander, though nothing drifts, is then known.
        """
        told = _importance(weights)
        made = [
            replace(_column(str(name), kind, frame[name], blocks, ordered), importance=told(str(name)))
            for name, kind in kinds.items() if name in frame.columns
        ]
        return cls(len(frame), tuple(made), ordered)

    def column(self, name: str) -> Column:
        """KeyError for a name that is not there."""
        return next(one for one in self.columns if one.name == name)

    def weighed(self, weights: Mapping[str, float] | None) -> Reference:
        """The same with other importances."""
        told = _importance(weights)
        return replace(self, columns=tuple(replace(one, importance=told(one.name)) for one in self.columns))

    def to_bytes(self) -> bytes:
        made = {
            "format": FORMAT, "rows": self.rows, "ordered": self.ordered,
            "columns": [column.to_json() for column in self.columns],
        }
        return zlib.compress(json.dumps(made, separators=(",", ":")).encode("utf-8", "surrogatepass"), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> Reference:
        """Corrupted where these are not the bytes of a reference."""
        try:
            values = json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass"))
            if values["format"] != FORMAT:
                raise Corrupted("the kept reference is of another release", "train once more, or upgrade footplate")
            columns = tuple(Column.from_json(one) for one in values["columns"])
            return cls(values["rows"], columns, values["ordered"])
        except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
            raise Corrupted(f"the kept reference cannot be read ({error})", "train once more") from None


def _importance(weights: Mapping[str, float] | None) -> Any:
    """How much a column counts, from 0 to 1; None for all where nobody knows."""
    if weights is None:
        return lambda name: None
    most = max((value for value in weights.values() if math.isfinite(value)), default=0.0)
    if most <= 0:
        return lambda name: None
    return lambda name: max(0.0, float(weights.get(name, 0.0))) / most


def _column(name: str, kind: Kind, series: pd.Series, blocks: Array | None, ordered: bool) -> Column:
    if kind in TEXTUAL:
        return _text(name, kind, series, blocks, ordered)
    values = cells.numbers(series)
    there = ~np.isnan(values)
    present = values[there]
    borders = cells.edges(np.sort(present))
    counts, _ = cells.count_numbers(present, borders)
    some = slice(None) if blocks is not None else stretch(len(present))
    placed = cells.place_numbers(present[some], borders)
    own = None if blocks is None else blocks[there]
    return Column(
        name, kind, len(values), int(len(values) - there.sum()), counts, edges=borders,
        together=_together(placed, there, ordered, textual=False),
        wander=_wander(placed, there, own, blocks, textual=False),
        blocks=0 if blocks is None else len(np.unique(blocks)),
        weights=ordered_weights(counts / max(1, counts.sum())),
    )


def _text(name: str, kind: Kind, series: pd.Series, blocks: Array | None, ordered: bool) -> Column:
    codes, names = cells.texts(series)
    chosen, counting = cells.levels(codes, names)
    known = {level: place for place, level in enumerate(chosen)}
    there = codes >= 0
    placed = cells.place_texts(codes, names, known)
    counts = np.bincount(placed[counting[there]], minlength=len(chosen) + 1)
    own = None if blocks is None else blocks[there]
    return Column(
        name, kind, int(counting.sum()), int((~there & counting).sum()), counts, levels=tuple(chosen),
        together=_together(placed, there, ordered, textual=True),
        wander=_wander(placed, there, own, blocks, textual=True),
        blocks=0 if blocks is None else len(np.unique(blocks)),
    )


def _together(placed: Array, there: Array, ordered: bool, *, textual: bool) -> tuple[float, float]:
    if not ordered:
        return 1.0, 1.0
    return hangs_together(placed, textual=textual), hangs_together((~there).astype(np.int64), textual=True)


def _wander(
    placed: Array, there: Array, own: Array | None, blocks: Array | None, *, textual: bool
) -> tuple[float, float]:
    if own is None or blocks is None:
        return 0.0, 0.0
    return between(placed, own, textual=textual), between((~there).astype(np.int64), blocks, textual=True)
