"""The loop driven from the shell: data arrives, a daemon learns, and every verb that needs real work does it."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.cli import main
from core.workspace import Workspace

Say = Callable[..., str]
Ask = Callable[..., Any]

RECIPE = """
watch  = "inbox"
target = "left"
time   = "day"
[model]
params = { max_iter = 10 }
[gate]
min_rows = 50
"""
HEADER = ("day", "age", "plan", "left")


def write(path: Path, month: int, *, rows: int = 200, header: tuple[str, ...] = HEADER) -> Path:
    """A month in which the old and those on plan b leave more often."""
    chance = random.Random(month)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for row in range(rows):
            age, plan = chance.randint(18, 80), chance.choice("ab")
            left = int(chance.random() < (age - 10) / 100 + (0.2 if plan == "b" else 0))
            one = {"day": f"2026-{month:02d}-{1 + row % 28:02d}", "age": age, "plan": plan, "left": left}
            writer.writerow([one[name] for name in header])
    return path


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace whose daemon has learned from two months, and was stopped then."""
    root = tmp_path_factory.mktemp("loop") / "w"
    at = ["-w", str(root)]
    assert main(["init", str(root)]) == 0
    (root / "footplate.toml").write_text("[daemon]\nsettle_seconds = 0.1\n", "utf-8")
    (root / "recipes" / "churn.toml").write_text(RECIPE, "utf-8")
    (root / "inbox").mkdir()
    for month in (1, 2):
        write(root / "inbox" / f"month-{month}.csv", month)
    subprocess.run([sys.executable, "-m", "console", "daemon", "start", *at], check=True)
    try:
        assert main(["wait", "--timeout", "120", *at]) == 0
        assert main(["train", "churn", "--set", "model.params.max_iter=1", "--wait", *at]) in (0, 1)
    finally:
        assert main(["daemon", "stop", *at]) == 0
    yield root


