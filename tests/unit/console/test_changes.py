"""What changes something says in one line what it did and how to undo it, and exits as the contract says."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.screens.world import World

Say = Callable[..., str]
Ask = Callable[..., Any]

UNDOABLE = [
    ("models hold flights --reason why", "models resume flights"),
    ("models promote flights 5", "models undo flights"),
    ("models promote flights@5", "models undo flights"),
    ("runs tag 1 good", "runs tag 1 --remove good"),
    ("runs pin 2", "runs unpin 2"),
    ("pause flights", "resume flights"),
    ("pause", "resume"),
]


@pytest.mark.parametrize(("line", "undo"), UNDOABLE)
def test_a_change_names_the_command_that_undoes_it(line: str, undo: str, world: World, say: Say) -> None:
    said = say(*line.split())
    assert len(said.splitlines()) == 1
    assert f"`footplate {undo}`" in said
    say(*undo.split())


@pytest.mark.parametrize(("line", "undo"), UNDOABLE)
def test_with_json_it_is_an_object(line: str, undo: str, world: World, ask: Ask) -> None:
    assert f"`footplate {undo}`" in ask(*line.split())["done"]


def test_a_stale_champion_exits_5(world: World, say: Say) -> None:
    said = say("models", "promote", "flights", "3", "--champion", "2", code=5)
    assert "the champion of flights is v6 by now, not v2" in said
    assert "v3 is the champion" in say("models", "promote", "flights", "3", "--champion", "v6")


def test_a_version_is_needed_to_promote(world: World, say: Say) -> None:
    assert "which version?" in say("models", "promote", "flights", code=2)
    assert "is no version" in say("models", "promote", "flights", "newest", code=2)


def test_nothing_waits_for_approval(world: World, say: Say) -> None:
    assert "nothing of flights waits" in say("models", "approve", "flights", code=5)


def test_cancelling_and_trying_again(world: World, say: Say, ask: Ask) -> None:
    assert say("jobs", "cancel", "1").startswith("job 1 is cancelled")
    assert "has ended already" in say("jobs", "cancel", "1", code=5)
    assert "jobs cancel 2" in ask("jobs", "retry", "1")["done"]


def test_tags_notes_and_deleting(world: World, say: Say, ask: Ask) -> None:
    say("runs", "note", "1", "looked at it")
    assert ask("runs", "show", "1")["notes"][0]["text"] == "looked at it"
    assert "which tag?" in say("runs", "tag", "1", code=2)
    assert "stays" in say("runs", "delete", "1", code=5)
    say("runs", "delete", "7")
    assert "thrown away" in say("runs", "show", "7")
    assert 7 not in [run["id"] for run in ask("runs", "list")]


def test_runs_are_exported_by_their_ending(world: World, say: Say, tmp_path: Path) -> None:
    for ending in ("csv", "json", "jsonl"):
        say("runs", "export", "-o", str(tmp_path / f"runs.{ending}"))
    with (tmp_path / "runs.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 7
    assert (rows[0]["metrics.roc_auc"], rows[0]["params.max_iter"], rows[0]["verdict"]) == ("0.61", "100", "failed")
    assert len(json.loads((tmp_path / "runs.json").read_text("utf-8"))) == 7
    assert len((tmp_path / "runs.jsonl").read_text("utf-8").splitlines()) == 7
    assert "choose an ending" in say("runs", "export", "-o", str(tmp_path / "runs.xls"), code=2)
    assert "cannot write" in say("runs", "export", "-o", str(tmp_path / "no" / "runs.csv"), code=4)
    assert not list(tmp_path.glob(".*.tmp"))


def test_recipes_are_written_checked_and_shown(root: Path, say: Say, ask: Ask) -> None:
    (root / "inbox").mkdir()
    words = ("recipes", "new", "churn", "--watch", "inbox", "--target", "left", "--drop", "a", "--drop", "b")
    said = say(*words)
    assert "undo: remove it" in said and "mkdir" not in said
    assert "exists already" in say(*words, code=5)
    (recipe,) = ask("recipes", "list")
    assert (recipe["name"], recipe["watch"], recipe["target"], recipe["valid"]) == ("churn", "inbox", "left", True)
    assert ask("recipes", "check", "churn") == {"name": "churn", "valid": True, "problems": []}
    full = {one["key"]: (one["value"], one["from"]) for one in ask("recipes", "show", "churn", "--full")["values"]}
    assert full["data.drop"] == (["a", "b"], "recipe")
    assert full["evaluate.holdout"] == (0.5, "default")
    say("recipes", "show", "churn", "--full")


def test_a_folder_is_named_from_here_and_counted_from_the_workspace(
    root: Path, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "sub" / "inbox").mkdir(parents=True)
    monkeypatch.chdir(root / "sub")
    ask("recipes", "new", "inside", "--watch", "inbox", "--target", "left")
    ask("recipes", "new", "outside", "--watch", str(tmp_path), "--target", "left")
    watched = {recipe["name"]: recipe["watch"] for recipe in ask("recipes", "list")}
    assert watched == {"inside": "sub/inbox", "outside": str(tmp_path)}


def test_a_recipe_for_a_folder_that_is_not_there_says_so(root: Path, say: Say) -> None:
    said = say("recipes", "new", "early", "--watch", "not yet", "--target", "left")
    assert f"its folder is not there yet: `mkdir -p '{root / 'not yet'}'`" in said


@pytest.mark.parametrize("name", ["../churn", ".hidden", "a/b", "a\nb", ""])
def test_a_recipes_name_is_one_plain_file_name(name: str, root: Path, say: Say) -> None:
    said = say("recipes", "new", "--watch", ".", "--target", "left", "--", name, code=2)
    assert "cannot be the name of a recipe" in said
    assert not list(root.parent.glob("**/churn.toml"))


def test_a_broken_recipe_exits_4_and_is_named(root: Path, say: Say, ask: Ask) -> None:
    (root / "recipes" / "churn.toml").write_text('watch = "inbox"\ntraget = "left"\n', "utf-8")
    said = say("recipes", "check", "churn", code=4)
    assert "traget" in said and "target" in said
    assert "traget" in str(say("recipes", "check", code=4))


@pytest.mark.parametrize(
    ("text", "message"), [("max_iter", "sets nothing"), ("=5", "sets nothing"), ("model.params", "sets nothing")]
)
def test_a_setting_is_key_and_value(text: str, message: str, root: Path, say: Say) -> None:
    (root / "recipes" / "churn.toml").write_text('watch = "inbox"\ntarget = "left"\n', "utf-8")
    assert message in say("train", "churn", "--set", text, code=2)


def test_training_asks_for_a_job_and_says_how_to_stop_it(root: Path, say: Say, ask: Ask) -> None:
    (root / "recipes" / "churn.toml").write_text('watch = "inbox"\ntarget = "left"\n', "utf-8")
    said = say("train", "churn", "--set", "model.params.max_iter=5")
    assert "`footplate jobs cancel 1`" in said and "`footplate daemon start`" in said
    assert ask("jobs", "list")[0]["state"] == "queued"
    assert "there is no recipe 'chrun'" in say("train", "chrun", code=3)


def test_nobody_waits_for_a_job_that_nobody_does(root: Path, say: Say) -> None:
    (root / "recipes" / "churn.toml").write_text('watch = "inbox"\ntarget = "left"\n', "utf-8")
    assert "no daemon runs that could train churn; nothing was asked for" in say("train", "churn", "--wait", code=5)
    assert "no jobs" in say("jobs", "list")


def test_waiting_without_a_daemon_is_over_at_once(root: Path, say: Say, ask: Ask) -> None:
    assert "done" in ask("wait")
    (root / "recipes" / "churn.toml").write_text('watch = "inbox"\ntarget = "left"\n', "utf-8")
    say("train", "churn")
    assert "no daemon runs and work is left: train queued" in say("wait", code=1)


def test_the_chain_of_events(world: World, say: Say, ask: Ask, tmp_path: Path) -> None:
    head = ask("audit", "verify")["head"]
    say("audit", "export", "-o", str(tmp_path / "events.jsonl"))
    lines = (tmp_path / "events.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[-1])["hash"] == head
    say("models", "hold", "flights")
    say("audit", "verify", "--head", head)
    say("audit", "verify", "--head", head[:12])
    assert "is no head" in say("audit", "verify", "--head", "latest", code=2)
    assert "no event has the hash" in say("audit", "verify", "--head", "0123456789ab", code=1)


def test_a_changed_event_is_named(world: World, say: Say, ask: Ask) -> None:
    import sqlite3

    connection = sqlite3.connect(world.workspace.registry.path)
    connection.execute("UPDATE event SET payload = replace(payload, '2500', '2501') WHERE id = 4")
    connection.commit()
    connection.close()
    found = ask("audit", "verify", code=1)
    assert (found["event"], found["holds"]) == (4, False)
    assert "event 4" in say("audit", "verify", code=1)


def test_keys_names_clashes(root: Path, say: Say, ask: Ask) -> None:
    assert ask("keys")["clashes"] == []
    (root / "footplate.toml").write_text('[keys]\npromote = "B"\nfly = "x"\n', "utf-8")
    said = say("keys", code=1)
    assert "✗ [keys] fly is no action" in said
    assert any("promote" in clash and "roll_back" in clash for clash in ask("keys", code=1)["clashes"])


def test_bad_settings_exit_4(root: Path, say: Say) -> None:
    (root / "footplate.toml").write_text("[daemon]\nsettle_secs = 1\n", "utf-8")
    assert "settle_secs" in say("keys", code=4)


def test_all_files_that_wait_are_written_and_nobody_takes_some_for_all(
    root: Path, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (root / "recipes" / "churn.toml").write_text('watch = "inbox"\ntarget = "left"\n', "utf-8")
    (root / "inbox").mkdir(exist_ok=True)
    for name in "abcde":
        (root / "inbox" / f"{name}.csv").write_text("x,left\n1,0\n", "utf-8")
    say("recipes", "check")
    assert "(the first 2; all: --limit 0)" in say("recipes", "waiting", "--limit", "2")
    assert "the first" not in say("recipes", "waiting")
    monkeypatch.setattr("console.commands.listing.PAGE", 2)
    out = tmp_path / "files.csv"
    say("recipes", "waiting", "--columns", "file", "--out", str(out))
    assert sorted(out.read_text("utf-8").split()) == ["a.csv", "b.csv", "c.csv", "d.csv", "e.csv", "file"]
