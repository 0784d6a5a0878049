"""The recipe of one model: read from TOML, refused with file, key and remedy, known by its hash."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError, field_validator

from core.errors import BadRecipe, UsageError
from core.recipes.sections import (
    DataSection,
    EvaluateSection,
    FeaturesSection,
    GateSection,
    ModelSection,
    ResourcesSection,
    Section,
    TriggersSection,
)
from core.vocabulary import Task

if TYPE_CHECKING:
    from core.recipes.code import CodeFile


class Recipe(Section):
    """All keys with their effective values."""

    name: str = Field(min_length=1, max_length=100)
    task: Task = Task.AUTO
    data: DataSection
    features: FeaturesSection = FeaturesSection()
    model: ModelSection = ModelSection()
    evaluate: EvaluateSection = EvaluateSection()
    gate: GateSection = GateSection()
    triggers: TriggersSection = TriggersSection()
    resources: ResourcesSection = ResourcesSection()

    @property
    def dataset(self) -> str:
        return self.data.name or self.name

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not re.fullmatch(r"[\w][\w.\-]*", name):
            raise ValueError(f"{name!r} is no name: letters, digits, _, - and . only")
        return name


SECTIONS: dict[str, type[Section]] = {
    "data": DataSection, "features": FeaturesSection, "model": ModelSection, "evaluate": EvaluateSection,
    "gate": GateSection, "triggers": TriggersSection, "resources": ResourcesSection,
}
_OWN = ("name", "task")  # flat by nature


def flat_keys() -> dict[str, str]:
    """Keys that may stand outside of their section: those that only one section has."""
    homes: dict[str, list[str]] = {}
    for section, model in SECTIONS.items():
        for key in model.model_fields:
            homes.setdefault(key, []).append(section)
    return {
        key: found[0] for key, found in homes.items()
        if len(found) == 1 and key not in _OWN and key not in ("bars", *SECTIONS)
    }


def parse(text: str, path: str, stem: str) -> Recipe:
    """A recipe from its TOML. `stem` is its name where it gives none.

    Raises BadRecipe with file, key, what was wrong and the nearest valid name.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(f"{path}: {error}", "mend the TOML", path=path) from None
    return _validated(nested(raw, path), path, stem)


