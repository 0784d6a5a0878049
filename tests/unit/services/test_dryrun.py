"""Dry runs say what would happen, and touch nothing: registry, store, folders and files are the same afterwards."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotFound, UsageError
from core.services import dryrun, recipes, rehearsal, release
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.lab import RECIPE, Lab, learnable

OTHER = 'watch = "elsewhere"\ntarget = "y"\n'


def written(path: Path, rows: list[list[object]], header: str = "x,y") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def everything(workspace: Workspace) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """All that the registry says, and every file below the workspace with its size and time."""
    with sqlite3.connect(f"file:{workspace.registry.path}?mode=ro", uri=True) as connection:
        said = list(connection.iterdump())
    connection.close()
    files = {}
    for folder, _, names in os.walk(workspace.root):
        for name in names:
            path = Path(folder) / name
            if not name.startswith("registry.db"):
                files[str(path)] = (path.stat().st_size, path.stat().st_mtime_ns)
    return said, files


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A champion, on 200 rows of two files, made once."""
    workspace, _ = Workspace.init(tmp_path_factory.mktemp("trained") / "workspace", actor="tester", clock=FakeClock())
    made = Lab(workspace)
    made.add("a.csv", learnable(100, 1))
    made.add("b.csv", learnable(100, 2))
    made.work()
    workspace.close()
    return workspace.root


@pytest.fixture
def lab(trained: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Lab]:
    root = tmp_path / "workspace"
    shutil.copytree(trained, root)
    workspace = Workspace.open(root, actor="tester", clock=clock)
    yield Lab(workspace)
    workspace.close()


def file(lab: Lab, path: Path, name: str = "") -> dict[str, Any]:
    before = everything(lab.workspace)
    found = dryrun.file_arrives(lab.workspace, str(path), name)
    assert everything(lab.workspace) == before, "a dry run touches nothing"
    return found


def recipe(lab: Lab, text: str, name: str = "churn") -> dict[str, Any]:
    before = everything(lab.workspace)
    found = rehearsal.recipe_saved(lab.workspace, lab.workspace.recipes / f"{name}.toml", text)
    assert everything(lab.workspace) == before, "a dry run touches nothing"
    return found


# -- files


def test_a_file_that_would_be_accepted_and_learned_from(lab: Lab) -> None:
    found = file(lab, written(lab.workspace.root / "inbox" / "c.csv", learnable(100, 3)))
    assert (found["verdict"], found["version"], found["taken"]) == ("accepted", "churn@3", "it is in a watched folder")
    assert (found["rows"], found["labelled"], found["new_rows"], found["supersedes"]) == (100, 100, 100, [])
    [run] = found["runs"]
    assert (run["would"], run["why"], run["not_before"]) == (True, "at once", None)
    judges = found["judges"]
    assert (judges["rows"], judges["of"], judges["needed"], judges["enough"]) == (50, 100, 20, True)
    assert judges["basis"] == "unseen" and 15 <= judges["rarest"] <= 25
    assert "compared with the champion v1" in found["then"][0]


def test_a_file_that_would_be_quarantined(lab: Lab) -> None:
    found = file(lab, written(lab.workspace.root / "inbox" / "c.csv", [["oops", "yes"]] * 9))
    assert (found["verdict"], found["runs"]) == ("quarantined", [])
    assert found["reasons"][0]["check"] == "retyped_column" and "for a person" in found["then"][0]


def test_the_same_bytes_and_rows_that_were_seen_already(lab: Lab) -> None:
    found = file(lab, lab.workspace.root / "a.csv")
    assert (found["verdict"], found["same"], found["runs"]) == ("same", "churn@1", [])
    rows = [*learnable(100, 1)[:50], *learnable(10, 9)]
    found = file(lab, written(lab.workspace.root / "inbox" / "c.csv", rows))
    assert (found["new_rows"], found["judges"]["of"], found["judges"]["enough"]) == (10, 10, False)


def test_a_snapshot_would_supersede_its_predecessor(lab: Lab) -> None:
    rows = [*learnable(100, 2), *learnable(40, 5)]
    assert file(lab, written(lab.workspace.root / "inbox" / "c.csv", rows))["supersedes"] == ["churn@2"]


def test_rows_older_than_what_the_champion_has_seen_never_judge(lab: Lab) -> None:
    found = file(lab, written(lab.workspace.root / "inbox" / "a0.csv", learnable(80, 6)))
    assert found["late"] and found["judges"]["basis"] == "recipes"


def test_what_stops_a_run_is_told(lab: Lab) -> None:
    path = written(lab.workspace.root / "inbox" / "c.csv", learnable(60, 7))
    recipes.pause(lab.workspace, "churn")
    assert "the recipe is paused" in file(lab, path)["runs"][0]["why"]
    recipes.resume(lab.workspace, "churn")
    release.hold(lab.workspace, "churn")
    assert "held" in file(lab, path)["then"][0]
    lab.recipe(RECIPE + "[triggers]\nnew_data = false\n")
    found = file(lab, path)["runs"][0]
    assert (found["would"], found["why"]) == (False, "[triggers] new_data is off")
    unlabelled = written(lab.workspace.root / "inbox" / "d.csv", [[1, ""], [2, ""]])
    lab.recipe(RECIPE)
    assert "no row has a label" in file(lab, unlabelled)["runs"][0]["why"]


