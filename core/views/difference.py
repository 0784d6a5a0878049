"""One version of a model beside another, as a person wants to see it before the champion moves: what was learned
from, by which recipe, with which numbers, and what the gate said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from sqlalchemy import Connection, select

from core.errors import NotFound
from core.registry.tables import RecipeVersion
from core.views import models, runs
from core.views.models import Version
from core.views.run_fields import LOWER_IS_BETTER, MODEL_VERSION, RUN
from core.views.run_rows import Interval
from core.views.runs import Full
from core.views.shape import number
from core.vocabulary import AliasName
from core.workspace import Workspace

RECIPE_VERSION: Any = RecipeVersion.__table__  # type: ignore[attr-defined]
Versions = tuple[tuple[str, int], ...]  # (dataset, version)


@dataclass(frozen=True)
class Change:
    """A parameter, setting or file of code, before and after; None where it is not there."""

    name: str
    before: str | None
    after: str | None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Measure:
    """A metric of both, each on the rows that its own run judged on."""

    name: str
    before: Interval | None
    after: Interval | None
    decides: bool

    @property
    def lower_is_better(self) -> bool:
        return self.name in LOWER_IS_BETTER

    @property
    def gain(self) -> float | None:
        """By how much the new one is better; None where either is missing."""
        if self.before is None or self.after is None:
            return None
        return (self.after.value - self.before.value) * (-1 if self.lower_is_better else 1)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "before": self.before.to_json() if self.before else None,
            "after": self.after.to_json() if self.after else None, "gain": number(self.gain), "decides": self.decides,
        }


@dataclass(frozen=True)
class Difference:
    """From `before` (None: there is no champion) to `after`.

    `compared` tells with what result the gate of either compared just these two, on the same rows: `v7 against v6:
    .702 against .691 on 1,265`; empty where none did. `judged_against` is what the gate of `after` judged it
    against: `v3`, `a dummy`, `the recipe of v3`.
    `recipe` is a unified diff of the two texts, empty where they are equal.
    """

    model: str
    before: int | None
    after: int
    compared: str
    judged_against: str
    verdict: str | None
    headline: str
    reasons: tuple[dict[str, Any], ...]
    metrics: tuple[Measure, ...]
    params: tuple[Change, ...]
    settings: tuple[Change, ...]
    code: tuple[Change, ...]
    data_new: Versions
    data_gone: Versions
    rows_before: int | None
    rows_after: int
    recipe: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model, "before": self.before, "after": self.after, "compared": self.compared,
            "judged_against": self.judged_against,
            "verdict": self.verdict, "headline": self.headline, "reasons": [*self.reasons],
            "metrics": [one.to_json() for one in self.metrics],
            **{name: [one.to_json() for one in getattr(self, name)] for name in ("params", "settings", "code")},
            "data_new": [f"{dataset}@{version}" for dataset, version in self.data_new],
            "data_gone": [f"{dataset}@{version}" for dataset, version in self.data_gone],
            "rows_before": self.rows_before, "rows_after": self.rows_after, "recipe": [*self.recipe],
        }


def difference(workspace: Workspace, name: str, version: int | str, against: int | str | None = None) -> Difference:
    """Version `version` of a model beside `against` (None: today's champion). Raises NotFound."""
    after = models.version(workspace, f"{name}@{version}")
    before = _other(workspace, name, against)
    new, old = runs.show(workspace, after.run), runs.show(workspace, before.run) if before else None
    with workspace.registry.read() as connection:
        new_code = _code(connection, after.run)
        old_code = _code(connection, before.run) if before else {}
    own, other = set(new.run.data), set(old.run.data) if old else set()
    basis = new.basis or {}
    compared = "" if before is None or old is None else (
        _compared(new, after.version, before.version) or _compared(old, before.version, after.version)
    )
    return Difference(
        model=name, before=before.version if before else None, after=after.version,
        compared=compared,
        judged_against=_judged_against(basis), verdict=new.run.verdict,
        headline=new.run.headline, reasons=tuple((new.run.gate or {}).get("reasons", ())),
        metrics=_metrics(new, old), params=_changes(old.run.params if old else {}, new.run.params),
        settings=_changes((old.settings or {}) if old else {}, new.settings or {}),
        code=_changes(old_code, new_code), data_new=tuple(sorted(own - other)), data_gone=tuple(sorted(other - own)),
        rows_before=before.rows if before else None, rows_after=after.rows, recipe=_recipe(name, old, new),
    )


def _other(workspace: Workspace, name: str, against: int | str | None) -> Version | None:
    if against is not None:
        return models.version(workspace, f"{name}@{against}")
    try:
        return models.version(workspace, f"{name}@{AliasName.CHAMPION}")
    except NotFound:
        return None


def _compared(full: Full, own: int, other: int) -> str:
    """What the gate of `own` said of it and `other`, where it was that champion that it was judged against."""
    basis = full.basis or {}
    found = basis.get("against") == "champion" and basis.get("champion") == other
    return f"v{own} against v{other}: {full.run.headline}" if found else ""


def _judged_against(basis: Mapping[str, Any]) -> str:
    champion = f"v{basis['champion']}" if basis.get("champion") is not None else "the champion"
    return {"dummy": "a dummy", "champion": champion, "champion recipe": f"the recipe of {champion}"}.get(
        basis.get("against", ""), "nobody"
    )


def _code(connection: Connection, run: int) -> dict[str, str]:
    """The files of user code that a run went by: name -> the first digits of their hash."""
    code = connection.execute(
        select(RECIPE_VERSION.c.code).join(RUN, RUN.c.recipe_version_id == RECIPE_VERSION.c.id)
        .join(MODEL_VERSION, MODEL_VERSION.c.run_id == RUN.c.id).where(RUN.c.id == run)
    ).scalar()
    return {file["name"]: file["sha256"][:12] for file in code or ()}


def _metrics(new: Full, old: Full | None) -> tuple[Measure, ...]:
    others = old.intervals if old else {}
    names = [*dict.fromkeys([*((new.run.primary,) if new.run.primary else ()), *new.intervals, *others])]
    return tuple(
        Measure(name, others.get(name), new.intervals.get(name), decides=name == new.run.primary) for name in names
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    def told(values: Mapping[str, Any], name: str) -> str | None:
        return str(values[name]) if name in values else None

    names = dict.fromkeys([*before, *after])
    found = (Change(name, told(before, name), told(after, name)) for name in names)
    return tuple(one for one in found if one.before != one.after)


def _recipe(name: str, old: Full | None, new: Full) -> tuple[str, ...]:
    if old is None or old.recipe_text == new.recipe_text:
        return ()
    lines: Iterable[str] = unified_diff(
        old.recipe_text.splitlines(), new.recipe_text.splitlines(), f"{name}.toml of the champion",
        f"{name}.toml of this version", lineterm="", n=2,
    )
    return tuple(lines)
