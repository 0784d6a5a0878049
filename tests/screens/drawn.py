"""What real fits leave to be looked at, made by the rooms that make it, put beside the runs of a world."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from core.registry import runs
from core.training.curves import curves
from core.training.metrics import Scores
from core.vocabulary import Task
from tests.screens.world import World

HUNDRED = 100
Points = list[tuple[str, int, float]]


def of_classes(classes: int, seed: int = 0, rows: int = 2_000) -> Scores:
    """Probabilities that know something of the truth, each seed other ones."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, size=rows)
    chances = random.dirichlet(np.ones(classes), size=rows) + (0.3 + 0.1 * seed) * np.eye(classes)[truth]
    chances /= chances.sum(axis=1, keepdims=True)
    names = ("no", "yes") if classes == 2 else tuple(f"class {code}" for code in range(classes))
    return Scores(Task.CLASSIFICATION, truth, chances.argmax(axis=1), chances, names)


def of_numbers(seed: int = 0, rows: int = 2_000) -> Scores:
    random = np.random.default_rng(seed)
    truth = random.gamma(2.0, 8_000.0, size=rows)
    said = 0.8 * truth + 3_000 + random.normal(0, 2_000 + 500 * seed, size=rows)
    return Scores(Task.REGRESSION, truth, said, None, ())


def importance(metric: str, **columns: tuple[float, float | None]) -> dict[str, Any]:
    """`hour=(0.11, 0.02)`: value and spread of five repeats, as `core.training.importance` gives them."""
    found = [
        {"column": name, "value": value, "spread": spread, "repeats": 1 if spread is None else 5}
        for name, (value, spread) in columns.items()
    ]
    return {"metric": metric, "rows": 1_000, "of": 15_000, "columns": found, "left_out": 0}


def falling(seed: int = 0) -> Points:
    """Losses of a hundred steps, on the rows that are learned from and on others."""
    return [
        (f"{rows}_log_loss", step, 0.3 + 0.02 * seed + gap + 1 / (1 + step))
        for rows, gap in (("train", 0.0), ("holdout", 0.1)) for step in range(HUNDRED)
    ]


def leave(world: World, run: int, made: dict[str, Any], points: Points | None = None) -> None:
    """Store the pictures and the points of a run where a train job stores them."""
    data = json.dumps(made).encode()
    hash = world.workspace.store.put_bytes(data)
    with world.write() as tx:
        runs.add_artifact(tx, run, "curves.json", hash, len(data))
        runs.put_points(tx, run, points or [])


def kinds(kind: str, seed: int = 0) -> dict[str, Any]:
    """The pictures of a run that told `binary`, `multiclass` or `regression`."""
    strange = {"a [b]name/] of somebody's": (-0.02, None)}
    weights = importance("roc_auc", hour=(0.11, 0.02), dest=(0.018, 0.05), **strange)
    scores = of_numbers(seed) if kind == "regression" else of_classes(2 if kind == "binary" else 5, seed)
    return curves(scores) | {"importance": weights}
