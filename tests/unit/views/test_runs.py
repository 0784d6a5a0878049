"""Runs as the contract has them, asked for by anything that they brought."""

from __future__ import annotations

import json

import pytest

from core.errors import NotFound, UsageError
from core.registry import runs as rows
from core.services import baselines, notes
from core.training.metrics import METRICS
from core.views import run_log, runs
from core.views.run_fields import LOWER_IS_BETTER
from core.views.run_fields import METRICS as NAMES
from core.views.run_rows import Interval, difference
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
    assert made["tagged"] == [{"tag": "good", "actor": "tester", "at": "2026-03-02T09:00:00.000000+00:00"}]
    assert made["environment"] == {"python": "3.11.7"}
    assert made["basis"]["kind"] == "first"
    assert made["decision"]["outcome"] == "promoted"
    assert made["rows_refit"] == 5418
    assert full.recipe_text.startswith("watch")
    assert full.log == two.hidden / "logs/jobs/1.log"
    json.dumps(made, allow_nan=False)


def test_who_is_champion_and_baseline_and_how_far_the_others_are(two: Workspace) -> None:
    champion, refused = runs.several(two, [1, 2])
    assert champion.champion and not refused.champion
    assert champion.baseline is None and refused.against_baseline("roc_auc") is None
    baselines.pin(two, 2)
    first, second = runs.list(two, order="id")
    assert second.is_baseline and second.against_baseline("roc_auc") is None
    found = first.against_baseline("roc_auc")
    assert found is not None
    assert (round(found.value, 6), found.better, found.clear) == (0.112, True, True)
    brier = first.against_baseline("brier")  # less is better, and there are no intervals to be sure by
    assert brier is not None and (round(brier.value, 6), brier.better, brier.clear) == (-0.03, True, False)
    assert first.against_baseline("rmse") is None
    page = runs.list(two, order="-id", limit=1)  # the baseline is known where it is not among the rows
    assert page.rows[0].baseline == 2
    full = runs.show(two, 2)
    assert full.champion is not None and full.champion.id == 1 and full.reference is None
    assert full.to_json()["against_champion"]["metrics"]["roc_auc"]["better"] is False
    full = runs.show(two, 1)
    assert full.champion is None and full.reference is not None and full.reference.id == 2
    assert full.to_json()["against_baseline"]["run"] == 2


@pytest.mark.parametrize(
    ("metric", "ours", "theirs", "better", "clear"),
    [
        ("roc_auc", (0.8, 0.7, 0.9), (0.6, 0.55, 0.65), True, True),
        ("roc_auc", (0.6, 0.55, 0.65), (0.8, 0.6, 0.9), False, False),
        ("rmse", (2.0, 1.9, 2.1), (3.0, 2.5, 3.5), True, True),
        ("rmse", (3.0, 2.5, 3.5), (2.0, 1.9, 2.1), False, True),
        ("rmse", (2.0, None, None), (3.0, 2.5, 3.5), True, False),
        ("own", (2.0, 1.9, 2.1), (3.0, 2.5, 3.5), None, True),
        ("roc_auc", (0.5, 0.4, 0.6), (0.5, 0.4, 0.6), None, False),
    ],
)
def test_better_is_told_by_the_metric_and_clear_by_the_intervals(
    metric: str, ours: tuple[float, ...], theirs: tuple[float, ...], better: bool | None, clear: bool
) -> None:
    found = difference(metric, Interval(*ours), Interval(*theirs))
    assert (found.value, found.better, found.clear) == (ours[0] - theirs[0], better, clear)


def test_tags_and_the_newest_note_are_in_the_listing(two: Workspace) -> None:
    notes.tag(two, 1, "good")
    notes.note(two, 1, "the first")
    notes.note(two, 1, "the last")
    with two.registry.write("daemon") as tx:
        tx.connection.exec_driver_sql("INSERT INTO runtag (run_id, tag) VALUES (1, 'from before')")
    refused, run = runs.list(two)
    assert refused.tags == () and refused.note is None
    assert run.tags == ("from before", "good")
    assert [(tag.actor, tag.at is None) for tag in run.tagged] == [(None, True), ("tester", False)]
    assert run.note is not None and (run.note.text, run.note.actor) == ("the last", "tester")


def test_the_metrics_that_there_are_to_choose_from(two: Workspace) -> None:
    assert runs.metrics(two) == ("roc_auc", "brier")


def test_what_is_not_there(shared: Workspace) -> None:
    for look in (runs.get, runs.show, run_log.log):
        with pytest.raises(NotFound, match="there is no run 99"):
            look(shared, 99)


def test_points_and_pictures(two: Workspace) -> None:
    assert runs.show(two, 1).points == runs.show(two, 1).pictures == {}
    picture = {"confusion": {"classes": ["0", "1"], "rows": [[3, 1], [0, 2]]}}
    hash = two.store.put_bytes(json.dumps(picture).encode())
    with two.registry.write("daemon") as tx:
        rows.put_points(tx, 1, [("train_loss", 1, 0.5), ("train_loss", 0, 0.7), ("a", 0, 1.0)])
        rows.add_artifact(tx, 1, "curves.json", hash, 10)
    full = runs.show(two, 1)
    assert full.points == {"a": ((0, 1.0),), "train_loss": ((0, 0.7), (1, 0.5))}
    assert full.pictures == picture
    assert full.to_json()["points"]["train_loss"] == [{"step": 0, "value": 0.7}, {"step": 1, "value": 0.5}]
    assert full.to_json()["pictures"] == picture


def test_pictures_that_were_lost_or_changed_are_no_reason_to_show_nothing(two: Workspace) -> None:
    hash = two.store.put_bytes(b"{}")
    with two.registry.write("daemon") as tx:
        rows.add_artifact(tx, 1, "curves.json", hash, 2)
    path = two.store.path(hash)
    path.chmod(0o600)
    path.write_bytes(b"[")
    assert "problem" in runs.show(two, 1).pictures
    path.unlink()
    assert "problem" in runs.show(two, 1).pictures


def test_log_tail(two: Workspace) -> None:
    assert run_log.log(two, 1) == ()
    path = two.logs / "jobs" / "1.log"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)) + b"\x1b[31mred\xff\nlast without end")
    assert run_log.log(two, 1, lines=3) == ("line 999", "␛[31mred\N{REPLACEMENT CHARACTER}", "last without end")
    assert len(run_log.log(two, 1, lines=0)) == 1002


def test_only_the_end_of_a_huge_log_is_read(two: Workspace) -> None:
    path = two.logs / "jobs" / "1.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{number:07d}\n" for number in range(100_000)), "utf-8")
    lines = run_log.log(two, 1, lines=0)
    assert lines[-1] == "0099999"
    assert len(lines) == run_log.LOG_BYTES // 8 - 1
    assert all(len(line) == 7 for line in lines)
