"""Small fitted models, and rows of every kind: missing, unknown, negative years and all."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data.schema import Schema
from core.recipes.recipe import parse
from core.training import trainer
from core.training.labels import Coding
from core.training.trainer import Plan, SklearnModel
from core.vocabulary import Kind, Task

SCHEMA = Schema.of({
    "amount": Kind.NUMBER, "paid": Kind.BOOLEAN, "city": Kind.CATEGORY, "street": Kind.CATEGORY,
    "since": Kind.DATE, "seen": Kind.DATE, "blank": Kind.NUMBER, "y": Kind.CATEGORY,
})


def rows(count: int = 600, seed: int = 0, classes: int = 2) -> pd.DataFrame:
    """A typed frame under SCHEMA: `street` has many levels, `blank` never a value; every kind has gaps."""
    rng = np.random.default_rng(seed)

    def gaps(values: Any) -> Any:
        return np.where(rng.random(count) < 0.1, None, values)

    def moments() -> Any:
        made = rng.integers(-3 * 10**15, 3 * 10**15, count).astype("datetime64[us]")
        made[rng.random(count) < 0.1] = np.datetime64("NaT")
        return made

    amount = np.where(rng.random(count) < 0.1, np.nan, rng.normal(size=count).round(2))
    city = rng.choice(list("abcdefg"), count, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.09, 0.01])
    score = np.nan_to_num(amount) + (city == "b") + rng.normal(size=count) / 2
    places = np.digitize(score, np.linspace(-0.5, 1.5, classes + 1)[1:-1])
    return pd.DataFrame({
        "amount": amount, "paid": np.where(rng.random(count) < 0.1, np.nan, rng.integers(0, 2, count)),
        "city": pd.array(gaps(city), dtype="str"),
        "street": pd.array(gaps(np.array([f"s{one}" for one in rng.integers(0, 90, count)])), dtype="str"),
        "since": moments(), "seen": moments(), "blank": np.full(count, np.nan),
        "y": pd.array(np.array(["no", "yes", "maybe", "never"])[places], dtype="str"),
    })


@cache
def model(
    estimator: str = "", params: str = "{ max_iter = 5 }", classes: int = 2, regression: bool = False,
    keep: tuple[str, ...] = SCHEMA.names,
) -> Any:
    """A model of those rows, or of some of their columns; `regression` predicts the number `amount`."""
    named = f'estimator = "{estimator}"\n' if estimator else ""
    target = "amount" if regression else "y"
    recipe = parse(
        f'watch = "in"\ntarget = "{target}"\ndrop = {[name for name in SCHEMA.names if name not in (*keep, target)]}\n'
        f'[features]\ndates = {["seen"] if "seen" in keep else []}\n[model]\n{named}params = {params}\n',
        "shop.toml", "shop",
    )
    frame = rows(classes=classes)
    if regression:
        frame["amount"] = frame["amount"].fillna(0.5)
    coding = Coding.of(Task.REGRESSION if regression else Task.CLASSIFICATION, frame[target])
    plan = Plan(recipe, "hash", [], SCHEMA, coding, Path(), lambda text: None)
    made = trainer.fit(plan, frame, coding.encode(frame[target]))
    assert isinstance(made, SklearnModel)
    return made
