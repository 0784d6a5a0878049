"""The types that a stored model may be made of, beyond those that skops trusts by itself.

skops makes an object only where its type is named; whatever else a file asks for is refused. Each name here is
needed by an estimator that was kept, loaded and compared; none of them runs code that a file brings along.
"""

from __future__ import annotations

from typing import Final

TRUSTED: Final[tuple[str, ...]] = (
    "core.recipes.transformers.TableEncoder",
    "numpy.dtype",
    # trees: HistGradientBoosting (its own encoder of categories too), forests, GradientBoosting
    "functools.partial",  # of the function below: what it calls has to be trusted as well
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
    # MLP
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    # LightGBM (tried with 4.7) and XGBoost (tried with 3.2), where they are installed
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
)
_TRUSTED: Final = frozenset(TRUSTED)


def is_trusted(name: str) -> bool:
    """Whether a stored model may hold a thing of this type (its dotted name)."""
    return name in _TRUSTED
