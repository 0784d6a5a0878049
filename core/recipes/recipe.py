"""A recipe: the declarative text of one model, read into values.

What identifies a recipe version is `recipe_hash`: of what is learned and how it is judged, not of where
files come from, when it runs or what it may use.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from core.errors import BadRecipe, UsageError
from core.recipes import tables as toml
from core.recipes.sections import (
    Ci,
    Data,
    Evaluate,
    Features,
    Gate,
    Labels,
    Model,
    Monitors,
    Release,
    Resources,
    Score,
    Section,
    TaskWord,
    Triggers,
)
from core.recipes.tables import Tables
from core.recipes.validators import METRICS
from core.text import visible
from core.vocabulary import Task

if TYPE_CHECKING:
    from core.recipes.code import CodeFile

LEARNED_DATA: Final = ("name", "target", "time", "id", "group", "drop", "train_on")  # of [data], what a fit goes by
SETTINGS: Final = "--set"  # where an override comes from


class Recipe(Section):
    """One model's recipe with every default filled in. Two recipes are equal when all their values are."""

    name: str
    task: TaskWord = Task.AUTO
    data: Data
    features: Features = Features()
    model: Model = Model()
    evaluate: Evaluate = Evaluate()
    gate: Gate = Gate()
    triggers: Triggers = Triggers()
    resources: Resources = Resources()
    release: Release = Release()
    ci: Ci = Ci()
    score: Score = Score()
    labels: Labels = Labels()
    monitors: Monitors = Monitors()

    @property
    def dataset(self) -> str:
        """The name of the dataset that it learns from."""
        return self.data.name or self.name

    def tables(self) -> Tables:
        """All values as the nested tables that `tables.nested` gives: plain texts, numbers and lists."""
        made: Tables = self.model_dump(mode="python", exclude={"data": {"checks"}})
        checks = self.data.checks
        made["data"]["checks"] = {
            "max_missing": dict(checks.max_missing),
            "range": {
                name: [float("-inf") if low is None else low, float("inf") if high is None else high]
                for name, (low, high) in checks.range.items()
            },
        }
        return {key: _plain(value) for key, value in made.items()}


def parse(text: str, path: str, stem: str) -> Recipe:
    """The recipe that a text says; `path` is named in errors, `stem` is the name where the text gives none.

    Raises BadRecipe with file, key, what was wrong and the nearest valid key.
    """
    return of_tables(toml.read(text, path), path, stem)


def of_tables(tables: Mapping[str, Any], path: str, stem: str) -> Recipe:
    """The recipe that nested tables say. Raises BadRecipe."""
    try:
        recipe = Recipe.model_validate({"name": stem, "data": {}} | dict(tables))
    except ValidationError as error:
        raise toml.refused(error, path) from None
    for key, message, hint in _contradictions(recipe):
        raise toml.problem(path, key, message, hint)
    return recipe


def override(recipe: Recipe, settings: Mapping[str, str]) -> Recipe:
    """`recipe` with some keys set: {"model.params.max_iter": "50"}; values are TOML, bare words are texts.

    Raises UsageError for a key that no recipe has, BadRecipe for a value that does not fit.
    """
    values = recipe.tables()
    for dotted, text in settings.items():
        parts = _path_of(dotted)
        try:
            changed = toml.nested(_inside(parts, _value_of(text)), SETTINGS)
        except BadRecipe as error:
            raise UsageError(error.message, "write it like --set model.params.max_iter=50") from None
        if "name" in (parts[0], parts[-1] if parts[0] == "data" else ""):
            raise UsageError(f"{SETTINGS}: {visible(dotted)}: a recipe keeps its name", "copy its file instead")
        values = _merged(values, changed)
    return of_tables(values, SETTINGS, recipe.name)


def recipe_hash(recipe: Recipe, code: Sequence[CodeFile]) -> str:
    """SHA-256 (hex) of what is learned and how it is judged: the values in effect, and the code by name and hash.

    Left out is what changes no model: where files are looked for and how they are let in (the rest of
    [data]), [triggers] and [resources]. A recipe that differs only there is the same version, and saving it
    starts no training. Defaults count as if they were written.
    """
    tables = recipe.tables()
    data = {key: tables["data"][key] for key in LEARNED_DATA if key in tables["data"]}
    data["drop"] = sorted(data["drop"])
    tables["features"]["dates"].sort()
    parts = {key: tables[key] for key in ("name", "task", "features", "model", "evaluate", "gate")} | {"data": data}
    parts["code"] = sorted([file.name, file.sha256] for file in code)
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def bar(recipe: Recipe) -> dict[str, Any]:
    """What a version has to clear, as plain JSON: who changes it waits for a person."""
    tables = recipe.tables()
    return {
        "target": recipe.data.target, "task": str(recipe.task), "evaluate": tables["evaluate"], "gate": tables["gate"]
    }


