"""From a recipe to a fitted pipeline: which columns, by which way, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core.data.schema import Schema
from core.errors import BadRecipe
from core.recipes.pipeline import MANY, build, feature_schema, many_levels
from core.recipes.recipe import Recipe, parse
from core.vocabulary import Kind, Task

SCHEMA = Schema.of({
    "age": Kind.NUMBER, "member": Kind.BOOLEAN, "joined": Kind.DATE, "seen": Kind.DATE, "plan": Kind.CATEGORY,
    "city": Kind.CATEGORY, "blank": Kind.CATEGORY,
})  # fmt: skip
ROWS = 400
HGB = 'estimator = "sklearn.ensemble.HistGradientBoostingClassifier"\n'


def recipe(more: str = "") -> Recipe:
    return parse(f'watch = "inbox"\ntarget = "y"\n{more}', "p", "r")


def table(rows: int = ROWS, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Every kind, a third missing, one column all missing; the score is seen by age, plan and city."""
    generator = np.random.default_rng(seed)
    age, plan, city = generator.normal(size=rows), generator.integers(0, 5, rows), generator.integers(0, 150, rows)
    joined = pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 9000, rows), unit="h")
    frame = pd.DataFrame({
        "age": pd.Series(age).mask(generator.random(rows) < 0.36),
        "member": pd.Series((generator.random(rows) < 0.5).astype(float)).mask(generator.random(rows) < 0.1),
        "joined": pd.Series(joined).astype("datetime64[us]").mask(generator.random(rows) < 0.1),
        "seen": pd.Series(joined).astype("datetime64[us]"),
        "plan": pd.Series([f"plan {one}" for one in plan], dtype="str").mask(generator.random(rows) < 0.1),
        "city": pd.Series([f"city {one}" for one in city], dtype="str").mask(generator.random(rows) < 0.36),
        "blank": pd.Series([None] * rows, dtype="str"),
    })
    effect = np.random.default_rng(9).normal(size=150)[city]
    return frame, np.nan_to_num(age) + (plan == 1) + 1.5 * effect + generator.normal(size=rows) * 0.3


def truth_of(score: np.ndarray[Any, Any], classes: int) -> np.ndarray[Any, Any]:
    return score if not classes else np.asarray(pd.qcut(score, classes, labels=False))


def test_which_columns_are_features() -> None:
    schema = Schema.of(dict.fromkeys("ytigda", Kind.NUMBER) | {"e": Kind.EMPTY, "t": Kind.DATE})
    more = 'time = "t"\nid = "i"\ngroup = "g"\ndrop = ["d"]\n'
    assert feature_schema(recipe(more), schema).names == ("a",)
    assert feature_schema(recipe(more + 'dates = ["t"]\n'), schema).names == ("t", "a")


def test_many_levels() -> None:
    frame = pd.DataFrame({
        "few": pd.Series([f"{one % MANY}" for one in range(2 * MANY)], dtype="str"),
        "many": pd.Series([f"{one}" for one in range(2 * MANY)], dtype="str"), "number": np.arange(2.0 * MANY),
    })
    features = Schema.of({"number": Kind.NUMBER, "many": Kind.CATEGORY, "few": Kind.CATEGORY})
    assert many_levels(frame, features) == ("many",)


