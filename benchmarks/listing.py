"""`footplate runs list` over 100,000 runs against importing the libraries that it is written with.

The runs are made up in the registry: each with three metrics, four parameters and the version that it learned
from; every third is a released model version.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.measuring import Figure, footplate, in_turns, python
from benchmarks.place import Place, place
from core import clock

BAR = 1.3
RUNS = 100_000
PAIRS = 9
IMPORTS = "import typer, sqlmodel, rich.table"


def figures() -> Iterator[Figure]:
    with place() as made:
        fill(made, RUNS)
        words = ("-w", str(made.root), "runs", "list")
        for more in ((), ("--json",), ("--where", "roc_auc>0.8", "--order", "-roc_auc")):
            pairs = in_turns(lambda more=more: footplate(*words, *more), lambda: python("-c", IMPORTS), PAIRS)  # type: ignore[misc]
            said = " ".join(("footplate runs list", *more))
            yield pairs.figure("listing", f'{said} (of {RUNS:,}) / python -c "{IMPORTS}"', BAR)


def fill(made: Place, runs: int) -> None:
    """A workspace with one recipe and so many runs of it."""
    made.make("flights", "delayed", "--time", "date")
    workspace = made.workspace()
    chance = random.Random(2013)
    first = datetime(2025, 1, 1, tzinfo=UTC)
    text = (workspace.recipes / "flights.toml").read_text("utf-8")
    params = {"estimator": "HistGradientBoosting", "learning_rate": 0.1, "max_iter": 100, "max_leaf_nodes": 31}
    gate = {"verdict": "passed", "reasons": [
        {"metric": "roc_auc", "value": 0.72, "champion_value": 0.71, "interval": [-0.01, 0.02], "threshold": -0.02,
         "passed": True, "message": "roc_auc .720 against .710, at most .020 lower"},
    ]}  # fmt: skip
    basis = {"headline": ".720 against .710 on 1,250 (-.010 to +.020)", "primary": "roc_auc", "against": "champion"}

    def moment(place: int) -> str:
        return clock.iso(first + timedelta(minutes=5 * place))

    def metrics(place: int) -> Iterator[tuple[int, str, float, float, float]]:
        for name, middle in (("roc_auc", 0.72), ("accuracy", 0.78), ("log_loss", 0.5)):
            value = chance.gauss(middle, 0.05)
            yield place, name, value, value - 0.02, value + 0.02

    with workspace.registry.write("benchmark") as tx:
        execute = tx.connection.connection.cursor().executemany
        execute(
            "INSERT INTO recipe (name, path, valid, paused, removed, stamp) VALUES (?, ?, 1, 0, 0, '')"
            " ON CONFLICT DO NOTHING", [("flights", "recipes/flights.toml")],
        )
        execute(
            "INSERT INTO recipeversion (id, recipe, hash, text, code, created_at, actor)"
            " VALUES (1, ?, ?, ?, '[]', ?, ?) ON CONFLICT DO NOTHING",
            [("flights", "f" * 64, text, moment(0), "benchmark")],
        )
        execute(
            "INSERT INTO dataset (name, recipe, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [("flights", "flights", moment(0))]
        )
        execute(
            "INSERT INTO datasetversion (id, dataset, version, hash, state, discarded, files, file_name, bad_rows,"
            " reasons, warnings, added_at, cause, actor)"
            " VALUES (?, 'flights', ?, ?, 'accepted', 0, '[]', ?, 0, '[]', '[]', ?, 'new_data', 'daemon')",
            [(number, number, f"{number:064x}", f"{number}.csv", moment(number)) for number in range(1, 1001)],
        )
        execute(
            "INSERT INTO run (id, recipe, recipe_version_id, state, cause, params, seed, primary_metric, rows_train,"
            " rows_holdout, basis, gate, decision, actor, started_at, ended_at, seconds, deleted) VALUES"
            " (?, 'flights', 1, 'finished', 'new_data', ?, 0, 'roc_auc', 28750, 1250, ?, ?, ?, 'daemon', ?, ?, 3.5, 0)",
            [
                (place, json.dumps(params), json.dumps(basis), json.dumps(gate),
                 json.dumps({"outcome": "promoted", "text": "promoted"}), moment(place), moment(place))
                for place in range(1, runs + 1)
            ],
        )  # fmt: skip
        execute(
            "INSERT INTO runmetric (run_id, name, value, lower, upper) VALUES (?, ?, ?, ?, ?)",
            [row for place in range(1, runs + 1) for row in metrics(place)],
        )
        execute(
            "INSERT INTO runparam (run_id, name, value, number) VALUES (?, ?, ?, ?)",
            [
                (place, name, str(value), value if isinstance(value, int | float) else None)
                for place in range(1, runs + 1) for name, value in params.items()
            ],
        )
        execute(
            "INSERT INTO rundata (run_id, version_id, used, fresh) VALUES (?, ?, 1, 1)",
            [(place, 1 + place % 1000) for place in range(1, runs + 1)],
        )
        execute(
            "INSERT INTO model (name, task, primary_metric, held) VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING",
            [("flights", "classification", "roc_auc")],
        )
        execute(
            "INSERT INTO modelversion (model, version, run_id, artifact, bytes, measured, rows, registered_at)"
            " VALUES ('flights', ?, ?, ?, 900000, 0, 30000, ?)",
            [(place // 3, place, "0" * 64, moment(place)) for place in range(3, runs + 1, 3)],
        )
    workspace.close()
