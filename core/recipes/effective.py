"""Every key of a recipe with the value in effect and where it comes from."""

from __future__ import annotations

from typing import Any, Final

from core.recipes import tables as toml
from core.recipes.recipe import Recipe, of_tables
from core.recipes.sections import SECTIONS
from core.recipes.units import format_duration, format_size

DEFAULT: Final = "default"
RECIPE: Final = "recipe"
STEM: Final = "file name"
_WRITTEN: Final = {
    "triggers.cooldown": format_duration, "resources.memory": format_size, "resources.timeout": format_duration,
}  # fmt: skip

Effective = list[tuple[str, Any, str]]


def effective(text: str, path: str, stem: str) -> Effective:
    """(dotted key, value, source) in the order of the contract; source: "recipe", "default" or "file name".

    Values are as TOML would hold them; optional keys that are not given have None. Raises BadRecipe.
    """
    given = toml.read(text, path)
    recipe = of_tables(given, path, stem)
    said = {key for key, _ in toml.flat(given)}
    found: Effective = [
        ("name", recipe.name, RECIPE if "name" in given else STEM), ("task", str(recipe.task), _source("task", said)),
    ]
    values = recipe.tables()
    for section, kind in SECTIONS.items():
        for key in kind.model_fields:
            found += _leaves(f"{section}.{key}", values[section].get(key), said, recipe)
    return found


def _leaves(dotted: str, value: Any, said: set[str], recipe: Recipe) -> Effective:
    if dotted == "data.name":
        return [(dotted, recipe.dataset, _source(dotted, said))]
    if dotted == "gate.bars":
        return [(f"gate.{metric}.threshold", bar, RECIPE) for metric, bar in value.items()]
    if isinstance(value, dict) and value:
        return [
            (key, one, RECIPE if _source(key, said) == RECIPE or key.startswith("model.params") else DEFAULT)
            for key, one in toml.flat(value, dotted)
        ]
    shown = _WRITTEN[dotted](value) if dotted in _WRITTEN else value
    return [(dotted, shown, _source(dotted, said))]


def _source(key: str, said: set[str]) -> str:
    return RECIPE if key in said else DEFAULT