@pytest.mark.parametrize("classes", [0, 2, 6])
@pytest.mark.parametrize("way", ["native", "dense"])
def test_all_kinds_are_handled_without_a_word(classes: int, way: str) -> None:
    task = Task.CLASSIFICATION if classes else Task.REGRESSION
    kind = "LogisticRegression" if classes else "Ridge"
    name = "auto" if way == "native" else f"sklearn.linear_model.{kind}"
    rounds = 15 if way == "native" else 500
    more = f'estimator = "{name}"\ndates = ["joined"]\nparams = {{ max_iter = {rounds} }}\n'
    frame, score = table()
    truth = truth_of(score, classes)
    made = build(recipe(more), SCHEMA, task, classes, many_levels(frame, SCHEMA))
    made.fit(frame, truth)
    fresh, fresh_score = table(200, seed=1)
    fresh.loc[0, "plan"], fresh.loc[1, "city"], fresh.loc[2, "blank"] = "unseen", "unseen", "unseen"
    fresh_truth = truth_of(fresh_score, classes)
    if not classes:
        assert np.corrcoef(made.predict(fresh), fresh_truth)[0, 1] > 0.5
        return
    shares = made.predict_proba(fresh)
    assert shares.shape == (200, classes)
    ranked = shares[:, 1] if classes == 2 else shares
    assert roc_auc_score(fresh_truth, ranked, multi_class="ovr") > (0.7 if classes == 2 else 0.6)


@pytest.mark.parametrize(
    "more", ["max_iter = 5 }", 'n_estimators = 5 }\nestimator = "sklearn.ensemble.RandomForestClassifier"']
)
def test_equal_seeds_fit_equal_models(more: str) -> None:
    frame, score = table()
    truth = truth_of(score, 2)
    wide = many_levels(frame, SCHEMA)
    said = []
    for seed in (3, 3, 4):
        made = build(recipe(f"seed = {seed}\nparams = {{ {more}\n"), SCHEMA, Task.CLASSIFICATION, 2, wide)
        said.append(made.fit(frame, truth).predict_proba(frame))
    assert np.array_equal(said[0], said[1])
    assert not np.array_equal(said[0], said[2])


@pytest.mark.parametrize("estimator", ["auto", "sklearn.linear_model.Ridge"])
@pytest.mark.parametrize("names", [["age"], ["plan"], ["city"], ["seen"], ["blank"], ["age", "plan"], ["plan", "city"]])
def test_any_selection_of_columns_will_do(names: list[str], estimator: str) -> None:
    frame, score = table(100)
    schema = Schema.of({name: SCHEMA.kind(name) for name in names})
    more = f'estimator = "{estimator}"\nparams = {{ max_iter = 3 }}\n'
    made = build(recipe(more), schema, Task.REGRESSION, 0, many_levels(frame, schema)).fit(frame[names], score)
    assert np.isfinite(made.predict(frame[names].iloc[:1])).all()


def test_auto_is_untuned_and_does_not_stop_early() -> None:
    for task, name in ((Task.CLASSIFICATION, "Classifier"), (Task.REGRESSION, "Regressor")):
        estimator = build(recipe("seed = 7\nparams = { max_iter = 3 }\n"), SCHEMA, task, 2).steps[-1][1]
        assert type(estimator).__name__ == f"HistGradientBoosting{name}"
        assert (estimator.early_stopping, estimator.random_state, estimator.max_iter) == (False, 7, 3)


def test_categories_are_told_to_an_estimator_that_takes_them() -> None:
    estimator = build(recipe(HGB + 'dates = ["joined"]\n'), SCHEMA, Task.CLASSIFICATION, 2, ("city",)).steps[-1][1]
    assert estimator.categorical_features == [0, 1]  # plan and blank
    plain = Schema.of({"age": Kind.NUMBER})
    assert build(recipe(), plain, Task.CLASSIFICATION, 2).steps[-1][1].categorical_features == "from_dtype"


def test_few_bins_leave_room_for_fewer_levels() -> None:
    frame = pd.DataFrame({"c": pd.Series([f"{one % 50}" for one in range(500)], dtype="str")})
    schema = Schema.of({"c": Kind.CATEGORY})
    made = build(recipe("params = { max_bins = 8, max_iter = 3 }\n"), schema, Task.CLASSIFICATION, 2)
    made.fit(frame, np.arange(500) % 2).predict(frame)


