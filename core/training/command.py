"""Training and predicting with the user's own command: any framework, any language, one folder of files.

The command meets us in files only: CSV in, CSV and whatever it likes out (see CONTRACT.md).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.schema import Schema
from core.errors import BadRecipe, FootplateError
from core.recipes.code import CodeFile
from core.recipes.pipeline import feature_schema
from core.training.following import Following, read_lines
from core.training.labels import Coding
from core.training.model import Array, Manifest, Predictions
from core.training.steps import Points, thinned
from core.training.trainer import Plan
from core.vocabulary import Kind, Task

PREDICTIONS = "predictions.csv"


class CommandModel:
    """What a command left in its output folder, and the command that scores new rows with it."""

    def __init__(self, manifest: Manifest, output: Mapping[str, bytes], code: Sequence[CodeFile]) -> None:
        self.manifest = manifest
        self.output = dict(output)
        self.code = code

    def can_predict(self) -> bool:
        return bool(self.manifest.predict_command)

    def predict(self, frame: pd.DataFrame) -> Predictions:
        if not self.can_predict():
            raise FootplateError(
                f"a model of recipe {self.manifest.recipe} cannot score new rows",
                "give the recipe a [model] predict_command",
            )
        with tempfile.TemporaryDirectory(prefix="footplate-") as name:
            folder = Path(name)
            for relative, data in self.output.items():
                _put(folder / "model" / relative, data)
            for file in self.code:
                _put(folder / "code" / file.name, file.data)
            (folder / "output").mkdir()
            (folder / "code").mkdir(exist_ok=True)
            schema = self.manifest.input_schema
            write_csv(frame, schema, folder / "input.csv")
            _run(
                self.manifest.predict_command, folder / "code",
                {"FOOTPLATE_INPUT": str(folder / "input.csv"), "FOOTPLATE_MODEL": str(folder / "model"),
                 "FOOTPLATE_OUTPUT": str(folder / "output")}, print,
            )
            return read_predictions(folder / "output" / PREDICTIONS, len(frame), self.manifest.coding)

    def files(self, folder: Path) -> None:
        for relative, data in self.output.items():
            _put(folder / "output" / relative, data)
        for file in self.code:
            _put(folder / "code" / file.name, file.data)


def fit(
    plan: Plan, train: pd.DataFrame, train_truth: Array, holdout: pd.DataFrame, holdout_truth: Array,
    measured: Callable[[Points], None] | None = None,
) -> tuple[CommandModel, Predictions, Points]:
    """Run the recipe's command. Returns the model, its predictions for the holdout rows, and its metric points.

    `measured` is told of points while it runs, from a thread of its own.
    Raises BadRecipe where it ends with an error or leaves no fitting predictions.
    """
    recipe = plan.recipe
    inputs = feature_schema(recipe, plan.schema)
    with tempfile.TemporaryDirectory(prefix="footplate-") as name:
        folder = Path(name)
        output = folder / "output"
        output.mkdir()
        metrics = folder / "metrics.jsonl"
        metrics.touch()
        for part, rows, truth in (("train", train, train_truth), ("holdout", holdout, holdout_truth)):
            write_csv(rows, inputs, folder / f"{part}.csv", target=(recipe.data.target, _labels(plan.coding, truth)))
        with Following(metrics, measured) if measured is not None else nullcontext():
            _run(
                recipe.model.command, _place_of(plan, folder / "code"),
                {
                    "FOOTPLATE_TRAIN": str(folder / "train.csv"), "FOOTPLATE_HOLDOUT": str(folder / "holdout.csv"),
                    "FOOTPLATE_PARAMS": json.dumps(dict(recipe.model.params)), "FOOTPLATE_SEED": str(recipe.model.seed),
                    "FOOTPLATE_OUTPUT": str(output), "FOOTPLATE_METRICS": str(metrics),
                },
                plan.tell,
            )
        predictions = read_predictions(output / PREDICTIONS, len(holdout), plan.coding)
        kept = {
            path.relative_to(output).as_posix(): path.read_bytes()
            for path in sorted(output.rglob("*")) if path.is_file() and path != output / PREDICTIONS
        }
        points = read_points(metrics)
    manifest = Manifest(
        recipe=recipe.name, recipe_hash=plan.recipe_hash, kind="command", estimator=" ".join(recipe.model.command),
        task=str(plan.coding.task), classes=plan.coding.classes, target=recipe.data.target,
        inputs=tuple(inputs.to_json()), features=tuple(inputs.to_json()), custom="",
        code=tuple({"name": file.name, "sha256": file.sha256} for file in plan.code),
        predict_command=tuple(recipe.model.predict_command),
    )
    return CommandModel(manifest, kept, plan.code), predictions, points


def _place_of(plan: Plan, aside: Path) -> Path:
    """The recipe's folder; where its code is another by now (an older recipe is fitted again), the kept code aside."""
    try:
        if all((plan.folder / file.name).read_bytes() == file.data for file in plan.code):
            return plan.folder
    except OSError:
        pass
    for file in plan.code:
        _put(aside / file.name, file.data)
    return aside


