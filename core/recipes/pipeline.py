"""From a recipe to scikit-learn: an unfitted pipeline that takes the typed feature columns.

Two ways lead to the estimator. One that takes NaN and categories as codes (HistGradientBoosting) gets the
encoded table as it is; any other gets it imputed, scaled and one-hot encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from core.data.schema import Schema
from core.errors import BadRecipe
from core.recipes.estimators import make
from core.recipes.recipe import Recipe
from core.text import visible
from core.vocabulary import Kind, Task

if TYPE_CHECKING:
    import pandas as pd

MANY: Final = 60  # levels from which on a category is told by what the target is like there, not by its code
NATIVE: Final = "categorical_features"  # the parameter of estimators that take categories as codes
NATIVE_LEVELS: Final = 255  # that they take at most
DENSE_LEVELS: Final = 255
RARE: Final = 0.005  # share of rows below which one-hot levels are put together


def feature_schema(recipe: Recipe, schema: Schema) -> Schema:
    """The columns that are features: without target, id, group, drop, empty ones, and time (unless a date feature)."""
    data = recipe.data
    out = {data.target, data.id, data.group, *data.drop}
    if data.time not in recipe.features.dates:
        out.add(data.time)
    return Schema(
        tuple(column for column in schema.columns if column.name not in out and column.kind is not Kind.EMPTY)
    )


def many_levels(frame: pd.DataFrame, features: Schema) -> tuple[str, ...]:
    """The categories of a typed frame that have more than MANY levels, in the order of the schema."""
    return tuple(
        column.name for column in features.columns
        if column.kind is Kind.CATEGORY and frame[column.name].nunique() > MANY
    )


def build(recipe: Recipe, features: Schema, task: Task, classes: int, wide: Sequence[str] = ()) -> Any:
    """An unfitted sklearn Pipeline whose last step is the estimator; `wide` are the `many_levels`.

    It takes a typed frame with the columns of `features` and, to fit, class codes or values.
    Raises BadRecipe for an estimator or parameters that do not exist, and for date features that are no dates.
    """
    from sklearn.pipeline import Pipeline

    from core.recipes.transformers import TableEncoder

    _check_dates(recipe, features)
    estimator = make(recipe, task)
    params = estimator.get_params()
    native = NATIVE in params
    named = set(recipe.features.dates)
    numbers = _of(features, Kind.NUMBER, Kind.BOOLEAN)
    dates = tuple(name for name in _of(features, Kind.DATE) if name in named)
    moments = tuple(name for name in _of(features, Kind.DATE) if name not in named)
    narrow = tuple(name for name in _of(features, Kind.CATEGORY) if name not in wide)
    encoder = TableEncoder(
        narrow=narrow, numbers=numbers, moments=moments, dates=dates, wide=tuple(wide),
        levels=min(NATIVE_LEVELS, int(params.get("max_bins") or NATIVE_LEVELS)) if native else DENSE_LEVELS,
        classes=classes if task == Task.CLASSIFICATION else 0, seed=recipe.model.seed,
    )
    if not native:
        dense = _dense(len(narrow), others=len(features.columns) > len(narrow))
        return Pipeline([("table", encoder), ("dense", dense), ("model", estimator)])
    if narrow and NATIVE not in recipe.model.params:
        estimator.set_params(**{NATIVE: list(range(len(narrow)))})
    return Pipeline([("table", encoder), ("model", estimator)])


def _of(features: Schema, *kinds: Kind) -> tuple[str, ...]:
    return tuple(column.name for column in features.columns if column.kind in kinds)


def _check_dates(recipe: Recipe, features: Schema) -> None:
    for name in recipe.features.dates:
        if name in features and features.kind(name) is not Kind.DATE:
            raise BadRecipe(
                f"recipe {recipe.name}: features.dates: column {visible(name)} holds no dates ({features.kind(name)})",
                "dates are written like 2024-05-31 or 2024-05-31T08:15", key="features.dates",
            )


def _dense(codes: int, *, others: bool) -> Any:
    """The first columns, which are codes, one-hot with rare ones together, and missing as a level of its own; the
    other columns, where there are any, imputed, marked where they were missing, and scaled."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = Pipeline([
        ("impute", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)),
        ("scale", StandardScaler()),
    ])
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE, sparse_output=False)
    parts = [("levels", one_hot, slice(0, codes))] if codes else []
    parts += [("numbers", numbers, slice(codes, None))] if others else []
    return ColumnTransformer(parts, sparse_threshold=0.0)