def nested(raw: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The recipe with every flat key in its section."""
    homes = flat_keys()
    made: dict[str, Any] = {}
    for key, value in raw.items():
        if key in SECTIONS:
            if not isinstance(value, dict):
                raise BadRecipe(f"{path}: {key}: is a section", f"write [{key}] and its keys below", path=path, key=key)
            made[key] = {**value, **made.get(key, {})}
        elif key in _OWN:
            made[key] = value
        elif key in homes:
            home = homes[key]
            if key in (raw.get(home) or {}):
                raise BadRecipe(
                    f"{path}: {key}: is given twice, flat and in [{home}]", "keep one of the two", path=path, key=key
                )
            made.setdefault(home, {})
            made[home][key] = value
        else:
            raise _unknown(path, key, [*SECTIONS, *_OWN, *homes])
    for section, model in SECTIONS.items():
        known = list(model.model_fields)
        for key, value in made.get(section, {}).items():
            if key not in known and not (section == "gate" and isinstance(value, dict)):
                raise _unknown(path, f"{section}.{key}", [f"{section}.{one}" for one in known])
    return made


def _unknown(path: str, key: str, known: Sequence[str]) -> BadRecipe:
    near = get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else "see CONTRACT.md for the keys"
    return BadRecipe(f"{path}: {key}: unknown key", hint, path=path, key=key)


def _validated(made: Mapping[str, Any], path: str, stem: str) -> Recipe:
    if "data" not in made or "target" not in made["data"] or "watch" not in made["data"]:
        key = "target" if "watch" in made.get("data", {}) else "watch"
        raise BadRecipe(
            f"{path}: data.{key}: is missing", 'a recipe needs at least  watch = "FOLDER"  and  target = "COLUMN"',
            path=path, key=f"data.{key}",
        )
    try:
        return Recipe.model_validate({"name": stem, **made})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part not in ("literal['auto']", "tuple[str, ...]"))
        said = str(first["msg"]).removeprefix("Value error, ")
        raise BadRecipe(f"{path}: {key}: {said}", _remedy(first), path=path, key=key) from None


def _remedy(error: Any) -> str:
    if error["type"] in ("literal_error", "enum"):
        wanted = re.findall(r"'([^']*)'", error.get("ctx", {}).get("expected", ""))
        near = get_close_matches(str(error["input"]), wanted, 1)
        return f"did you mean {near[0]}?" if near else f"one of {', '.join(wanted)}"
    return "`footplate recipes show NAME --full` prints all keys with their values"


def override(recipe: Recipe, settings: Mapping[str, str]) -> Recipe:
    """The recipe with some keys set: dotted key -> TOML value; what is no TOML is a string.

    Raises UsageError for an unknown key, BadRecipe for a value that does not fit.
    """
    values = plain(recipe)
    for key, text in settings.items():
        parts = key.split(".")
        if parts[0] in flat_keys():
            parts = [flat_keys()[parts[0]], *parts]
        if parts[0] not in SECTIONS or len(parts) < 2 or parts[0] in ("data", "triggers"):
            near = get_close_matches(key, [f"model.{one}" for one in ModelSection.model_fields], 1)
            raise UsageError(
                f"--set {key}: no key of [features], [model], [evaluate], [gate] or [resources]",
                f"did you mean {near[0]}?" if near else "write --set model.params.max_iter=50",
            )
        place = values[parts[0]]
        for part in parts[1:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise UsageError(f"--set {key}: {part} holds no keys", "write --set model.params.max_iter=50")
        place[parts[-1]] = _toml_value(text)
    return _validated(nested(values, f"recipe {recipe.name}"), f"recipe {recipe.name}", recipe.name)


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def plain(recipe: Recipe) -> dict[str, Any]:
    """All effective values as JSON-able data."""
    values: dict[str, Any] = recipe.model_dump(mode="json", exclude={"data": {"checks"}})
    values["data"]["checks"] = {
        "max_missing": dict(recipe.data.checks.max_missing),
        "range": {name: list(bounds) for name, bounds in recipe.data.checks.range.items()},
    }
    bars = values["gate"].pop("bars")
    values["gate"] |= {name: {"threshold": bar} for name, bar in bars.items()}
    return values


def recipe_hash(recipe: Recipe, code: Sequence[CodeFile]) -> str:
    """sha256 hex of what is learned and how it is judged, with all user code.

    Where data arrives, when runs start and what they may use is no part of it: changing that asks for no run.
    """
    values = plain(recipe)
    for section in ("triggers", "resources"):
        del values[section]
    for key in ("watch", "pattern", "recursive", "name", "arrival", "same_name", "bad_rows", "checks", "dialect"):
        del values["data"][key]
    files = sorted((file.name, file.sha256) for file in code)
    spelled = json.dumps([values, files], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()


def bar(recipe: Recipe) -> dict[str, Any]:
    """Target, task, [evaluate] and [gate]: where two recipes differ in these, a person decides."""
    values = plain(recipe)
    return {
        "target": recipe.data.target, "task": str(recipe.task), "evaluate": values["evaluate"], "gate": values["gate"],
    }


def missing_columns(recipe: Recipe, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """(key, message, hint) for every column that the recipe names and the data does not have."""
    wanted = [
        *((f"data.{role}", getattr(recipe.data, role)) for role in ("target", "time", "id", "group")),
        *(("data.drop", name) for name in recipe.data.drop), *(("features.dates", name) for name in recipe.features.dates),
        *(("data.checks", name) for name in (*recipe.data.checks.max_missing, *recipe.data.checks.range)),
    ]
    found = []
    for key, name in wanted:
        if name is not None and name not in names:
            near = get_close_matches(name, list(names), 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the data has: {', '.join(list(names)[:20])}"
            found.append((key, f"the data has no column {name!r}", hint))
    return found
