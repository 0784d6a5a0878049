"""What a model leans on: found where it does, nothing where it does not, in the time that was given."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data.schema import Schema
from core.recipes.code import CodeFile
from core.recipes.recipe import parse
from core.training import importance as room
from core.training import trainer
from core.training.importance import importance
from core.training.labels import Coding
from core.training.metrics import Scores
from core.training.pictures import pictures
from core.training.trainer import Plan, SklearnModel
from core.views.weights import weights
from core.vocabulary import Kind, Task

SCHEMA = Schema.of({
    "signal": Kind.NUMBER, "word": Kind.CATEGORY, "noise": Kind.NUMBER, "flat": Kind.NUMBER, "y": Kind.NUMBER,
})
CODE = b"""def transform(frame):
    return frame.assign(twice=frame["signal"] * 2)[["twice", "noise"]]
"""


def rows(count: int = 1_500, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    signal, word = random.normal(size=count), random.choice(["a", "b"], size=count)
    y = signal + 1.5 * (word == "b") + 0.5 * random.normal(size=count)
    return pd.DataFrame({
        "signal": signal, "word": pd.Series(word, dtype="str"), "noise": random.normal(size=count), "flat": 1.0, "y": y,
    })


def fitted(frame: pd.DataFrame, *, task: Task = Task.CLASSIFICATION, more: str = "", code: bytes = b"") -> SklearnModel:
    recipe = parse(f'watch = "in"\ntarget = "y"\n{more}\n[model]\nparams = {{ max_iter = 20 }}\n', "c.toml", "churn")
    files = [CodeFile("own.py", hashlib.sha256(code).hexdigest(), code)] if code else []
    coding = Coding.of(task, frame["y"])
    plan = Plan(recipe, "hash", files, SCHEMA, coding, Path(), lambda text: None)
    return trainer.fit(plan, frame, coding.encode(frame["y"]))


def scored(model: SklearnModel, frame: pd.DataFrame) -> Scores:
    said = model.predict(frame)
    coding = model.manifest.coding
    return Scores(coding.task, coding.encode(frame["y"]), said.values, said.probabilities, coding.classes)


def weighed(model: SklearnModel, frame: pd.DataFrame, metric: str, seconds: float = 60, **more: Any) -> dict[str, Any]:
    return importance(
        model, lambda chosen: frame.iloc[chosen], scored(model, frame), metric, seed=0, seconds=seconds, **more
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    made = rows()
    return made.assign(y=(made["y"] > 0.75).astype(float))


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> SklearnModel:
    return fitted(frame)


def test_what_tells_the_target_weighs_most_and_noise_nothing(model: SklearnModel, frame: pd.DataFrame) -> None:
    found = weighed(model, frame, "roc_auc")
    by_name = {one["column"]: one for one in found["columns"]}
    assert [one["column"] for one in found["columns"]][:2] == ["signal", "word"]
    assert by_name["signal"]["value"] > 0.2 and by_name["word"]["value"] > 0.05
    assert abs(by_name["noise"]["value"]) < 0.03
    assert by_name["flat"] == {"column": "flat", "value": 0.0, "spread": None, "repeats": 1, "parts": 0}
    assert (by_name["signal"]["repeats"], by_name["signal"]["parts"]) == (5, 25)
    assert (found["metric"], found["rows"], found["of"], found["left_out"]) == ("roc_auc", 300, 1_500, 0)
    json.dumps(found, allow_nan=False)
    assert weighed(model, frame, "roc_auc") == found, "the same rows and seed give the same numbers"


@pytest.mark.parametrize("count", [300, 1_500])
def test_on_new_rows_noise_is_not_told_from_luck(model: SklearnModel, count: int) -> None:
    made = rows(count, seed=1)
    found = weighed(model, made.assign(y=(made["y"] > 0.75).astype(float)), "roc_auc")
    assert [one.column for one in weights(found) if one.clear] == ["signal", "word"]


def test_where_less_is_better_a_loss_is_still_positive() -> None:
    frame = rows()
    found = weighed(fitted(frame, task=Task.REGRESSION), frame, "rmse")
    assert found["columns"][0]["column"] == "signal" and found["columns"][0]["value"] > 0.3


def test_the_columns_are_the_users_own_also_behind_user_code(frame: pd.DataFrame) -> None:
    model = fitted(frame, more='[features]\ncustom = "own.py:transform"', code=CODE)
    found = weighed(model, frame, "roc_auc")
    assert found["columns"][0]["column"] == "signal", "not `twice`, which the code makes of it"
    assert {one["column"] for one in found["columns"]} == {"signal", "word", "noise", "flat"}


def test_a_slow_model_is_tried_on_fewer_rows_and_then_left(model: SklearnModel, frame: pd.DataFrame) -> None:
    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    def slow(per_row: float) -> tuple[SklearnModel, Clock]:
        clock, made = Clock(), SklearnModel(model.manifest, model.pipeline, ())
        predict = made.predict

        def waits(some: pd.DataFrame) -> Any:
            clock.now += per_row * len(some)
            return predict(some)

        made.predict = waits  # type: ignore[method-assign]
        return made, clock

    made, clock = slow(0.01)
    found = importance(
        made, lambda chosen: frame.iloc[chosen], scored(model, frame), "roc_auc", seed=0, seconds=20, clock=clock
    )
    assert room.FEWEST <= found["rows"] < 300 and found["columns"][0]["repeats"] == 3
    assert clock.now < 25
    made, clock = slow(1)
    assert importance(
        made, lambda chosen: frame.iloc[chosen], scored(model, frame), "roc_auc", seed=0, seconds=20, clock=clock
    ) == {}
    assert clock.now <= 100, "one column of the fewest rows showed that there is no time"


def test_few_rows_or_one_class_say_nothing(model: SklearnModel, frame: pd.DataFrame) -> None:
    assert weighed(model, frame.iloc[:99], "roc_auc") == {}
    assert weighed(model, frame[frame["y"] == 1], "roc_auc") == {}
    assert weighed(model, frame.assign(signal=0.0, word="a", noise=0.0), "roc_auc") == {}


def test_only_the_weightiest_columns_are_recorded_and_the_others_counted(
    model: SklearnModel, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "KEPT", 2)
    found = weighed(model, frame, "roc_auc")
    assert [one["column"] for one in found["columns"]] == ["signal", "word"] and found["left_out"] == 2


def test_an_estimator_that_stumbles_loses_its_importance_and_says_so(model: SklearnModel, frame: pd.DataFrame) -> None:
    broken, said = SklearnModel(model.manifest, model.pipeline, ()), []
    scores = scored(model, frame)

    def fails(some: pd.DataFrame) -> Any:
        raise RuntimeError("not twice")

    broken.predict = fails  # type: ignore[method-assign]
    made, _ = pictures(
        broken, lambda chosen: frame.iloc[chosen], scores, "roc_auc", seed=0, spent=1.0, tell=said.append
    )
    assert set(made) == {"confusion", "roc", "pr", "calibration", "scores"}
    assert said == ["no feature importance: RuntimeError: not twice"]