def write_csv(
    frame: pd.DataFrame, schema: Schema, path: Path, target: tuple[str, Sequence[Any]] | None = None
) -> None:
    """Typed rows as a person would write them: whole numbers without a point, dates in ISO, empty where missing."""
    columns: dict[str, Any] = {}
    for column in schema.columns:
        values = frame[column.name]
        if column.kind is Kind.NUMBER and (values.dropna() % 1 == 0).all() and (values.abs().max() or 0) < 2**53:
            columns[column.name] = values.astype("Int64").array
        elif column.kind is Kind.BOOLEAN:
            columns[column.name] = values.map({1.0: "true", 0.0: "false"}).array
        else:
            columns[column.name] = values.array
    if target is not None:
        columns[target[0]] = list(target[1])
    pd.DataFrame(columns).to_csv(path, index=False)


def read_predictions(path: Path, rows: int, coding: Coding) -> Predictions:
    """`prediction` and, for classes, `probability_CLASS`: one line a row, in order. BadRecipe otherwise."""
    hint = "write one line a row, in order, with a header: prediction, probability_CLASS ..."
    if not path.is_file():
        raise BadRecipe(f"the command left no {PREDICTIONS} in FOOTPLATE_OUTPUT", hint, key="model.command")
    try:
        table = pd.read_csv(path, dtype="str")
    except (ValueError, OSError) as error:
        raise BadRecipe(f"{PREDICTIONS} cannot be read: {error}", hint, key="model.command") from None
    if len(table) != rows:
        raise BadRecipe(f"{PREDICTIONS} has {len(table):,} rows for {rows:,}", hint, key="model.command")
    wanted = {name: f"probability_{name}" for name in coding.classes}
    probabilities = None
    if coding.classes and all(column in table for column in wanted.values()):
        probabilities = np.column_stack([_numbers(table[column], column, hint) for column in wanted.values()])
        if (probabilities < 0).any() or (probabilities.sum(axis=1) <= 0).any():
            raise BadRecipe(f"{PREDICTIONS} holds negative or no probabilities", hint, key="model.command")
        probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    if "prediction" not in table and probabilities is None:
        raise BadRecipe(f"{PREDICTIONS} has no column prediction", hint, key="model.command")
    if coding.task == Task.REGRESSION:
        return Predictions(_numbers(table["prediction"], "prediction", hint), None)
    if "prediction" not in table:
        assert probabilities is not None
        return Predictions(probabilities.argmax(axis=1).astype(np.int64), probabilities)
    values = _classes(table["prediction"], coding, hint)
    if probabilities is None:
        probabilities = np.eye(len(coding.classes))[values]
    return Predictions(values, probabilities)


def _classes(column: pd.Series, coding: Coding, hint: str) -> Array:
    known = {name: code for code, name in enumerate(coding.classes)}
    codes = column.map(known)
    if codes.isna().any():
        strange = str(column[codes.isna()].iloc[0])
        as_number = pd.to_numeric(column, errors="coerce")
        if as_number.notna().all() and all(_is_number(name) for name in coding.classes):
            numbers = {float(name): code for code, name in enumerate(coding.classes)}
            codes = as_number.map(numbers)
        if codes.isna().any():
            raise BadRecipe(
                f"{PREDICTIONS} predicts {strange!r}; the classes are {', '.join(coding.classes[:10])}", hint,
                key="model.command",
            )
    return codes.to_numpy(dtype=np.int64)


def _numbers(column: pd.Series, name: str, hint: str) -> Array:
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all():
        line = int(np.flatnonzero(~np.isfinite(values))[0]) + 2
        raise BadRecipe(f"{PREDICTIONS} line {line}: {name} is no number", hint, key="model.command")
    return np.asarray(values)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _labels(coding: Coding, truth: Array) -> Sequence[Any]:
    return [coding.classes[code] for code in truth] if coding.classes else list(truth)


def read_points(path: Path) -> Points:
    """The points that a command left, the last value of each step; at most a thousand a curve."""
    points = {(name, step): value for name, step, value in read_lines(path.read_bytes())}
    return thinned([(name, step, value) for (name, step), value in points.items()])


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Run argv in `folder` in a process group of its own; its output goes on to `tell`, line by line."""
    if shutil.which(command[0], path=os.environ.get("PATH")) is None and not (folder / command[0]).exists():
        raise BadRecipe(f"the command {command[0]!r} is not there", "install it, or give its path", key="model.command")
    process = subprocess.Popen(
        list(command), cwd=folder, env=os.environ | dict(environment), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", process_group=0,
    )
    last = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            last = line.strip() or last
            tell(line.rstrip("\n"))
        code = process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if code != 0:
        raise BadRecipe(
            f"the command {' '.join(command)} ended with {code}: {last[:200]}", "its whole output is in the log",
            key="model.command",
        )


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