def missing_columns(recipe: Recipe, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """(key, message, hint) for every column that the recipe names and the data does not have.

    User code may make columns of its own, so with it `drop` and `dates` may name what is not in the file.
    """
    found = []
    for key, column in _named_columns(recipe):
        if column not in names:
            near = get_close_matches(column, list(names), 1, 0.6) or [
                name for name in names if name.casefold() == column.casefold()
            ]
            shown = ", ".join(visible(name) for name in list(names)[:12]) + (" ..." if len(names) > 12 else "")
            hint = f"did you mean {visible(near[0])!r}?" if near else f"the columns are: {shown}"
            found.append((key, f"the data has no column {visible(column)!r}", hint))
    return found


def _named_columns(recipe: Recipe) -> Iterator[tuple[str, str]]:
    data = recipe.data
    for key, column in (("target", data.target), ("time", data.time), ("id", data.id), ("group", data.group)):
        if column is not None:
            yield f"data.{key}", column
    if not recipe.features.custom:
        yield from (("data.drop", column) for column in data.drop)
        yield from (("features.dates", column) for column in recipe.features.dates)
    yield from (("data.checks.max_missing", column) for column in data.checks.max_missing)
    yield from (("data.checks.range", column) for column in data.checks.range)


def _contradictions(recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """(key, message, hint) for values that are fine by themselves and not together."""
    data, model, evaluate = recipe.data, recipe.model, recipe.evaluate
    for key, name in (("name", recipe.name), ("data.name", recipe.dataset)):
        if not _is_name(name):
            yield key, f"{visible(name)!r} cannot be a name", "letters, digits, '-', '_' and '.' are fine"
    if "\0" in data.watch:
        yield "data.watch", "a path cannot hold a NUL character", "name the folder where files arrive"
    for key, column in (("time", data.time), ("id", data.id), ("group", data.group)):
        if column == data.target:
            yield f"data.{key}", f"{visible(column)!r} is the target already", "name another column, or none"
    if data.target in data.drop:
        yield "data.drop", "the target cannot be dropped", "it is no feature anyway"
    for column in recipe.features.dates:
        if column in (data.target, data.id, data.group) or column in data.drop:
            yield "features.dates", f"{visible(column)!r} is the target, an id, a group or dropped", "it is no feature"
    if model.predict_command and not model.command:
        yield "model.predict_command", "needs a command that trains", 'add command = ["python", "train.py"]'
    if model.command and model.estimator != "auto":
        yield "model.command", "stands instead of an estimator, not beside it", "keep one of the two"
    if model.command and recipe.features.custom:
        yield "features.custom", "is not applied before a command", "call the function in the command itself"
    named = [("evaluate.primary", evaluate.primary)]
    named += [("evaluate.metrics", metric) for metric in evaluate.metrics if evaluate.metrics != "auto"]
    named += [(f"gate.{metric}", metric) for metric in recipe.gate.bars]
    for key, metric in named:
        if recipe.task != Task.AUTO and METRICS.get(metric, recipe.task) != recipe.task:
            fitting = ", ".join(name for name, task in METRICS.items() if task == recipe.task)
            yield key, f"{metric} does not measure a {recipe.task}", f"choose among {fitting}"


def _is_name(name: str) -> bool:
    """Whether it can stand in NAME@3, in a path and on a command line."""
    plain = name.isprintable() and name == name.strip() and not set(name) & set("@/\\")
    return bool(name) and plain and name[0] not in ".-~"


def _plain(value: Any) -> Any:
    """Texts for words of the glossary, lists for tuples, and no key for what is not given."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _path_of(dotted: str) -> list[str]:
    """The parts of a dotted key; quoted parts may hold points of their own."""
    try:
        table: Any = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return dotted.split(".")
    parts: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        (part, table), = table.items()
        parts.append(part)
    return parts if table == 0 else dotted.split(".")


def _value_of(text: str) -> Any:
    """TOML where it is TOML, else the text itself; dates stay text, for no key takes one."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    value = table.get("value")
    return value if len(table) == 1 and isinstance(value, str | bool | int | float | list | dict) else text


def _inside(parts: Sequence[str], value: Any) -> Tables:
    """{"model": {"params": {"max_iter": 50}}} of its parts and its value."""
    for part in reversed(parts):
        value = {part: value}
    tables: Tables = value
    return tables


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Tables:
    """`below`, overlaid by `above`; tables are merged, everything else is replaced."""
    made = dict(below)
    for key, value in above.items():
        inside = made.get(key)
        made[key] = _merged(inside, value) if isinstance(inside, Mapping) and isinstance(value, Mapping) else value
    return made
