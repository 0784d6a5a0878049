"""The decision record: its cause, its data, its numbers, its outcome, and what would have changed it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import NotFound
from core.registry import jobs
from core.registry import runs as rows
from core.services import notes, release
from core.services.failing import give_up
from core.views.why import Decision, why
from core.vocabulary import Cause, EventKind, RunState, Verdict
from core.workspace import Workspace
from tests.unit.views.past import Past

KEYS = [
    "model", "version", "run", "state", "cause", "verdict", "outcome", "headline", "text", "at", "gate", "basis",
    "data", "lines",
]


def told(decision: Decision, label: str) -> list[str]:
    return [line.text for line in decision.lines if line.label == label]


@pytest.fixture
def data(past: Past) -> list[int]:
    past.recipe()
    return [past.version(rows=900), past.version(rows=304)]


def test_the_first_model(past: Past, data: list[int]) -> None:
    run = past.run(data, value=0.78, champion_value=None)
    found = why(past.workspace, run)
    assert (found.model, found.version, found.verdict, found.outcome) == ("churn", 1, "passed", "promoted")
    assert told(found, "run") == ["run 1 of recipe churn (a1b2c3d4), which made churn v1"]
    assert told(found, "cause") == ["new data: churn@1-2 with 1,204 rows"]
    assert told(found, "data") == ["learned from churn@1-2: 1,204 labelled rows; rows of churn@2 could judge"]
    (compared,) = told(found, "compared")
    assert compared.startswith("the challenger against a dummy")
    assert "roc_auc: .780 against .500 on 602" in compared
    assert told(found, "rows") == [
        "4,816 to learn from, 602 to judge on: the newest 602 of 1,204 rows that the champion has not seen, by time"
    ]
    assert "has to beat a dummy" in told(found, "basis")[0]
    assert [line[0] for line in told(found, "gate")] == ["✓", "✗"]  # .78 against a threshold of .79
    assert told(found, "outcome") == ["promoted: v1 is the champion"]
    assert "all 5,418 rows; that fit was not itself measured" in told(found, "released")[0]


def test_json(past: Past, data: list[int]) -> None:
    past.run(data)
    made = why(past.workspace, 1).to_json()
    assert [*made] == KEYS
    assert made["data"] == [{"dataset": "churn", "version": 1}, {"dataset": "churn", "version": 2}]
    assert made["at"] == "2026-03-02T09:00:00.000000+00:00"
    assert [*made["lines"][0]] == ["label", "text"]
    json.dumps(made, allow_nan=False)


def test_a_refusal_names_the_number(past: Past, data: list[int]) -> None:
    past.run(data)
    past.run(data, verdict=Verdict.FAILED, value=0.65, threshold=0.797, cause=Cause.RECIPE_CHANGE)
    found = why(past.workspace, "churn")
    assert found.run == 2
    assert told(found, "cause") == ["a saved recipe: a1b2c3d4"]
    assert told(found, "compared")[0].startswith("the challenger against the champion v1 (run 1), roc_auc: .650")
    assert told(found, "gate")[1].startswith("✗ ROC AUC is 0.65")
    assert told(found, "outcome") == ["refused: the champion stays"]
    assert told(found, "would change") == ["roc_auc of at least 0.797 instead of 0.65"]
    assert told(found, "released") == []


def test_too_few_rows(past: Past, data: list[int]) -> None:
    past.run(data, verdict=Verdict.INSUFFICIENT_DATA)
    found = why(past.workspace, "churn")
    assert found.verdict == "insufficient_data"
    assert told(found, "verdict") == ["insufficient data"]
    assert told(found, "basis") == ["too little data to tell: nothing was fitted or scored"]
    assert told(found, "would change") == ["58 more rows to judge on: 200 instead of 142"]
    assert told(found, "outcome") == ["waiting for more unseen rows; they accumulate"]


def test_recipes_that_stand_in_for_models(past: Past, data: list[int]) -> None:
    run = past.run(data)
    with past.write() as tx:
        rows.change(tx, run, basis={"kind": "recipes", "against": "champion recipe", "headline": ".8 against .7 on 9",
                                    "notes": ["memory allows 40 % of the rows"]})
    found = why(past.workspace, run)
    assert "its recipe stood in for it" in told(found, "basis")[0]
    assert "the champion's recipe, fitted on the challenger's training rows" in told(found, "compared")[0]
    assert told(found, "note") == ["memory allows 40 % of the rows"]


def test_held(past: Past, data: list[int]) -> None:
    past.run(data)
    past.run(data, held=True)
    found = why(past.workspace, "churn@2")
    assert told(found, "outcome") == ["registered: v2 passed and is not promoted: the model is held"]
    assert told(found, "would change")[0] == "a person's word: `footplate models promote churn 2`"


def test_approval_and_what_came_after(past: Past, data: list[int]) -> None:
    past.run(data)
    past.run(data, verdict=Verdict.NEEDS_APPROVAL)
    found = why(past.workspace, "churn@challenger")
    assert told(found, "would change") == ["a person's yes: `footplate models approve churn`"]
    assert told(found, "since then") == []
    notes.note(past.workspace, 2, "looks good")
    release.approve(past.workspace, "churn")
    release.rollback(past.workspace, "churn")
    after = told(why(past.workspace, "churn@2"), "since then")
    assert after == [
        "2026-03-02 09:00 UTC v2 was approved (tester)",
        "2026-03-02 09:00 UTC v2 became the champion: approved by a person (tester)",
        "2026-03-02 09:00 UTC v1 took its place: rolled back by a person (tester)",
    ]
    first = told(why(past.workspace, "churn@1"), "since then")
    assert [line[21:] for line in first] == [
        "v2 took its place: approved by a person (tester)",
        "v1 became the champion: rolled back by a person (tester)",
    ]


def test_by_hand_with_settings(past: Past, data: list[int]) -> None:
    run = past.run(data, cause=Cause.MANUAL, actor="ann@host")
    with past.write() as tx:
        tx.connection.exec_driver_sql("UPDATE recipeversion SET settings = '{\"model.params.max_iter\":\"3\"}'")
    assert told(why(past.workspace, run), "cause") == ["by hand: ann@host with model.params.max_iter=3"]


def test_only_what_was_new_is_the_cause(past: Past, data: list[int]) -> None:
    past.run(data[:1])
    past.run([data[0]], cause=Cause.MANUAL)
    run = past.run(data)
    assert told(why(past.workspace, run), "cause") == ["new data: churn@2 with 304 rows"]
    assert told(why(past.workspace, past.run(data)), "cause") == ["new data, taken up by an earlier run already"]


def test_versions_that_were_left_out_are_taken_up_all_the_same(past: Past, data: list[int]) -> None:
    run, _ = past.begin(data[1:], left_out=data[:1])
    found = why(past.workspace, run)
    assert told(found, "cause") == ["new data: churn@1-2 with 1,204 rows"]
    assert found.data == (("churn", 2),)


def test_a_run_that_runs_or_failed(past: Past, data: list[int]) -> None:
    run, fence = past.begin(data)
    assert told(why(past.workspace, "churn"), "outcome") == ["running"]
    with past.write() as tx:
        give_up(tx, fence, "out of memory\x1b[31m")
    found = why(past.workspace, "churn")
    assert (found.state, found.verdict, found.outcome) == ("failed", None, None)
    assert told(found, "outcome") == ["failed: out of memory␛[31m"]
    assert told(found, "would change") == [f"what the error says; then `footplate jobs retry {fence.job}`"]
    assert told(found, "compared") == told(found, "gate") == []
    assert run == found.run


def test_a_reproduction_is_no_decision_about_a_model(past: Past, data: list[int]) -> None:
    past.run(data)
    with past.write() as tx:
        again = rows.add(tx, {
            "recipe": "churn", "recipe_version_id": 1, "state": RunState.FINISHED, "cause": Cause.REPRODUCE,
            "params": {}, "actor": "ann", "basis": {"reproduces": 1, "equal": True},
        })
        tx.emit(EventKind.RUN_FINISHED, f"run {again}", reproduces=1)
    assert why(past.workspace, "churn").run == 1
    assert told(why(past.workspace, again), "cause") == ["a reproduction of run 1 by ann"]


@pytest.mark.parametrize("text", ["1", "run 1", 1, "churn", "churn@1", "churn@v1", "churn@champion", " churn "])
def test_ways_to_say_which(past: Past, data: list[int], text: Any) -> None:
    past.run(data)
    assert why(past.workspace, text).run == 1


@pytest.mark.parametrize(
    ("text", "hint"),
    [("9", "runs list"), ("chrun", "did you mean 'churn'?"), ("churn@9", "models show churn"),
     ("churn@challenger", "models show churn"), ("churn@x", "models show churn")],
)
def test_what_is_not_there(past: Past, data: list[int], text: str, hint: str) -> None:
    past.run(data)
    with pytest.raises(NotFound) as error:
        why(past.workspace, text)
    assert hint in error.value.hint


def test_a_cancelled_run_is_passed_over(workspace: Workspace, past: Past, data: list[int]) -> None:
    past.run(data)
    run, fence = past.begin(data)
    with past.write() as tx:
        jobs.cancelled(tx, fence)
        rows.change(tx, run, state=RunState.CANCELLED, error="cancelled")
    assert why(workspace, "churn").run == 1
    assert told(why(workspace, run), "outcome") == ["cancelled"]
