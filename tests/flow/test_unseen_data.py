"""Other kinds of data, with nothing but `recipes new`: as good as retraining always, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.flow.house import House

FILES = 6
Rows = list[list[object]]


@dataclass(frozen=True)
class World:
    """A source of files. `tolerance`: by how much the gate may be worse than retraining always."""

    header: Sequence[str]
    target: str
    time: str | None
    rows: Callable[[int], Rows]
    metric: str
    tolerance: Callable[[float], float]


def drifting(number: int) -> Rows:
    """Two classes whose rule turns from one set of columns to another."""
    random = np.random.default_rng(number)
    values = random.normal(size=(600, 5))
    turn = np.pi / 2 * number / FILES
    logit = 1.5 * np.cos(turn) * (values[:, 0] - values[:, 1]) + 1.5 * np.sin(turn) * (values[:, 2] + values[:, 3])
    label = np.where(random.random(600) < 1 / (1 + np.exp(-logit)), "yes", "no")
    segment = random.choice(["north", "south", "west"], 600)
    return [
        [f"2024-{number:02d}-{1 + place % 28:02d}", *values[place].round(4), segment[place], label[place]]
        for place in range(600)
    ]


def collapsing(number: int) -> Rows:
    """A regression whose target's mean falls by two thirds half way."""
    random = np.random.default_rng(100 + number)
    values = random.normal(size=(600, 4))
    base = 60 if number <= FILES // 2 else 20
    price = base + 8 * values[:, 0] + 5 * values[:, 1] * values[:, 2] + random.normal(scale=5, size=600)
    return [
        [f"2024-{number:02d}-{1 + place % 28:02d}", *values[place].round(4), round(float(price[place]), 2)]
        for place in range(600)
    ]


def six_classes(number: int) -> Rows:
    """Six classes, a column of which 36 % is missing, and hundreds of rare categories."""
    fixed, random = np.random.default_rng(7), np.random.default_rng(200 + number)
    effect = fixed.normal(size=(400, 6))
    weights = fixed.normal(size=(4, 6))
    who = np.minimum(random.zipf(1.4, 800), 400) - 1
    values = random.normal(size=(800, 4))
    score = values @ weights * 0.7 + effect[who] + np.linspace(1, -0.9, 6) + random.gumbel(size=(800, 6))
    label = np.array(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])[score.argmax(axis=1)]
    hidden = random.random(800) < 0.36
    return [
        [values[place][0].round(3), "" if hidden[place] else values[place][1].round(3), *values[place][2:].round(3),
         f"dealer {who[place]}", label[place]]
        for place in range(800)
    ]


WORLDS = {
    "drift": World(
        ("day", "a", "b", "c", "d", "e", "segment", "bought"), "bought", "day", drifting, "roc_auc", lambda _: 0.005
    ),
    "collapse": World(
        ("day", "a", "b", "c", "d", "price"), "price", "day", collapsing, "rmse", lambda error: 0.02 * error
    ),
    "six": World(("a", "b", "c", "d", "dealer", "kind"), "kind", None, six_classes, "f1_macro", lambda _: 0.005),
}


@pytest.mark.parametrize("name", WORLDS)
def test_the_loop_on_data_of_another_kind(tmp_path: Path, name: str) -> None:
    world = WORLDS[name]
    with House(tmp_path / "house") as house:
        time = ("--time", world.time) if world.time else ()
        house.run("recipes", "new", name, "--watch", str(house.inbox), "--target", world.target, *time)
        house.start()
        for number in range(1, FILES + 1):
            house.drop(f"part_{number:02d}.csv", world.rows(number), world.header)
            house.settle()
        versions = house.json("data", "versions", name)
        assert [one["state"] for one in versions] == ["accepted"] * FILES
        runs = house.json("runs", "list")
        assert [run["state"] for run in runs] == ["finished"] * FILES, [run["error"] for run in runs]
        assert house.json("models", "show", name)["champion"] is not None
        replayed = house.json("replay", name)
        assert replayed["metric"] == world.metric
        means = replayed["means"]
        sign = 1 if replayed["higher_is_better"] else -1
        assert sign * (means["gated"] - means["always"]) >= -world.tolerance(means["always"]), means
        assert sign * (means["gated"] - means["never"]) > 0, means
