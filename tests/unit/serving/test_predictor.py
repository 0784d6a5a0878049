"""A predictor says what the model says, by whichever way."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from core.errors import Corrupted, FootplateError
from core.serving.checking import BadRows, Table
from core.serving.predictor import Predictor
from core.training import packaging
from core.training.command import CommandModel
from core.training.manifest import Manifest
from core.training.model import Model
from tests.fakes import fitted

MODELS = [
    ("", "{ max_iter = 5 }", 2, False), ("", "{ max_iter = 5 }", 4, False), ("", "{ max_iter = 5 }", 2, True),
    ("sklearn.linear_model.LogisticRegression", "{}", 2, False), ("sklearn.linear_model.Ridge", "{}", 2, True),
    ("sklearn.svm.LinearSVC", "{}", 4, False), ("sklearn.neighbors.NearestCentroid", "{}", 2, False),
]


def stored(model: Model, folder: Path) -> tuple[Path, str]:
    data = packaging.pack(model)
    path = folder / "model.zip"
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(("estimator", "params", "classes", "regression"), MODELS)
def test_the_answers_are_the_models(
    estimator: str, params: str, classes: int, regression: bool, tmp_path: Path
) -> None:
    model = fitted.model(estimator, params, classes, regression)
    predictor = Predictor.load(*stored(model, tmp_path))
    frame = fitted.rows(80, seed=7)
    table = Table.of(frame, predictor.manifest.input_schema)
    for part in (slice(0, 80), slice(3, 4)):
        answers = predictor.predict(table[part])
        expected = model.predict(frame.iloc[part])
        if regression:
            assert answers.values == expected.values.tolist() and answers.probabilities is None
        else:
            assert answers.values == [model.manifest.classes[code] for code in expected.values]
            assert np.array_equal(np.array(answers.probabilities), expected.probabilities)
    assert len(predictor.predict(table[5:5])) == 0
    assert predictor.how == "matrix"


def test_rows_are_checked() -> None:
    model = fitted.model()
    from core.serving.engines import of_model

    predictor = Predictor(model.manifest, of_model(model))
    row: dict[str, Any] = dict.fromkeys(predictor.manifest.input_schema.names)
    assert len(predictor.predict([row, row])) == 2
    with pytest.raises(BadRows, match="column amount: 'much'"):
        predictor.predict([row | {"amount": "much"}])


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path, sha256 = stored(fitted.model(), tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(Corrupted):
        Predictor.load(path, sha256)


def command(predict_command: tuple[str, ...]) -> CommandModel:
    manifest = Manifest(
        recipe="r", recipe_hash="h", kind="command", estimator="x", task="regression", classes=(), target="y",
        inputs=({"name": "a", "kind": "number"},), features=({"name": "a", "kind": "number"},), custom="", code=(),
        predict_command=predict_command,
    )
    return CommandModel(manifest, {}, ())


def test_a_command_answers_too(tmp_path: Path) -> None:
    script = "import os,csv; r=list(csv.DictReader(open(os.environ['FOOTPLATE_INPUT']))); o=open(os.environ['FOOTPLATE_OUTPUT']+'/predictions.csv','w'); o.write('prediction\\n'+''.join(str(float(x['a'])*2)+'\\n' for x in r))"  # noqa: E501
    predictor = Predictor.load(*stored(command(("python3", "-c", script)), tmp_path))
    assert predictor.how == "frames"
    assert predictor.predict([{"a": 2}, {"a": "4.5"}]).values == [4.0, 9.0]


def test_a_command_that_cannot_score_is_said(tmp_path: Path) -> None:
    with pytest.raises(FootplateError, match="cannot score new rows"):
        Predictor.load(*stored(command(()), tmp_path))


def test_every_thread_that_predicts_keeps_to_one(tmp_path: Path) -> None:
    predictor = Predictor.load(*stored(fitted.model(), tmp_path))
    table = Table.of(fitted.rows(3), predictor.manifest.input_schema)

    def asked() -> set[int]:
        predictor.predict(table)
        return {one["num_threads"] for one in threadpool_info()}

    with ThreadPoolExecutor(1) as pool:  # OpenMP's limit of this thread is none of that one
        assert pool.submit(asked).result() == {1}
