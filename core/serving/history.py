"""The log of answers, read: sealed and open files together, in order of time, a piece at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data.schema import Schema
from core.serving import lines, sealed, segments
from core.serving.columns import Array, Block, Coded, joined
from core.serving.segments import Segment
from core.vocabulary import Kind

if TYPE_CHECKING:
    import pandas as pd

ROWS = 50_000
FILTERED = ("at", "environment", "role")


@dataclass
class Tally:
    """What was met on the way: `torn` lines were not whole, and were passed over."""

    files: int = 0
    torn: int = 0


@dataclass(frozen=True)
class Piece:
    """Some answers of one version, in order of time. A column that was not asked for raises KeyError."""

    block: Block

    def __len__(self) -> int:
        return len(self.block)

    @property
    def model(self) -> str:
        return str(self.block.head["model"])

    @property
    def version(self) -> int:
        return int(self.block.head["version"])

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.block.head["classes"])

    @property
    def schema(self) -> Schema:
        """The inputs of the version."""
        return Schema.from_json(self.block.head["inputs"])

    @property
    def at(self) -> Array:
        """int64, microseconds since 1970 in UTC."""
        return self.block.array("at")

    @property
    def values(self) -> Array:
        """Codes of `classes` (int32), or numbers."""
        return self.block.array("value")

    @property
    def probabilities(self) -> Array | None:
        """float64, rows x classes; None for regression."""
        return self.block.array("probability") if self.classes else None

    @property
    def ids(self) -> Coded:
        return self.block.coded("id")

    @property
    def keys(self) -> Coded:
        """What clients call the rows."""
        return self.block.coded("key")

    @property
    def given(self) -> Array:
        """Which rows have inputs: a setting may keep them out of the log."""
        return self.block.array("given")

    def frame(self) -> pd.DataFrame:
        """The inputs as the typed frame of `core.data.values`, numbered from 0; all missing where not `given`."""
        import pandas as pd

        made: dict[str, Any] = {}
        for place, column in enumerate(self.schema.columns):
            found = self.block.columns[f"x{place}"]
            if isinstance(found, Coded):
                made[column.name] = pd.array(found.texts(), dtype="str")
            else:
                made[column.name] = found.view("datetime64[us]") if column.kind is Kind.DATE else found
        return pd.DataFrame(made, index=pd.RangeIndex(len(self)))


def read(
    folder: Path, *, since: datetime | None = None, until: datetime | None = None,
    versions: Collection[int] | None = None, environments: Collection[str] | None = None,
    roles: Collection[str] | None = None, columns: Collection[str] | None = None, rows: int = ROWS,
    tally: Tally | None = None,
) -> Iterator[Piece]:
    """The answers of one model from `since` to before `until`, in pieces of at most `rows` rows.

    `folder` is the model's. Pieces come in order of time; where several versions answered side by side, so do
    theirs. `columns` names those of `core.serving.lines` that are needed ("at" always is). In memory are the
    files of one moment: as many as there were processes that answered, and their neighbours.
    """
    wanted = None if columns is None else {*columns, *FILTERED}
    choice = _Choice(since, until, environments, roles)
    waiting = deque(
        one for one in segments.listed(folder)
        if (versions is None or one.version in versions) and choice.may_hold(one)
    )
    active: list[Block] = []
    while waiting or active:
        frontier = min((int(block.array("at")[-1]) for block in active), default=None)
        if waiting and (frontier is None or lines.microseconds(waiting[0].earliest) <= frontier):
            block = _load(waiting.popleft(), wanted, tally)
            block = None if block is None else choice.of(block)
            if block is not None and len(block):
                active.append(block)
            continue
        assert frontier is not None
        done, rest = [], []
        for block in active:
            cut = int(np.searchsorted(block.array("at"), frontier, side="right"))
            done += [block[:cut]] if cut else []
            rest += [block[cut:]] if cut < len(block) else []
        active = rest
        yield from _pieces(done, rows)


def count(
    folder: Path, *, since: datetime | None = None, until: datetime | None = None,
    versions: Collection[int] | None = None, environments: Collection[str] | None = None,
    roles: Collection[str] | None = None,
) -> int:
    """How many rows were answered; of sealed files that lie within, only the headers are read."""
    choice = _Choice(since, until, environments, roles)
    total = 0
    for one in segments.listed(folder):
        if (versions is not None and one.version not in versions) or not choice.may_hold(one):
            continue
        if one.is_sealed and choice.holds_all_of(one):
            head = _head(one)
            total += 0 if head is None else sum(
                number for environment, role, number in head["counts"]
                if (environments is None or environment in environments) and (roles is None or role in roles)
            )
            continue
        block = _load(one, set(FILTERED), None)
        total += 0 if block is None else len(choice.of(block))
    return total


@dataclass(frozen=True)
class _Choice:
    """Which answers are asked for."""

    since: datetime | None
    until: datetime | None
    environments: Collection[str] | None
    roles: Collection[str] | None

    def may_hold(self, segment: Segment) -> bool:
        return (self.since is None or segment.latest >= self.since) and (
            self.until is None or segment.earliest < self.until
        )

    def holds_all_of(self, segment: Segment) -> bool:
        """Whether all of its answers are of the time that is asked for."""
        return (self.since is None or segment.earliest >= self.since) and (
            self.until is None or segment.latest < self.until
        )

    def of(self, block: Block) -> Block:
        at = block.array("at")
        low = 0 if self.since is None else int(np.searchsorted(at, lines.microseconds(self.since)))
        high = len(at) if self.until is None else int(np.searchsorted(at, lines.microseconds(self.until)))
        if (low, high) != (0, len(at)):
            block = block[low:high]
        for name, wanted in (("environment", self.environments), ("role", self.roles)):
            if wanted is not None:
                among = block.coded(name).among(wanted)
                if not among.all():
                    block = block[among]
        return block


def _load(segment: Segment, wanted: Collection[str] | None, tally: Tally | None) -> Block | None:
    """What a file holds; None where it went (removed by age) or holds nothing that can be read."""
    try:
        if segment.is_sealed:
            block = sealed.load(segment.path, wanted)
            torn = int(block.head["torn"])
        else:
            try:
                made, torn = lines.parse(segment.path)
            except FileNotFoundError:  # sealed a moment ago
                return _load(Segment(segment.began, segment.version, _sealed(segment)), wanted, tally)
            if tally is not None and made is None:
                tally.torn += torn
            if made is None:
                return None
            block = made if wanted is None else Block(
                made.head, {name: column for name, column in made.columns.items() if name in wanted}
            )
    except FileNotFoundError:
        return None
    if tally is not None:
        tally.files += 1
        tally.torn += torn
    return block


def _head(segment: Segment) -> Mapping[str, Any] | None:
    try:
        return sealed.head(segment.path)
    except FileNotFoundError:
        return None


def _sealed(segment: Segment) -> Path:
    return segment.path.with_suffix(segments.SEALED)


def _pieces(blocks: Sequence[Block], rows: int) -> Iterator[Piece]:
    """Blocks of one stretch of time, by version, in order."""
    by_version: dict[int, list[Block]] = {}
    for block in sorted(blocks, key=lambda one: int(one.array("at")[0])):
        by_version.setdefault(int(block.head["version"]), []).append(block)
    for some in by_version.values():
        whole = joined(some)
        if len(some) > 1:
            whole = whole[np.argsort(whole.array("at"), kind="stable")]
        for start in range(0, len(whole), rows):
            yield Piece(whole[start : start + rows])
