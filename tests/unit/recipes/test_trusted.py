"""A kept model is made of trusted types alone, and predicts what it did before."""

from __future__ import annotations

import importlib
import textwrap
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer
from skops.io.exceptions import UntrustedTypesFoundException

from core.data.schema import Schema
from core.recipes.pipeline import build
from core.recipes.recipe import parse
from core.recipes.trusted import TRUSTED, is_trusted
from core.vocabulary import Kind, Task

SCHEMA = Schema.of({"n": Kind.NUMBER, "d": Kind.DATE, "e": Kind.DATE, "c": Kind.CATEGORY, "w": Kind.CATEGORY})
SMALL = {"n_estimators": 3, "max_iter": 5}


def table(rows: int = 200) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 9000, rows), unit="h")
    words = {name: pd.Series([f"{name}{code}" for code in generator.integers(0, most, rows)], dtype="str")
             for name, most in (("c", 5), ("w", 80))}  # fmt: skip
    numbers = pd.Series(generator.normal(size=rows)).mask(generator.random(rows) < 0.2)
    frame = pd.DataFrame({"n": numbers, "d": dates, "e": dates, "c": words["c"].mask(numbers > 1), "w": words["w"]})
    return frame.astype({"d": "datetime64[us]", "e": "datetime64[us]"})


CASES = [
    ("auto", "", 2), ("auto", "", 6), ("auto", "", 0),
    *((f"sklearn.ensemble.{kind}Classifier", "", classes)
      for kind in ("RandomForest", "ExtraTrees", "GradientBoosting", "AdaBoost", "Bagging") for classes in (2, 6)),
    *((f"sklearn.ensemble.{kind}Regressor", "", 0)
      for kind in ("RandomForest", "ExtraTrees", "GradientBoosting", "AdaBoost", "Bagging")),
    ("sklearn.linear_model.LogisticRegression", "", 2), ("sklearn.linear_model.LogisticRegression", "", 6),
    ("sklearn.linear_model.Ridge", "", 0), ("sklearn.linear_model.Lasso", "", 0),
    ("sklearn.linear_model.SGDClassifier", "", 2),
    ("sklearn.svm.SVC", "probability = true", 2), ("sklearn.svm.SVC", "", 6), ("sklearn.svm.SVR", "", 0),
    ("sklearn.neural_network.MLPClassifier", "", 2), ("sklearn.neural_network.MLPRegressor", "", 0),
    ("sklearn.neural_network.MLPClassifier", 'solver = "sgd"', 2),
    ("sklearn.neural_network.MLPClassifier", 'solver = "lbfgs"', 2),
    ("sklearn.neighbors.KNeighborsClassifier", "", 2), ("sklearn.tree.DecisionTreeClassifier", "", 6),
    ("sklearn.naive_bayes.GaussianNB", "", 2),
]  # fmt: skip


def fitted(estimator: str, params: str, classes: int, frame: pd.DataFrame) -> Any:
    text = f'watch = "i"\ntarget = "y"\ndates = ["e"]\nestimator = "{estimator}"\nparams = {{ {params} }}\n'
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    pipeline = build(parse(text, "p", "r"), SCHEMA, task, classes, ("w",))
    model = pipeline.steps[-1][1]
    if "max_iter" in model.get_params() or "n_estimators" in model.get_params():
        model.set_params(**{name: value for name, value in SMALL.items() if name in model.get_params()})
    score = np.nan_to_num(frame["n"].to_numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few rounds do not converge, which is no matter here
        return pipeline.fit(frame, score if not classes else np.arange(len(frame)) % classes)


@pytest.mark.parametrize(("estimator", "params", "classes"), CASES)
def test_kept_and_loaded_it_predicts_the_same(estimator: str, params: str, classes: int) -> None:
    frame = table()
    model = fitted(estimator, params, classes, frame)
    data = skops.io.dumps(model)
    assert [name for name in skops.io.get_untrusted_types(data=data) if not is_trusted(name)] == []
    loaded = skops.io.loads(data, trusted=list(TRUSTED))
    ask = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    new = frame.iloc[::-1].reset_index(drop=True)
    new.loc[0, ["c", "w"]] = "never seen"
    assert np.array_equal(getattr(model, ask)(new), getattr(loaded, ask)(new))


def test_anything_else_is_refused() -> None:
    for name in ("os.system", "builtins.eval", "subprocess.Popen", "core.recipes.loading._Spaces", ""):
        assert not is_trusted(name)
    model = fitted("sklearn.tree.DecisionTreeClassifier", "", 2, table())
    model.steps.insert(0, ("evil", FunctionTransformer(textwrap.dedent)))
    with pytest.raises(UntrustedTypesFoundException, match="dedent"):
        skops.io.loads(skops.io.dumps(model), trusted=list(TRUSTED))


def test_every_trusted_name_of_ours_and_of_sklearn_exists() -> None:
    for name in TRUSTED:
        module, _, attribute = name.rpartition(".")
        if module.partition(".")[0] not in ("lightgbm", "xgboost"):
            assert hasattr(importlib.import_module(module), attribute), name
