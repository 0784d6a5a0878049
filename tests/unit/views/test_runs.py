"""Runs as the contract has them, asked for by anything that they brought."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import NotFound, UsageError
from core.registry import runs as rows
from core.services import notes
from core.training.metrics import METRICS
from core.views import runs
from core.views.run_fields import LOWER_IS_BETTER
from core.views.run_fields import METRICS as NAMES
from core.vocabulary import Cause, Verdict
from core.workspace import Workspace
from tests.unit.views.past import Past

KEYS = [
    "id", "recipe", "recipe_hash", "state", "cause", "params", "metrics", "data", "rows_train", "rows_holdout", "seed",
    "gate", "model_version", "error", "actor", "started_at", "ended_at",
]
REASON_KEYS = ["metric", "value", "champion_value", "interval", "threshold", "passed", "message"]


def fill(past: Past) -> Workspace:
    """A promoted run on two versions, and a refused one by hand on three."""
    past.recipe()
    data = [past.version(), past.version()]
    past.run(data, params={"max_iter": 100, "loss": "log", "early_stopping": True}, metrics={"brier": 0.18})
    data.append(past.version())
    past.run(
        data, verdict=Verdict.FAILED, value=0.7, cause=Cause.MANUAL, actor="ann@host", params={"max_iter": 50},
        metrics={"brier": 0.21},
    )
    return past.workspace


@pytest.fixture
def two(past: Past) -> Workspace:
    return fill(past)


@pytest.fixture(scope="module")
def shared(settled: Past) -> Workspace:
    """The same, to look at only."""
    notes.tag(fill(settled), 1, "good")
    return settled.workspace


def test_json_key_by_key(shared: Workspace) -> None:
    made = runs.get(shared, 1).to_json()
    assert [*made] == KEYS
    assert made["id"] == 1
    assert made["recipe"] == "churn"
    assert made["recipe_hash"] == "a1b2c3d4e5f6"
    assert made["state"] == "finished"
    assert made["cause"] == "new_data"
    assert made["params"] == {"max_iter": 100, "loss": "log", "early_stopping": True}
    assert made["metrics"] == {"roc_auc": 0.812, "brier": 0.18}
    assert made["data"] == [{"dataset": "churn", "version": 1}, {"dataset": "churn", "version": 2}]
    assert (made["rows_train"], made["rows_holdout"], made["seed"]) == (4816, 602, 0)
    assert [*made["gate"]] == ["verdict", "reasons"]
    assert made["gate"]["verdict"] == "passed"
    assert all([*reason] == REASON_KEYS for reason in made["gate"]["reasons"])
    assert made["model_version"] == 1
    assert made["error"] is None
    assert made["actor"] == "daemon"
    assert made["started_at"] == made["ended_at"] == "2026-03-02T09:00:00.000000+00:00"
    json.dumps(made, allow_nan=False)


def test_json_of_a_run_that_runs(past: Past) -> None:
    past.recipe()
    past.begin([past.version()])
    made = runs.get(past.workspace, 1).to_json()
    assert [*made] == KEYS
    assert made["state"] == "running"
    assert made["params"] == made["metrics"] == {}
    unknown = ("rows_train", "rows_holdout", "gate", "model_version", "error", "ended_at")
    assert [made[name] for name in unknown] == [None] * len(unknown)


def test_a_metric_that_is_not_finite_is_null(past: Past) -> None:
    past.recipe()
    run, _ = past.begin([])
    with past.write() as tx:
        rows.add_metrics(tx, run, {"log_loss": (float("inf"), None, float("inf"))})
    assert runs.get(past.workspace, run).to_json()["metrics"] == {"log_loss": None}
    assert runs.show(past.workspace, run).to_json()["intervals"]["log_loss"] == {
        "value": None, "lower": None, "upper": None,
    }


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("roc_auc>0.8", [1]), ("brier<0.2", [1]), ("brier>0.1", [2, 1]), ("metrics.brier>0.2", [2]),
        ("params.max_iter>=100", [1]), ("params.loss=log", [1]), ("params.loss~o", [1]), ('params.loss=""', [2]),
        ("params.early_stopping=True", [1]), ("params.max_iter=50", [2]),
        ("verdict=failed", [2]), ("verdict!=failed", [1]), ("outcome=promoted", [1]), ("cause=manual", [2]),
        ("actor~ann", [2]), ("model_version=1", [1]), ('model_version=""', [2]), ("recipe=churn id>1", [2]),
        ("recipe_hash~a1b2", [2, 1]), ("state=running", []), ("data=churn@3", [2]), ("data=churn@1", [2, 1]),
        ("!data=churn@3", [1]), ("tag=good", [1]), ("!tag=good", [2]), ("started_at>=2026-03-02", [2, 1]),
        ("started_at>2026-03-02", []), ("manual", [2]), ("!manual", [1]), ("-f dmn", [1]), ("log_loss>0", []),
    ],
)
def test_asked_for(shared: Workspace, where: str, ids: list[int]) -> None:
    assert [run.id for run in runs.list(shared, where=where)] == ids


def test_an_unknown_field_is_named_with_the_nearest(shared: Workspace) -> None:
    with pytest.raises(UsageError) as error:
        runs.list(shared, where="params.max_itr>3")
    assert error.value.hint == "did you mean params.max_iter?"
    with pytest.raises(UsageError) as error:
        runs.list(shared, where="rows_hold>3")
    assert error.value.hint == "did you mean rows_holdout?"


def test_nothing_is_wrong_with_asking_an_empty_registry(workspace: Workspace) -> None:
    assert len(runs.list(workspace, where="params.max_iter>=100 roc_auc>0.8 own_metric>1", order="-own_metric")) == 0


def test_the_known_metrics_are_those_of_the_training_room() -> None:
    assert set(NAMES) == set(METRICS)
    assert {name for name, metric in METRICS.items() if not metric.higher_is_better} == LOWER_IS_BETTER


def test_a_deleted_run_is_not_listed_but_known(past: Past) -> None:
    past.recipe()
    past.run([past.version()], verdict=Verdict.FAILED, deleted=True)
    assert len(runs.list(past.workspace)) == 0
    assert runs.show(past.workspace, 1).deleted


def test_show(two: Workspace) -> None:
    notes.tag(two, 1, "good")
    notes.note(two, 1, "the first")
    with two.registry.write("daemon") as tx:
        rows.add_artifact(tx, 1, "model.zip", "e" * 64, 917_000)
    full = runs.show(two, 1)
    made = full.to_json()
    assert [*made][: len(KEYS)] == KEYS
    assert made["intervals"]["roc_auc"] == pytest.approx({"value": 0.812, "lower": 0.792, "upper": 0.832})
    assert made["intervals"]["brier"] == {"value": 0.18, "lower": None, "upper": None}
    assert made["artifacts"] == [{"name": "model.zip", "bytes": 917_000, "hash": "e" * 64}]
    assert made["notes"] == [{"text": "the first", "actor": "tester", "at": "2026-03-02T09:00:00.000000+00:00"}]
    assert made["tags"] == ["good"]
    assert made["environment"] == {"python": "3.11.7"}
    assert made["basis"]["kind"] == "first"
    assert made["decision"]["outcome"] == "promoted"
    assert made["rows_refit"] == 5418
    assert full.recipe_text.startswith("watch")
    assert full.log == two.hidden / "logs/jobs/1.log"
    json.dumps(made, allow_nan=False)


def test_what_is_not_there(shared: Workspace) -> None:
    for look in (runs.get, runs.show, runs.log):
        with pytest.raises(NotFound, match="there is no run 99"):
            look(shared, 99)


def test_compare(shared: Workspace) -> None:
    made = runs.compare(shared, [2, 1, 2])
    assert [run.id for run in made.runs] == [2, 1]
    lines: dict[str, Any] = {line.name: line for line in made.lines}
    assert lines["max_iter"].values == (50, 100)
    assert lines["max_iter"].differs
    assert lines["loss"].values == (None, "log")
    assert lines["recipe"].values == ("churn", "churn")
    assert not lines["recipe"].differs
    assert lines["data"].values == ("churn@1-3", "churn@1-2")
    assert lines["roc_auc"].section == "metrics"
    assert [*made.to_json()] == ["runs", "lines"]
    assert made.to_json()["lines"][0] == {
        "section": "run", "name": "recipe", "values": ["churn", "churn"], "differs": False,
    }


@pytest.mark.parametrize("ids", [[], [1], [1, 1], [*range(1, 10)]])
def test_only_two_to_eight_can_be_compared(shared: Workspace, ids: list[int]) -> None:
    with pytest.raises(UsageError, match="cannot be compared"):
        runs.compare(shared, ids)


def test_points_and_curves(two: Workspace) -> None:
    assert runs.points(two, 1) == {}
    assert runs.curves(two, 1) == {}
    picture = {"confusion": {"classes": ["0", "1"], "rows": [[3, 1], [0, 2]]}}
    hash = two.store.put_bytes(json.dumps(picture).encode())
    with two.registry.write("daemon") as tx:
        rows.add_points(tx, 1, [("train_loss", 1, 0.5), ("train_loss", 0, 0.7), ("a", 0, 1.0)])
        rows.add_artifact(tx, 1, "curves.json", hash, 10)
    assert runs.points(two, 1) == {"a": ((0, 1.0),), "train_loss": ((0, 0.7), (1, 0.5))}
    assert runs.curves(two, 1) == picture


def test_log_tail(two: Workspace) -> None:
    assert runs.log(two, 1) == ()
    path = two.logs / "jobs" / "1.log"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)) + b"\x1b[31mred\xff\nlast without end")
    assert runs.log(two, 1, lines=3) == ("line 999", "␛[31mred\N{REPLACEMENT CHARACTER}", "last without end")
    assert len(runs.log(two, 1, lines=0)) == 1002


def test_only_the_end_of_a_huge_log_is_read(two: Workspace) -> None:
    path = two.logs / "jobs" / "1.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{number:07d}\n" for number in range(100_000)), "utf-8")
    lines = runs.log(two, 1, lines=0)
    assert lines[-1] == "0099999"
    assert len(lines) == runs.LOG_BYTES // 8 - 1
    assert all(len(line) == 7 for line in lines)
