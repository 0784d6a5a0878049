"""A model as one file: it comes back as it was, and nothing else comes with it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from core.data.schema import Schema
from core.errors import BadRecipe, Corrupted
from core.recipes.recipe import parse
from core.training import packaging, trainer
from core.training.labels import Coding
from core.training.model import Dummy, Manifest
from core.training.trainer import Plan
from core.vocabulary import Kind, Task

SCHEMA = Schema.of({"x": Kind.NUMBER, "city": Kind.CATEGORY, "y": Kind.CATEGORY})
FRAME = pd.DataFrame({
    "x": np.arange(40.0), "city": ["Oslo", "Rome"] * 20, "y": ["no"] * 20 + ["yes"] * 20,
})


def fitted() -> trainer.SklearnModel:
    recipe = parse('watch = "in"\ntarget = "y"\n[model]\nparams = { max_iter = 5 }\n', "churn.toml", "churn")
    plan = Plan(recipe, "hash", [], SCHEMA, Coding.of(Task.CLASSIFICATION, FRAME["y"]), Path(), lambda text: None)
    return trainer.fit(plan, FRAME, plan.coding.encode(FRAME["y"]))


def kept(folder: Path, data: bytes) -> tuple[Path, str]:
    path = folder / "model.zip"
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    model = fitted()
    again = packaging.load(*kept(tmp_path, packaging.pack(model)))
    assert again.manifest == model.manifest
    before, after = model.predict(FRAME), again.predict(FRAME)
    assert (before.values == after.values).all()
    assert before.probabilities is not None and after.probabilities is not None
    assert (before.probabilities == after.probabilities).all()


def test_changed_or_missing_bytes_are_never_loaded(tmp_path: Path) -> None:
    path, hash = kept(tmp_path, packaging.pack(fitted()))
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Corrupted, match="was changed"):
        packaging.load(path, hash)
    path.unlink()
    with pytest.raises(Corrupted, match="is missing"):
        packaging.load(path, hash)


class Evil:
    """Would run something when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("evil",))


def test_untrusted_parts_are_refused_at_both_ends(tmp_path: Path) -> None:
    import os

    pipeline = Pipeline([("evil", FunctionTransformer(os.getcwd)), ("model", LogisticRegression())])
    pipeline.steps[1] = ("model", LogisticRegression().fit(FRAME[["x"]], FRAME["y"]))
    with pytest.raises(BadRecipe) as said:
        packaging.dump(pipeline)
    assert said.value.key == "model.estimator"
    import skops.io

    data = skops.io.dumps(pipeline)
    with pytest.raises(Corrupted, match="untrusted parts"):
        packaging.undump(data)
    model = fitted()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.json", json.dumps(model.manifest.to_json()))
        archive.writestr("model.skops", data)
    with pytest.raises(Corrupted, match="untrusted parts"):
        packaging.load(*kept(tmp_path, buffer.getvalue()))


def test_what_cannot_be_kept_says_which_estimator() -> None:
    pipeline = Pipeline([("model", LogisticRegression().fit(FRAME[["x"]], FRAME["y"]))])
    pipeline.steps[0][1].extra = Evil()
    with pytest.raises(BadRecipe, match="LogisticRegression"):
        packaging.dump(pipeline)


def test_the_manifest_is_json_and_back() -> None:
    manifest = fitted().manifest
    again = Manifest.from_json(json.loads(json.dumps(manifest.to_json())))
    assert again == manifest
    assert again.input_schema.names == ("x", "city")
    assert again.coding.classes == ("no", "yes")


def test_the_dummy_knows_how_often_or_how_much() -> None:
    coding = Coding(Task.CLASSIFICATION, ("no", "yes"))
    said = Dummy(coding, np.array([0, 1, 1, 1])).predict(2)
    assert said.values.tolist() == [1, 1]
    assert said.probabilities is not None and said.probabilities.tolist() == [[0.25, 0.75]] * 2
    mean = Dummy(Coding(Task.REGRESSION, ()), np.array([1.0, 4.0])).predict(3)
    assert (mean.values.tolist(), mean.probabilities) == ([2.5] * 3, None)
