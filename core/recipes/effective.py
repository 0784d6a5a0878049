"""Every key of a recipe with its value and where that comes from."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from core.recipes.recipe import nested, parse, plain


def effective(text: str, path: str, stem: str) -> list[tuple[str, Any, str]]:
    """(dotted key, value, "recipe" | "default") in the order of the sections. Raises BadRecipe as `parse` does."""
    recipe = parse(text, path, stem)
    given = {key for key, _ in _flattened(nested(tomllib.loads(text), path))}
    return [
        (key, value, "recipe" if any(one == key or one.startswith(f"{key}.") or key.startswith(f"{one}.") for one in given)
         else "default")
        for key, value in _flattened(plain(recipe))
    ]


def _flattened(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping) and value and before.count(".") < 1:
            yield from _flattened(value, f"{name}.")
        else:
            yield name, value
