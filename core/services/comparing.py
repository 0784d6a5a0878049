"""Two versions, or any two files, compared as a drift monitor would: the first is the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.errors import BadData, NotFound, UsageError
from core.vocabulary import Kind, MonitorKind
from core.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from core.data.dialect import Dialect
    from core.data.schema import Schema
    from core.recipes.recipe import Recipe

MOST: Final = 1_000_000  # rows of a side; of more a uniform sample, in their order
HELD: Final = {
    Kind.NUMBER: "numbers", Kind.BOOLEAN: "true and false", Kind.DATE: "dates", Kind.CATEGORY: "text",
    Kind.EMPTY: "nothing",
}


def drift(
    before: str, after: str, workspace: Callable[[], Workspace], *, drop: Sequence[str] = (),
    level: float | None = None, effect: float | None = None, min_rows: int | None = None, ordered: bool = True,
) -> dict[str, Any]:
    """A monitor report of `after` against `before`, each a file or NAME@V (`workspace` is only then asked for).

    {"monitor", "kind", "at", "model", "version", "before", "rows_before", "left_out", ...}, the rest as
    `core.monitoring.drift.Report` has it. What tells rows apart or only runs on (id, time, dates and running numbers
    without any overlap) is left out, and so is `drop`. Raises NotFound, UsageError, BadData, Conflict.
    """
    from core.monitoring import drift as room

    sides = [_side(text, workspace) for text in (before, after)]
    known = set(sides[0].schema.names) | set(sides[1].schema.names)
    if strange := [name for name in drop if name not in known]:
        raise UsageError(f"there is no column {strange[0]}", f"there are {', '.join(sorted(known)[:20])}")
    left_out = {*drop, *sides[0].roles, *sides[1].roles}
    kinds = {one.name: one.kind for one in sides[0].schema.columns if one.name not in left_out}
    kinds, unlike = _common(kinds, sides[1].schema)
    first = sides[0].read(kinds)
    second = sides[1].read({
        name: kind for name, kind in kinds.items() if name in sides[1].schema.names and name not in unlike
    })
    running = [name for name in kinds if name in second.columns and _runs_on(first[name], second[name], kinds[name])]
    asked = {name: kind for name, kind in kinds.items() if name not in running}
    report = room.compare(
        first, second, asked, level=room.LEVEL if level is None else level,
        effect=room.EFFECT if effect is None else effect, min_rows=min_rows or room.MIN_ROWS, ordered=ordered,
        unlike=unlike,
    )
    return {
        "monitor": f"{sides[0].name} against {sides[1].name}", "kind": MonitorKind.DRIFT.value,
        "at": datetime.now(UTC).isoformat(), "model": None, "version": None, "before": sides[0].name,
        "after": sides[1].name, "rows_before": len(first), "left_out": sorted({*left_out, *running} & known),
        **report.to_json(),
    }


@dataclass(frozen=True)
class _Side:
    """One of the two: how its bytes are to be read, and the columns (`roles`) that say which row is which."""

    name: str
    path: Path
    dialect: Dialect
    schema: Schema
    roles: frozenset[str]

    def read(self, kinds: Mapping[str, Kind]) -> pd.DataFrame:
        """The typed rows, those set aside that do not fit."""
        from core.data import readers
        from core.data.badrows import BadRows
        from core.data.schema import Schema

        return readers.read(self.path, self.dialect, Schema.of(kinds), sample=MOST, bad_rows=BadRows())


def _side(text: str, workspace: Callable[[], Workspace]) -> _Side:
    path = Path(text).expanduser()
    if path.is_file():
        return _of_file(path.name, path)
    if "@" not in text:
        raise NotFound(f"{text} is no file", "name two files, or two versions: flights@6 flights@7")
    return _of_version(workspace(), text)


def _of_file(name: str, path: Path, roles: frozenset[str] = frozenset()) -> _Side:
    from core.services.explore import looked_at

    found = looked_at(path, name)
    if found.schema is None or found.dialect is None:
        why = found.reasons[0].message if found.reasons else "cannot be read"
        raise BadData(f"{name}: {why}", "`footplate explore` says more", check="unreadable")
    return _Side(name, path, found.dialect, found.schema, roles)


def _of_version(workspace: Workspace, text: str) -> _Side:
    from core.data.schema import Schema
    from core.registry import datasets
    from core.services import recipes
    from core.services.rows import kept_file
    from core.vocabulary import VersionState

    row, path, dialect = kept_file(workspace, text)
    roles = _roles(recipes.of_dataset(workspace, row["dataset"]))
    name = f"{row['dataset']}@{row['version']}"
    with workspace.registry.read() as connection:
        dataset = datasets.get(connection, row["dataset"])
    if row["state"] == VersionState.QUARANTINED or dataset is None or not dataset["schema"]:
        return _of_file(name, path, roles)
    return _Side(name, workspace.store.verified(row["hash"]), dialect, Schema.from_json(dataset["schema"]), roles)


def _roles(recipe: Recipe) -> frozenset[str]:
    data = recipe.data
    return frozenset(name for name in (data.time, data.id, data.group) if name)


def _common(kinds: Mapping[str, Kind], found: Schema) -> tuple[dict[str, Kind], dict[str, str]]:
    """The kinds to read both sides by, and what is said of columns that hold something else now."""
    from core.data.schema import compatible

    made, unlike = dict(kinds), {}
    for name, kind in kinds.items():
        if name not in found:
            continue
        now = found.kind(name)
        if kind is Kind.EMPTY or (kind is Kind.BOOLEAN and now is Kind.NUMBER):
            made[name] = now  # nothing was known of it; zeros and ones are numbers as well
        elif kind is Kind.NUMBER and now is Kind.BOOLEAN:
            continue
        elif not compatible(kind, now):
            unlike[name] = f"it held {HELD[kind]}, and now {HELD[now]}"
    return made, unlike


def _runs_on(before: pd.Series, after: pd.Series, kind: Kind) -> bool:
    """Whether a column only goes on from where it stood: dates, or whole numbers in their order and none twice."""
    old, new = before.dropna(), after.dropna()
    if kind not in (Kind.DATE, Kind.NUMBER) or len(old) < 2 or len(new) < 2:
        return False
    apart = old.max() <= new.min() or new.max() <= old.min()
    if kind is Kind.DATE:
        return bool(apart)
    return all(bool(side.is_monotonic_increasing and side.is_unique and (side % 1 == 0).all()) for side in (old, new))
