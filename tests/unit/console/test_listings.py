"""What is shown: the objects of the contract as JSON, tables for people, filters and orders for both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.screens.watched import watched
from tests.screens.world import World

Say = Callable[..., str]
Ask = Callable[..., Any]

KEYS = {
    "data versions flights": {
        "dataset", "version", "hash", "files", "rows", "columns", "labelled", "bad_rows", "state", "reasons",
        "warnings", "added_at", "cause",
    },
    "runs list": {
        "id", "recipe", "recipe_hash", "state", "cause", "params", "metrics", "data", "rows_train", "rows_holdout",
        "seed", "gate", "model_version", "error", "actor", "started_at", "ended_at",
    },
    "models list": {"name", "champion", "held", "versions"},
    "recipes list": {"name", "task", "watch", "target", "hash", "path", "valid", "problems"},
    "jobs list": {
        "id", "kind", "state", "cause", "attempts", "error", "queued_at", "started_at", "ended_at",
    },
    "events": {"id", "at", "kind", "actor", "subject", "payload", "hash", "previous_hash"},
}
EMPTY = ["data list", "data quarantine list", "recipes list", "runs list", "models list", "jobs list"]


@pytest.mark.parametrize("line", KEYS)
def test_a_listing_is_an_array_of_the_contracts_objects(line: str, world: World, ask: Ask) -> None:
    rows = ask(*line.split())
    assert isinstance(rows, list) and rows
    assert set(rows[0]) == KEYS[line]


@pytest.mark.parametrize("line", EMPTY)
def test_an_empty_listing_is_an_empty_array_and_a_sentence(line: str, root: object, say: Say, ask: Ask) -> None:
    assert ask(*line.split()) == []
    assert len(say(*line.split()).splitlines()) == 1


@pytest.mark.parametrize("line", [*KEYS, "data list", "data quarantine list", "status", "daemon status", "keys"])
def test_a_listing_for_people_has_no_colour_and_nothing_that_moves_a_cursor(
    line: str, world: World, say: Say
) -> None:
    said = say(*line.split(), code=1 if line == "status" else 0)
    assert all(text.isprintable() for text in said.splitlines())


def test_limit_where_and_order(world: World, ask: Ask) -> None:
    assert len(ask("runs", "list")) == 7
    assert len(ask("runs", "list", "--limit", "2")) == 2
    assert len(ask("runs", "list", "--limit", "0")) == 7
    best = [run["metrics"]["roc_auc"] for run in ask("runs", "list", "--where", "roc_auc>=0.69", "--order", "-roc_auc")]
    assert best == sorted(best, reverse=True) and best[0] == 0.71
    both = ask("runs", "list", "--where", "roc_auc:gt:0.68", "--where", "recipe=flights")
    assert [run["id"] for run in both] == [6, 5, 4]


def test_people_are_told_that_there_is_more(world: World, say: Say) -> None:
    assert say("runs", "list", "--limit", "2").splitlines()[-1] == "(the first 2; all: --limit 0)"


def test_a_field_that_is_not_there_is_a_usage_error(world: World, say: Say) -> None:
    assert "did you mean roc_auc?" in say("runs", "list", "--where", "rocauc>0.5", code=2)


@pytest.mark.parametrize("line", ["runs show 1", "data show flights@1", "data profile flights@1", "models show flights",
                                  "models show flights@champion", "models card flights@5", "models diff flights@5",
                                  "models diff flights --against 2", "models lineage flights", "recipes show flights",
                                  "jobs show 1", "why flights", "why 7", "status", "daemon status", "runs compare 1 2",
                                  "runs logs 1", "jobs logs 1"])
def test_one_thing_is_one_object(line: str, world: World, ask: Ask, say: Say) -> None:
    code = 1 if line == "status" else 0
    assert isinstance(ask(*line.split(), code=code), dict)
    say(*line.split(), code=code)


def test_what_is_not_there_exits_3_with_a_hint(world: World, say: Say) -> None:
    for line in ("runs show 99", "data show flights@99", "models show churn", "recipes show fligths", "jobs show 99",
                 "why nothing", "data versions flihgts", "runs compare 1 99"):
        said = say(*line.split(), code=3)
        assert said.startswith("error: ") and "\nhint: " in said


def test_status_says_what_to_do(world: World, say: Say, ask: Ask) -> None:
    said = say("status", code=1)
    assert "need you" in said.splitlines()[0]
    assert "footplate data quarantine release flights@7" in said
    assert say("status", "--short", code=1).splitlines() == said.splitlines()[:1]
    assert ask("status", code=1)["well"] is False


def test_a_long_error_stands_whole_in_the_verdict_alone(world: World, say: Say) -> None:
    error = "the parameters do not fit: " + "no such one, " * 30
    world.job(error=error)
    verdict, *table = say("status", code=1).splitlines()
    assert error.strip() in verdict
    assert max(map(len, table)) < 300


def test_without_a_verb_off_a_terminal_it_is_status(world: World, say: Say) -> None:
    assert say(code=1) == say("status", code=1)


def test_status_of_an_empty_workspace_is_well(root: object, say: Say) -> None:
    assert say("status").splitlines()[0] == "all well"


def test_a_run_in_full_says_why(world: World, say: Say) -> None:
    said = say("runs", "show", "7")
    assert "✗ the gain is too small" in said
    assert "0.6100" in said


def test_only_what_differs_is_compared(world: World, say: Say) -> None:
    some, all_ = say("runs", "compare", "1", "2"), say("runs", "compare", "1", "2", "--all")
    assert "roc_auc" in some and "seed" not in some and "seed" in all_


def test_quarantine_names_the_reason(world: World, say: Say, ask: Ask) -> None:
    assert "column dewp is missing" in say("data", "quarantine", "list")
    (row,) = ask("data", "quarantine", "list")
    assert (row["version"], row["reasons"][0]["column"]) == (7, "dewp")


def test_events_can_be_filtered_and_are_newest_first(world: World, ask: Ask) -> None:
    ids = [event["id"] for event in ask("events", "--limit", "0")]
    assert ids == sorted(ids, reverse=True)
    assert {event["kind"] for event in ask("events", "--where", "kind=RunFinished")} == {"RunFinished"}
    assert "leave --order out" in str(ask("events", "--follow", "--order", "id", code=2))


@pytest.mark.parametrize(
    ("line", "head"),
    [
        ("runs list", "id,recipe,recipe_hash"), ("data list", "name,recipe,versions"),
        ("data versions flights", "dataset,version,state"), ("data quarantine list", "dataset,version,state"),
        ("models list", "name,task,champion"), ("models versions flights", "model,version,run"),
        ("jobs list", "id,kind,subject"), ("events", "id,at,kind"), ("events --decisions", "event,at,outcome"),
        ("recipes list", "name,valid,paused"), ("status", "name,state,task"),
    ],
)
def test_every_listing_is_also_csv(line: str, head: str, world: World, say: Say) -> None:
    assert say(*line.split(), "--csv").startswith(head)


def test_columns_are_chosen_and_a_wrong_one_is_said(world: World, say: Say, ask: Ask) -> None:
    found = ask("runs", "list", "--columns", "id,roc_auc,param:max_iter", "--limit", "1")
    assert found == [{"id": 7, "roc_auc": 0.61, "params.max_iter": 100}]
    assert "did you mean state?" in say("data", "versions", "flights", "--columns", "stat", code=2)
    assert "choose one" in say("jobs", "list", "--csv", "--json", code=2)


def test_a_file_has_all_rows_unless_a_limit_is_said(world: World, say: Say, tmp_path: Path) -> None:
    out = tmp_path / "events.jsonl"
    say("events", "--out", str(out))
    everything = len(out.read_text("utf-8").splitlines())
    assert everything > 40
    say("events", "--out", str(out), "--limit", "3")
    assert len(out.read_text("utf-8").splitlines()) == 3
    assert "written as .csv" in say("events", "--out", str(tmp_path / "events.xlsx"), code=2)


def test_what_has_no_order_is_refused(world: World, say: Say) -> None:
    watched(world)
    assert "nothing is sorted by 'readings'" in say("monitors", "list", "--order", "readings", code=2)
