"""A compiled form says what the model says, or it is none."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Corrupted
from core.serving import compiled
from core.serving.checking import Table
from core.serving.compiled import Engine, opened
from core.serving.forms.form import NotCompiled
from core.serving.predictor import Predictor
from core.training import packaging
from tests.fakes import fitted

SHA = "ab" * 32
HGB = "sklearn.ensemble.HistGradientBoosting"
# estimator, params, classes, whether it predicts numbers, the form, and by how much it may differ
FORMS: list[tuple[str, str, int, bool, str, float]] = [
    ("", "{ max_iter = 20 }", 2, False, "forest", 1e-15),
    ("", "{ max_iter = 20 }", 4, False, "forest", 1e-15),
    ("", "{ max_iter = 20 }", 2, True, "forest", 0),
    ("", "{ max_iter = 3, min_samples_leaf = 1000 }", 2, False, "forest", 1e-15),
    ("", "{ max_iter = 8, max_leaf_nodes = 50, min_samples_leaf = 2 }", 2, True, "forest", 0),
    ("", "{ max_iter = 5, max_leaf_nodes = 250, min_samples_leaf = 1 }", 4, False, "forest", 1e-15),
    ("", "{ max_iter = 5, categorical_features = [2] }", 2, False, "forest", 1e-15),
    ("", "{ max_iter = 5, categorical_features = [2, 0] }", 2, True, "forest", 0),
    (f"{HGB}Regressor", "{ max_iter = 9, loss = 'quantile', quantile = 0.9 }", 2, True, "forest", 0),
    ("sklearn.linear_model.LogisticRegression", "{}", 2, False, "linear", 1e-12),
    ("sklearn.linear_model.LogisticRegression", "{}", 4, False, "linear", 1e-12),
    ("sklearn.linear_model.Ridge", "{}", 2, True, "linear", 1e-12),
    ("sklearn.svm.LinearSVC", "{}", 2, False, "linear", 1e-12),
    ("sklearn.svm.LinearSVC", "{}", 4, False, "linear", 1e-12),
    ("sklearn.ensemble.RandomForestClassifier", "{ n_estimators = 9 }", 4, False, "trees", 1e-15),
    ("sklearn.ensemble.ExtraTreesRegressor", "{ n_estimators = 9 }", 2, True, "trees", 1e-15),
    ("sklearn.tree.DecisionTreeClassifier", "{}", 2, False, "trees", 0),
    ("sklearn.ensemble.GradientBoostingClassifier", "{ n_estimators = 9 }", 2, False, "trees", 1e-15),
    ("sklearn.ensemble.GradientBoostingClassifier", "{ n_estimators = 9 }", 4, False, "trees", 1e-15),
    ("sklearn.ensemble.GradientBoostingRegressor", "{ n_estimators = 9 }", 2, True, "trees", 1e-14),
    ("sklearn.naive_bayes.GaussianNB", "{}", 2, False, "onnx", 1e-9),
]
GAP = float("nan")
MOMENTS = st.none() | st.integers(-(10**17), 10**17)
ROWS = st.lists(st.fixed_dictionaries({
    "amount": st.just(GAP) | st.floats(-1e30, 1e30, allow_nan=False), "paid": st.sampled_from([0.0, 1.0, GAP]),
    "city": st.sampled_from([None, *"abcdefgz"]), "street": st.sampled_from([None, *(f"s{one}" for one in range(99))]),
    "since": MOMENTS, "seen": MOMENTS, "blank": st.just(GAP), "y": st.sampled_from([None, "no", "yes", "new"]),
}), min_size=1, max_size=6)


def name_of(one: tuple[str, str, int, bool, str, float]) -> str:
    return f"{one[0].rpartition('.')[2] or 'auto'}-{one[1]}-{'number' if one[3] else one[2]}"


@cache
def made(*of: Any) -> tuple[Any, bytes, Engine]:
    model = fitted.model(*of)
    found = compiled.compile(model, SHA, fitted.rows(200, seed=3, classes=of[2]))
    assert found.data is not None, found.said
    return model, found.data, opened(found.data, SHA)


@pytest.mark.parametrize("one", FORMS, ids=name_of)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_the_form_says_what_the_model_says(one: tuple[str, str, int, bool, str, float], rows: list[Any]) -> None:
    model, _, engine = made(*one[:4])
    assert engine.form == one[4]
    schema = model.manifest.input_schema
    table = Table(schema, [[row[name] for name in schema.names] for row in rows])
    expected = model.predict(table.frame())
    for values, shares in (engine.say(table), engine.say(table[:1])):
        if one[3]:
            scale = np.maximum(np.abs(expected.values[: len(values)]), 1)
            assert (np.abs(np.array(values) - expected.values[: len(values)]) / scale <= one[5]).all()
        else:
            wanted = expected.probabilities[: len(values)]
            assert np.abs(np.array(shares) - wanted).max() <= one[5]
            assert values == np.array(shares).argmax(axis=1).tolist()


@pytest.mark.parametrize("one", [one for one in FORMS if one[4] != "onnx"], ids=name_of)
def test_an_answer_does_not_depend_on_what_arrives_with_it(one: tuple[str, str, int, bool, str, float]) -> None:
    _, _, engine = made(*one[:4])
    table = Table.of(fitted.rows(64, seed=9, classes=one[2]), engine.manifest.input_schema)
    values, shares = engine.say(table)
    alone = [engine.say(table[place : place + 1]) for place in range(len(table))]
    assert values == [said[0] for said, _ in alone]
    assert shares == (None if one[3] else [said[0] for _, said in alone if said])


@pytest.mark.parametrize(("estimator", "params"), [
    ("", "{ max_iter = 3 }"), ("sklearn.linear_model.LogisticRegression", "{}"),
    ("sklearn.tree.DecisionTreeClassifier", "{}"),
])
@pytest.mark.parametrize("keep", [(name,) for name in fitted.SCHEMA.names if name != "y"] + [("city", "paid")])
def test_of_whatever_columns_a_model_is_made(estimator: str, params: str, keep: tuple[str, ...]) -> None:
    model = fitted.model(estimator, params, 2, False, keep)
    assert {*model.manifest.input_schema.names} == {*keep}
    assert compiled.compile(model, SHA, fitted.rows(100, seed=3)).data is not None


def test_a_class_that_the_estimator_never_saw_has_no_share() -> None:
    """The coding knows it from the champion."""
    model = fitted.model()
    wider = type(model)(replace(model.manifest, classes=("no", "yes", "zebra")), model.pipeline, ())
    found = compiled.compile(wider, SHA, fitted.rows(50))
    assert found.data is not None, found.said
    engine = opened(found.data, SHA)
    table = Table.of(fitted.rows(9), model.manifest.input_schema)
    _, shares = engine.say(table)
    _, [alone] = engine.say(table[:1])
    assert shares is not None and shares[0] == alone and len(alone) == 3
    assert [one[2] for one in shares] == [0.0] * 9


@pytest.mark.parametrize(("estimator", "params", "classes", "why"), [
    ("sklearn.linear_model.SGDClassifier", "{ loss = 'log_loss' }", 4, r"it differs by 0\.\d+ on the holdout"),
    ("sklearn.neighbors.NearestCentroid", "{}", 2, "NearestCentroid"),
    ("", "{ max_iter = 9, max_leaf_nodes = 250, min_samples_leaf = 1 }", 4, "36 trees of up to .* are too many for it"),
])
def test_where_there_is_none_it_says_why(
    estimator: str, params: str, classes: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.serving.forms.forest.LARGEST", 1 << 18)
    found = compiled.compile(fitted.model(estimator, params, classes), SHA, fitted.rows(300, seed=3, classes=classes))
    assert found.data is None
    assert re.search(why, found.said), found.said


def test_without_rows_or_with_own_code_there_is_none() -> None:
    model = fitted.model()
    assert "no rows" in compiled.compile(model, SHA, fitted.rows(5).iloc[:0]).said
    own = type(model)(replace(model.manifest, custom=""), model.pipeline, ())
    own.manifest = replace(model.manifest, custom="f.py:f")
    assert "own code" in compiled.compile(own, SHA, fitted.rows(5)).said


def test_what_was_changed_or_is_anothers_is_not_used(tmp_path: Path) -> None:
    model, data, _ = made("", "{ max_iter = 20 }", 2, False)
    with pytest.raises(NotCompiled, match="another model's"):
        opened(data, "cd" * 32)
    middle = len(data) // 2
    for bad in (data[:-1], b"", b"not a zip", data[:middle] + bytes(90) + data[middle + 90 :]):
        with pytest.raises(Corrupted, match="cannot be read"):
            opened(bad, SHA)
    with pytest.raises(Corrupted, match="no longer give its name"):
        opened(data, SHA, "cd" * 32)
    opened(data, SHA, hashlib.sha256(data).hexdigest())
    packed = packaging.pack(model)
    path = tmp_path / "model.zip"
    path.write_bytes(packed)
    predictor = Predictor.load(path, hashlib.sha256(packed).hexdigest(), data)
    assert predictor.how == "matrix" and "another model's" in predictor.why


def test_a_server_that_uses_it_loads_neither_pandas_nor_scikit_learn(tmp_path: Path) -> None:
    model = fitted.model("", "{ max_iter = 20 }", 4)
    packed = packaging.pack(model)
    sha256 = hashlib.sha256(packed).hexdigest()
    found = compiled.compile(model, sha256, fitted.rows(100, classes=4))
    assert found.data is not None
    (tmp_path / "compiled.npz").write_bytes(found.data)
    row = {"amount": 0.5, "city": "b", "street": "s3", "seen": "2024-05-31", "since": None, "paid": True, "blank": None}
    work = (
        "import sys\nfrom pathlib import Path\nfrom core.serving.batching import Batcher\n"
        "from core.serving.predictor import Predictor\n"
        f"one = Predictor.load(Path('nowhere'), {sha256!r}, Path({str(tmp_path / 'compiled.npz')!r}))\n"
        f"print(one.how, one.predict([{row!r}]).values)\n"
        "print([name for name in ('pandas', 'sklearn', 'scipy', 'skops') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True, check=True)
    path = tmp_path / "model.zip"
    path.write_bytes(packed)
    expected = Predictor.load(path, sha256).predict([row])
    assert done.stdout.splitlines() == [f"compiled {expected.values}", "[]"]