@pytest.fixture
def here(learned: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FOOTPLATE_WORKSPACE", raising=False)
    monkeypatch.chdir(learned)
    return learned


def test_the_story_is_told(here: Path, say: Say, ask: Ask) -> None:
    assert [row["version"] for row in ask("data", "versions", "churn")] == [2, 1]
    assert {run["cause"] for run in ask("runs", "list")} == {"new_data", "manual"}
    champion = ask("models", "show", "churn")["champion"]
    assert "outcome" in say("why", f"churn@{champion}")
    assert "a dummy" in say("why", "1")
    assert say("runs", "logs", "1").startswith("run 1: ")
    assert ask("jobs", "logs", "1")["job"] == 1


def test_trained_by_hand_it_is_not_promoted_unasked(here: Path, ask: Ask) -> None:
    (by_hand,) = (run for run in ask("runs", "list", "--limit", "0") if run["cause"] == "manual")
    assert by_hand["params"]["max_iter"] == 1
    assert ask("models", "show", "churn")["champion"] != by_hand["model_version"]


def test_a_stopped_daemon_is_an_object_too(here: Path, ask: Ask, say: Say) -> None:
    found = ask("daemon", "status")
    assert (found["running"], found["pid"], found["watching"]) == (False, None, [])
    assert "no daemon runs here" in say("daemon", "stop")


def test_predictions_are_one_a_row_in_order(here: Path, say: Say, tmp_path: Path) -> None:
    source = write(tmp_path / "new.csv", 3, rows=50, header=HEADER[:3])
    said = say("predict", "churn", str(source), "-o", str(tmp_path / "out.csv"))
    assert said.startswith("50 rows of new.csv scored by churn v")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 50 and set(rows[0]) == {"prediction", "probability_0", "probability_1"}
    say("predict", "churn@1", str(source), "-o", str(tmp_path / "out.jsonl"))
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 50
    assert "has no column plan" in say(
        "predict", "churn", str(write(tmp_path / "bad.csv", 3, rows=3, header=("day", "age"))),
        "-o", str(tmp_path / "no.csv"), code=4,
    )
    assert not (tmp_path / "no.csv").exists()
    (tmp_path / "text.csv").write_text("day,age,plan\n2024-03-01,old,a\n")
    refused = say("predict", "churn", str(tmp_path / "text.csv"), "-o", str(tmp_path / "no.csv"), code=4)
    assert "line 2, column age: 'old' is no number\n" in refused
    assert "is no file" in say("predict", "churn", "nothing.csv", "-o", str(tmp_path / "no.csv"), code=3)


def test_a_run_is_reproduced(here: Path, say: Say, ask: Ask) -> None:
    found = ask("reproduce", "1")
    assert found["equal"] is True
    assert found["metrics"]["roc_auc"]["then"] == found["metrics"]["roc_auc"]["now"]
    assert "there is no run 99" in say("reproduce", "99", code=3)


def test_the_past_is_replayed(here: Path, say: Say, ask: Ask) -> None:
    found = ask("replay", "churn")
    assert set(found["means"]) == {"never", "always", "gated"} and len(found["files"]) == 2
    said = say("replay", "churn")
    assert "month-2.csv" in said and "policy" in said


def test_the_doctor_finds_nothing_and_then_a_changed_byte(here: Path, say: Say, ask: Ask) -> None:
    assert ask("doctor")["healthy"] is True
    assert say("doctor").startswith("✓ all is well")
    stored = Workspace.open(here).store.path(ask("data", "show", "churn@2")["hash"])
    good = stored.read_bytes()
    stored.chmod(0o600)
    try:
        stored.write_bytes(good[:-1] + b"X")
        assert "churn@2 (month-2.csv) was changed" in say("doctor", code=1)
    finally:
        stored.write_bytes(good)


def test_files_are_explored_before_there_is_a_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say, ask: Ask
) -> None:
    monkeypatch.delenv("FOOTPLATE_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    source = str(write(tmp_path / "new.csv", 3))
    assert ask("explore", source)["profile"]["columns"]["plan"]["kind"] == "category"
    said = say("explore", source, "--target", "left")
    assert said.startswith("new.csv: 200 rows, 4 columns") and "left (target)" in said
    assert "is no file" in say("explore", "nothing.csv", code=3)
    (tmp_path / "empty.csv").write_bytes(b"")
    say("explore", "empty.csv", code=4)


def test_versions_are_compared_and_shown(here: Path, say: Say, ask: Ask) -> None:
    assert {"findings", "stability"} <= set(ask("data", "diff", "churn@1", "churn@2"))
    assert "column day ran from" in say("data", "diff", "churn@1", "churn@2")
    assert ask("data", "profile", "churn@1")["rows"] == 200
    assert "to target" in say("data", "profile", "churn@1")


def test_files_are_taken_by_hand_and_versions_retired(here: Path, say: Say, ask: Ask, tmp_path: Path) -> None:
    said = say("data", "add", "churn", str(write(tmp_path / "month-3.csv", 3)))
    assert "churn@3 accepted, 200 rows" in said
    assert "the same bytes" in say("data", "add", "churn", str(tmp_path / "month-3.csv"))
    assert "footplate data restore churn@3" in say("data", "retire", "churn@3")
    assert "is retired" in say("data", "retire", "churn@3", code=5)
    assert "footplate data retire churn@3" in say("data", "restore", "churn@3")


def test_a_broken_file_is_quarantined_until_a_person_says_so(here: Path, say: Say, ask: Ask, tmp_path: Path) -> None:
    broken = write(tmp_path / "broken.csv", 4, header=("day", "age", "left"))
    assert "quarantined: column plan is missing" in say("data", "add", "churn", str(broken), code=1)
    (row,) = ask("data", "quarantine", "list")
    name = f"churn@{row['version']}"
    assert f"footplate data quarantine release {name}" in say("data", "show", name)
    assert "is discarded" in say("data", "quarantine", "discard", name)
    assert ask("data", "quarantine", "list") == []
    assert "has no bytes any more" in say("data", "quarantine", "release", name, code=5)


def test_a_model_is_exported_as_one_file(here: Path, say: Say, tmp_path: Path) -> None:
    import zipfile

    say("models", "export", "churn@1", "-o", str(tmp_path / "churn.zip"))
    with zipfile.ZipFile(tmp_path / "churn.zip") as found:
        assert "manifest.json" in found.namelist()
        json.loads(found.read("manifest.json"))
    assert "has no version 99" in say("models", "export", "churn@99", "-o", str(tmp_path / "no.zip"), code=3)


def test_the_daemon_is_installed_for_this_user(
    here: Path, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    said = say("daemon", "install")
    assert str(here) in said or list(tmp_path.rglob("*.service"))
