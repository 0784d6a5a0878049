"""The user's own command: where it runs, and what it has to leave."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.schema import Schema
from core.errors import BadRecipe
from core.recipes.code import CodeFile
from core.recipes.recipe import parse
from core.training import command
from core.training.labels import Coding
from core.training.trainer import Plan
from core.vocabulary import Kind, Task

SCHEMA = Schema.of({"x": Kind.NUMBER, "flag": Kind.BOOLEAN, "when": Kind.DATE, "y": Kind.NUMBER})
FRAME = pd.DataFrame({
    "x": [1.0, np.nan, 3.0], "flag": [1.0, 0.0, np.nan],
    "when": np.array(["1969-12-31", "NaT", "2024-05-31T08:15"], dtype="datetime64[us]"),
})
TRUTH = np.array([0, 1, 1])
CODING = Coding(Task.CLASSIFICATION, ("0", "1"))
TRAIN = """\
import os
rows = open(os.environ["FOOTPLATE_HOLDOUT"]).read().splitlines()[1:]
out = os.environ["FOOTPLATE_OUTPUT"]
open(out + "/predictions.csv", "w").write("prediction\\n" + "{answer}\\n" * len(rows))
open(out + "/seen.csv", "w").write(open(os.environ["FOOTPLATE_TRAIN"]).read())
open(os.environ["FOOTPLATE_METRICS"], "a").write('{{"name": "loss", "value": 0.5, "step": 1}}\\nnonsense\\n')
"""


def plan(folder: Path, kept: bytes) -> Plan:
    text = f'watch = "in"\ntarget = "y"\n[model]\ncommand = ["{sys.executable}", "train.py"]\n'
    code = [CodeFile("train.py", hashlib.sha256(kept).hexdigest(), kept)]
    return Plan(parse(text, "c.toml", "churn"), "hash", code, SCHEMA, CODING, folder, lambda line: None)


def source(answer: str) -> bytes:
    return TRAIN.format(answer=answer).encode()


def test_a_command_runs_in_the_recipes_folder(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_bytes(source("1"))
    model, said, points = command.fit(plan(tmp_path, source("1")), FRAME, TRUTH, FRAME, TRUTH)
    assert said.values.tolist() == [1, 1, 1]
    assert points == [("loss", 1, 0.5)]
    assert model.output["seen.csv"].decode().splitlines() == [
        "x,flag,when,y", "1,true,1969-12-31 00:00:00,0", ",false,,1", "3,,2024-05-31 08:15:00,1",
    ]
    assert not model.can_predict()


def test_what_it_measures_is_told_while_it_runs(tmp_path: Path) -> None:
    """The command ends only once its first point has been seen outside of it."""
    seen = tmp_path / "seen"
    waits = b"""
import os, pathlib, time
metrics = open(os.environ["FOOTPLATE_METRICS"], "a")
metrics.write('{"name": "loss", "value": 0.9, "step": 0}\\n')
metrics.flush()
while not pathlib.Path("seen").exists():
    time.sleep(0.01)
""" + source("1")
    (tmp_path / "train.py").write_bytes(waits)
    told: list[tuple[str, int, float]] = []

    def measured(points: list[tuple[str, int, float]]) -> None:
        told.extend(points)
        seen.touch()

    _, _, points = command.fit(plan(tmp_path, waits), FRAME, TRUTH, FRAME, TRUTH, measured)
    assert told[0] == ("loss", 0, 0.9)
    assert points == [("loss", 0, 0.9), ("loss", 1, 0.5)]


@pytest.mark.parametrize("changed", [True, False])
def test_an_older_recipe_is_fitted_with_its_own_code(tmp_path: Path, changed: bool) -> None:
    """Else a champion's recipe would be compared with itself, and a run reproduced with what was written since."""
    if changed:
        (tmp_path / "train.py").write_bytes(source("1"))
    _, said, _ = command.fit(plan(tmp_path, source("0")), FRAME, TRUTH, FRAME, TRUTH)
    assert said.values.tolist() == [0, 0, 0]


def test_a_command_that_fails_is_told_with_its_last_line(tmp_path: Path) -> None:
    code = b"print('first'); print('no luck'); raise SystemExit(3)"
    (tmp_path / "train.py").write_bytes(code)
    with pytest.raises(BadRecipe, match="ended with 3: no luck"):
        command.fit(plan(tmp_path, code), FRAME, TRUTH, FRAME, TRUTH)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("prediction\n1\n", "has 1 rows for 2"),
        ("prediction\n1\n7\n", "predicts '7'; the classes are 0, 1"),
        ("other\n1\n1\n", "no column prediction"),
        ("probability_0,probability_1\n1,0\n-1,1\n", "negative or no probabilities"),
        ("probability_0,probability_1\n1,0\nx,1\n", "line 3: probability_0 is no number"),
    ],
)
def test_predictions_that_do_not_fit_are_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text(text)
    with pytest.raises(BadRecipe, match=why):
        command.read_predictions(path, 2, CODING)


def test_classes_may_be_written_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text("prediction\n1.0\n0.0\n")
    assert command.read_predictions(path, 2, CODING).values.tolist() == [1, 0]