def test_the_users_own_parameters_win() -> None:
    forest = 'estimator = "sklearn.ensemble.RandomForestClassifier"\ncpus = 2\n'
    more = forest + "params = { random_state = 5, n_jobs = 1 }\n"
    estimator = build(recipe(more), SCHEMA, Task.CLASSIFICATION, 2).steps[-1][1]
    assert (estimator.random_state, estimator.n_jobs) == (5, 1)
    estimator = build(recipe(more.replace(", n_jobs = 1", "")), SCHEMA, Task.CLASSIFICATION, 2).steps[-1][1]
    assert estimator.n_jobs == 2


def test_parameters_of_inner_estimators() -> None:
    more = 'estimator = "sklearn.ensemble.AdaBoostClassifier"\nparams = { estimator__max_depth = 3 }\n'
    with pytest.raises(BadRecipe, match="cannot be made"):  # there is no inner estimator to set it on
        build(recipe(more), SCHEMA, Task.CLASSIFICATION, 2)


@pytest.mark.parametrize(
    ("more", "key", "said", "hint"),
    [
        ('estimator = "sklearn.linear_model.LogisticRegresion"', "model.estimator", "has no LogisticRegresion",
         "did you mean sklearn.linear_model.LogisticRegression?"),
        ('estimator = "sklearn.linear_modle.Ridge"', "model.estimator", "no module sklearn.linear_modle",
         "did you mean sklearn.linear_model?"),
        ('estimator = "no_such_package.Thing"', "model.estimator", "package no_such_package is missing",
         "install it: `pip install no_such_package`"),
        ('estimator = "no_such_package.a.B"', "model.estimator", "package no_such_package is missing", "install it"),
        ('estimator = "Ridge"', "model.estimator", "no dotted name", "name a class"),
        ('estimator = "os.system"', "model.estimator", "is no estimator", "name a class"),
        ('estimator = "sklearn.preprocessing.StandardScaler"', "model.estimator", "is no estimator", "name a class"),
        ('estimator = "a b.C"', "model.estimator", "no dotted name", "name a class"),
        ("params = { max_itr = 5 }", "model.params.max_itr", "has no such parameter", "did you mean max_iter?"),
        ("params = { zzzz = 5 }", "model.params.zzzz", "has no such parameter", "it has: categorical_features"),
        ('estimator = "sklearn.ensemble.VotingClassifier"', "model.estimator", "cannot be made", "name a class"),
        ('dates = ["age"]', "features.dates", "holds no dates (number)", "2024-05-31"),
        ('dates = ["plan"]', "features.dates", "holds no dates (category)", "2024-05-31"),
    ],
)  # fmt: skip
def test_what_is_refused(more: str, key: str, said: str, hint: str) -> None:
    with pytest.raises(BadRecipe) as caught:
        build(recipe(more + "\n"), SCHEMA, Task.CLASSIFICATION, 2)
    assert caught.value.key == key
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_500_rare_categories_and_six_classes() -> None:
    """The means of many levels are worth more than nothing on rows that were not fitted, and leak nothing."""
    generator = np.random.default_rng(1)
    schema = Schema.of({"c": Kind.CATEGORY, "noise": Kind.CATEGORY})
    effect = np.random.default_rng(2).normal(size=(500, 6)) * 1.5

    def rows(count: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
        codes = generator.integers(0, 500, count)
        frame = pd.DataFrame({
            "c": pd.Series([f"c{code}" for code in codes], dtype="str").mask(generator.random(count) < 0.36),
            "noise": pd.Series([f"n{code}" for code in generator.integers(0, 500, count)], dtype="str"),
        })
        return frame, (effect[codes] + generator.gumbel(size=(count, 6))).argmax(axis=1)

    frame, truth = rows(4000)
    made = build(recipe("params = { max_iter = 20 }\n"), schema, Task.CLASSIFICATION, 6, ("c", "noise"))
    made.fit(frame, truth)
    fresh, fresh_truth = rows(2000)
    fitted, unseen = (made.predict(frame) == truth).mean(), (made.predict(fresh) == fresh_truth).mean()
    most = np.bincount(fresh_truth).max() / 2000
    assert unseen > most + 0.1
    assert fitted - unseen < 0.25