def test_the_budget_of_the_day_puts_a_run_off(lab: Lab) -> None:
    lab.recipe(RECIPE + "[triggers]\nruns_per_day = 1\n")
    found = file(lab, written(lab.workspace.root / "inbox" / "c.csv", learnable(60, 7)))["runs"][0]
    assert "the budget is 1 a day" in found["why"] and found["not_before"].endswith("00:00:00.000000+00:00")


def test_names_that_are_not_meant_to_be_read_and_patterns(lab: Lab) -> None:
    inbox = lab.workspace.root / "inbox"
    assert file(lab, written(inbox / "c.csv.part", learnable(9)))["verdict"] == "ignored"
    lab.recipe(RECIPE + '[data]\npattern = "*.csv"\n')
    assert "pattern" in file(lab, written(inbox / "c.txt", learnable(9)))["taken"]


def test_which_dataset_is_meant(lab: Lab, tmp_path: Path) -> None:
    path = written(tmp_path / "c.csv", learnable(50, 8))
    assert file(lab, path)["taken"] == "copied into inbox"
    (lab.workspace.recipes / "other.toml").write_text(OTHER)
    with pytest.raises(UsageError, match="lies in no watched folder"):
        file(lab, path)
    found = file(lab, path, "churn")
    assert found["taken"].startswith("by hand") and found["version"] == "churn@3"
    with pytest.raises(NotFound):
        file(lab, tmp_path / "nowhere.csv")


def test_without_any_recipe_nothing_takes_a_file(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no recipe"):
        dryrun.file_arrives(workspace, str(written(tmp_path / "a.csv", [[1, 2]])))


def test_the_first_file_of_a_recipe_that_nobody_has_taken_up(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.recipes / "churn.toml").write_text(RECIPE)
    found = dryrun.file_arrives(workspace, str(written(tmp_path / "a.csv", learnable(100))))
    assert (found["version"], found["judges"]["basis"]) == ("churn@1", "first")


# -- recipes


def test_a_recipe_that_learns_something_else_leads_to_a_run(lab: Lab) -> None:
    found = recipe(lab, RECIPE.replace("max_iter = 5", "max_iter = 6"))
    assert (found["valid"], found["changed"], found["new"], found["waits_for_person"]) == (True, True, False, False)
    assert found["changes"] == [{"key": "model.params.max_iter", "before": 5, "after": 6}]
    assert (found["run"]["would"], found["run"]["cause"]) == (True, "recipe_change")
    assert found["judges"]["basis"] == "recipes"


def test_what_is_learned_stays_the_same(lab: Lab) -> None:
    found = recipe(lab, RECIPE + "# a comment\n")
    assert (found["changed"], found["changes"], found["run"]["would"]) == (False, [], False)
    found = recipe(lab, RECIPE + '[triggers]\nschedule = "0 3 * * *"\n')
    assert not found["run"]["would"] and [one["key"] for one in found["changes"]] == ["triggers.schedule"]


def test_a_lowered_bar_waits_for_a_person(lab: Lab) -> None:
    found = recipe(lab, RECIPE.replace("min_rows = 20", "min_rows = 1"))
    assert found["waits_for_person"] and "a person has to approve it" in found["then"][0]


def test_errors_come_with_key_and_hint_and_the_last_good_one_stays(lab: Lab) -> None:
    found = recipe(lab, RECIPE.replace("target", "tarjet"))
    assert not found["valid"] and found["hash"] is None
    assert "did you mean target?" in found["problems"][0]["message"]
    assert "stays in force" in found["then"][0]
    found = recipe(lab, RECIPE.replace('"y"', '"yy"'))
    [problem] = found["problems"]
    assert (problem["key"], problem["hint"]) == ("data.target", "did you mean 'y'?")
    assert found["run"]["would"] and "would fail" in found["run"]["why"]


def test_a_new_recipe_and_a_name_that_is_taken(lab: Lab) -> None:
    found = recipe(lab, OTHER, "other")
    assert (found["new"], found["folder"]["there"]) == (True, False)
    assert "no labelled version" in found["run"]["why"]
    found = recipe(lab, 'name = "churn"\n' + OTHER, "other")
    assert found["problems"][0]["key"] == "name"


def test_a_dry_run_agrees_with_what_then_happens(lab: Lab) -> None:
    """The rules are asked beforehand, and then saving does it."""
    for text in (RECIPE.replace("max_iter = 5", "max_iter = 7"), RECIPE + "\n# again\n", RECIPE):
        expected = recipe(lab, text)["run"]["would"]
        with lab.workspace.registry.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM job").scalar()
        lab.recipe(text)
        with lab.workspace.registry.read() as connection:
            assert (connection.exec_driver_sql("SELECT count(*) FROM job").scalar() > count) == expected, text
        lab.work()
