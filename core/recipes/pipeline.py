"""From a recipe to scikit-learn: an unfitted pipeline that takes the typed feature columns.

Two ways lead to the estimator. Those that take NaN and native categories (HistGradientBoosting) get codes;
all others get imputed, scaled and one-hot encoded columns. Categories with many levels are encoded by the
target, cross-fitted, on both ways.
"""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from typing import Any

from core.data.schema import Schema
from core.errors import BadRecipe
from core.recipes.recipe import Recipe
from core.vocabulary import Kind, Task

MANY = 60  # levels from which a category is encoded by the target instead of code or one-hot
RARE_LEVEL = 0.005  # share of rows below which one-hot levels are put together


def feature_schema(recipe: Recipe, schema: Schema) -> Schema:
    """The columns that are features: without target, id, group, time (unless a date feature), drop, empty ones."""
    data = recipe.data
    out = {data.target, data.id, data.group, *data.drop}
    if data.time not in recipe.features.dates:
        out.add(data.time)
    return Schema(tuple(
        column for column in schema.columns if column.name not in out and column.kind is not Kind.EMPTY
    ))


def build(recipe: Recipe, features: Schema, task: Task, classes: int, wide: tuple[str, ...] = ()) -> Any:
    """An unfitted Pipeline. `wide` are the categories with many levels (see `many_levels`).

    Raises BadRecipe for an estimator or parameters that do not exist.
    """
    from sklearn.pipeline import Pipeline

    estimator = _estimator(recipe, task)
    names = {
        kind: [column.name for column in features.columns if column.kind in kinds]
        for kind, kinds in _GROUPS.items()
    }
    narrow = [name for name in names["categories"] if name not in wide]
    if "categorical_features" in estimator.get_params():
        encoder = _native(names, narrow, list(wide), task, classes, recipe.model.seed)
        if "categorical_features" not in recipe.model.params:
            width = len(names["numbers"]) + 6 * len(names["dates"])
            estimator.set_params(categorical_features=list(range(width, width + len(narrow))) or None)
    else:
        encoder = _dense(names, narrow, list(wide), task, classes, recipe.model.seed)
    return Pipeline([("features", encoder), ("model", estimator)])


_GROUPS = {
    "numbers": (Kind.NUMBER, Kind.BOOLEAN), "dates": (Kind.DATE,), "categories": (Kind.CATEGORY,),
}


def many_levels(frame: Any, features: Schema) -> tuple[str, ...]:
    """The categories of a frame that have many levels."""
    return tuple(
        column.name for column in features.columns
        if column.kind is Kind.CATEGORY and frame[column.name].nunique(dropna=True) > MANY
    )


def _native(
    names: dict[str, list[str]], narrow: list[str], wide: list[str], task: Task, classes: int, seed: int
) -> Any:
    from sklearn.compose import ColumnTransformer

    from core.recipes.transformers import MeanEncoder, TableEncoder

    table = TableEncoder(numbers=names["numbers"], dates=names["dates"], categories=narrow)
    plain = [*names["numbers"], *names["dates"], *narrow]
    parts: list[tuple[str, Any, list[str]]] = [("table", table, plain)] if plain else []
    if wide:
        parts.append(("means", MeanEncoder(columns=wide, classes=_classes(task, classes), seed=seed), wide))
    return ColumnTransformer(parts, verbose_feature_names_out=False)


def _dense(
    names: dict[str, list[str]], narrow: list[str], wide: list[str], task: Task, classes: int, seed: int
) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from core.recipes.transformers import DateParts, MeanEncoder, TextFiller

    def scaled(*first: Any) -> Any:
        impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
        return Pipeline([*first, ("impute", impute), ("scale", StandardScaler())])

    parts: list[tuple[str, Any, list[str]]] = []
    if names["numbers"]:
        parts.append(("numbers", scaled(), names["numbers"]))
    if names["dates"]:
        parts.append(("dates", scaled(("parts", DateParts(columns=names["dates"]))), names["dates"]))
    if narrow:
        one_hot = OneHotEncoder(
            handle_unknown="infrequent_if_exist", min_frequency=RARE_LEVEL, sparse_output=False, dtype=float
        )
        parts.append(("levels", Pipeline([("fill", TextFiller()), ("one_hot", one_hot)]), narrow))
    if wide:
        means = MeanEncoder(columns=wide, classes=_classes(task, classes), seed=seed)
        parts.append(("means", scaled(("means", means)), wide))
    return ColumnTransformer(parts, verbose_feature_names_out=False)


def _classes(task: Task, classes: int) -> int:
    return classes if task == Task.CLASSIFICATION else 0


def _estimator(recipe: Recipe, task: Task) -> Any:
    """The recipe's estimator with its parameters and seed, on one thread a CPU that it was given."""
    kind = _estimator_class(recipe, task)
    params = dict(recipe.model.params)
    try:
        estimator = kind()
        known = estimator.get_params()
    except Exception as error:
        raise BadRecipe(
            f"recipe {recipe.name}: model.estimator: {recipe.model.estimator} is no scikit-learn estimator ({error})",
            "name a class with fit and predict that needs no arguments", key="model.estimator",
        ) from None
    for name in params:
        if name not in known:
            near = get_close_matches(name, list(known), 1)
            raise BadRecipe(
                f"recipe {recipe.name}: model.params.{name}: {kind.__name__} has no such parameter",
                f"did you mean {near[0]}?" if near else f"it has: {', '.join(sorted(known))}", key=f"model.params.{name}",
            )
    defaults: dict[str, Any] = {"random_state": recipe.model.seed, "n_jobs": recipe.resources.cpus}
    if recipe.model.estimator == "auto":
        defaults["early_stopping"] = False
    estimator.set_params(**{name: value for name, value in defaults.items() if name in known} | params)
    return estimator


def _estimator_class(recipe: Recipe, task: Task) -> Any:
    path = recipe.model.estimator
    if path == "auto":
        from sklearn import ensemble

        regression = task == Task.REGRESSION
        return ensemble.HistGradientBoostingRegressor if regression else ensemble.HistGradientBoostingClassifier
    module, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        package = path.partition(".")[0]
        missing = error.name == package
        raise BadRecipe(
            f"recipe {recipe.name}: model.estimator: {module} cannot be imported ({error})",
            f"install it beside Footplate: `uv tool install footplate --with {package}`" if missing else "check its name",
            key="model.estimator",
        ) from None
    if found is None:
        near = get_close_matches(name, dir(importlib.import_module(module)), 1)
        raise BadRecipe(
            f"recipe {recipe.name}: model.estimator: {module} has no {name}",
            f"did you mean {module}.{near[0]}?" if near else "check its name", key="model.estimator",
        )
    return found
