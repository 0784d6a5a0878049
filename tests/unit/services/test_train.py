"""A run by itself: which recipe it goes by, and what it decides."""

from __future__ import annotations

import pytest

from core.errors import BadRecipe, Conflict
from core.registry import jobs, models, runs
from core.services import asking, learning, release
from core.services.recipes import in_force, of_version, remember_version
from core.views import runs as views
from core.vocabulary import Cause, RunState
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable

FASTER = RECIPE.replace("max_iter = 5", "max_iter = 6")


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    """With a champion."""
    made = Lab(workspace)
    made.add("a.csv", learnable(100, 1))
    [run] = made.work()
    assert run["decision"]["outcome"] == "promoted"
    return made


def champion(lab: Lab) -> int | None:
    with lab.workspace.registry.read() as connection:
        return models.alias(connection, "churn")


def test_a_recipe_that_was_saved_a_moment_ago_is_kept_with_its_own_text(lab: Lab) -> None:
    """The daemon has not looked yet; the run goes by the file, and what is kept has to be what it went by."""
    with lab.workspace.registry.write("daemon") as tx:
        learning.ask(tx, in_force(lab.workspace, "churn").recipe, Cause.RECIPE_CHANGE)
    lab.recipe(FASTER, known=False)
    [run] = lab.work()
    assert run["params"]["max_iter"] == 6
    with lab.workspace.registry.read() as connection:
        kept = runs.recipe_version(connection, run["recipe_version_id"])
    assert kept["text"] == FASTER
    assert of_version(lab.workspace, kept).recipe.model.params == {"max_iter": 6}


def test_settings_do_not_promote_unless_asked_to(lab: Lab) -> None:
    asking.request(lab.workspace, "churn", settings={"model.params.max_iter": "7"})
    [run] = lab.work()
    assert (run["decision"]["outcome"], run["params"]["max_iter"]) == ("registered", 7)
    assert champion(lab) == 1
    asking.request(lab.workspace, "churn", settings={"model.params.max_iter": "7"}, promote=True)
    [run] = lab.work()
    assert run["decision"]["outcome"] == "promoted"


def test_a_lowered_bar_waits_for_a_person_even_with_promote(lab: Lab) -> None:
    asking.request(lab.workspace, "churn", settings={"gate.max_drop": "1.0"}, promote=True)
    [run] = lab.work()
    assert run["decision"]["outcome"] == "waiting"
    assert champion(lab) == 1
    release.approve(lab.workspace, "churn")
    assert champion(lab) == 2


def test_a_hold_stops_promotion_and_nothing_else(lab: Lab) -> None:
    release.hold(lab.workspace, "churn")
    lab.add("b.csv", learnable(100, 2))
    [run] = lab.work()
    assert run["decision"]["outcome"] == "registered"
    assert champion(lab) == 1


def test_too_few_unseen_rows_accumulate(lab: Lab) -> None:
    for number in range(2):
        lab.add(f"few{number}.csv", learnable(25, 10 + number))
        [run] = lab.work()
    assert run["decision"]["outcome"] != "waiting"
    assert (run["basis"]["rows_judgeable"], run["basis"]["kind"]) == (50, "unseen")


def test_a_version_of_another_dataset_is_refused_at_once(lab: Lab) -> None:
    (lab.workspace.recipes / "other.toml").write_text(RECIPE.replace("inbox", "elsewhere"))
    with pytest.raises(Conflict, match="other learns from other, not from churn"):
        asking.request(lab.workspace, "other", data="churn@1")


@pytest.mark.parametrize("task", ["classification", "auto"])
def test_a_target_with_a_value_of_its_own_in_every_row_is_no_class(workspace: Workspace, task: str) -> None:
    lab = Lab(workspace, f'task = "{task}"\n{RECIPE}')
    lab.add("a.csv", [[number, f"person {number}"] for number in range(100)])
    with pytest.raises(BadRecipe, match=r"target y holds 100 different values in 100 rows") as said:
        lab.work()
    assert "regression" in said.value.hint


def test_a_run_leaves_its_pictures_and_its_learning_curve(workspace: Workspace) -> None:
    lab = Lab(workspace)
    lab.add("a.csv", learnable(400, 1))
    [run] = lab.work()
    full = views.show(workspace, run["id"])
    assert set(full.pictures) == {"confusion", "roc", "pr", "calibration", "scores", "importance"}
    assert [one["column"] for one in full.pictures["importance"]["columns"]] == ["x"]
    assert [step for step, _ in full.points["holdout_log_loss"]] == [1, 2, 3, 4, 5]
    [file] = [file for file in full.artifacts if file.name == "curves.json"]
    assert file.bytes < 20_000
    assert full.environment is not None and full.environment["seconds"]["pictures"] > 0


def test_points_of_an_attempt_that_did_not_end_are_forgotten(lab: Lab) -> None:
    asking.request(lab.workspace, "churn")
    with lab.workspace.registry.write("daemon") as tx:
        [job] = jobs.claimable(tx.connection)
        one = in_force(lab.workspace, "churn")
        begun = runs.add(tx, {
            "recipe": "churn", "recipe_version_id": remember_version(tx, one, None), "job_id": job["id"],
            "state": RunState.RUNNING, "cause": Cause.MANUAL, "params": {}, "actor": "ann",
        })
        runs.put_points(tx, begun, [("holdout_log_loss", 900, 1.0), ("of before", 1, 1.0)])
    [run] = lab.work()
    assert run["id"] == begun
    assert {name: len(points) for name, points in views.show(lab.workspace, begun).points.items()} == {
        "holdout_log_loss": 5,
    }
