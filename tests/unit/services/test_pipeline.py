"""The way of a saved recipe: stage by stage, stopped by the first failure, gone on with by the job that is next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.automation.commits import SECONDS, Commits
from core.registry import jobs, pipelines
from core.services import git, pipeline, recipes, rehearsal, release, rollout, trial, work
from core.services.trial import TrialFailed, run_tests
from core.vocabulary import Role, StageState
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.fakes.traffic import answered
from tests.unit.services.test_smoke import do

CI = '\n[ci]\ntest = "python3 -c \\"print(6 * 7)\\""\nsmoke_rows = 100\n'
WORKS = RECIPE.replace("max_iter = 5", "max_iter = 6")
PATH = '\n[release]\npath = ["staging", "production"]\nstrategy = "canary"\nsteps = [0.5]\nmin_requests = 50\n'


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    made = Lab(workspace)
    made.add("a.csv", learnable(300))
    made.work()
    return made


def last(workspace: Workspace) -> dict[str, Any]:
    with workspace.registry.read() as connection:
        id = connection.exec_driver_sql("SELECT max(id) FROM pipeline").scalar()
        row = pipelines.get(connection, int(id or 0))
    assert row is not None
    return dict(row)


def stages(workspace: Workspace) -> dict[str, str]:
    return {one["name"]: one["state"] for one in last(workspace)["stages"]}


def message(workspace: Workspace, stage: str) -> str:
    return str(next(one["message"] for one in last(workspace)["stages"] if one["name"] == stage))


def test_a_saved_recipe_goes_all_the_way(lab: Lab) -> None:
    lab.recipe(WORKS + CI)
    assert stages(lab.workspace) == {
        "check": "passed", "tests": "waiting", "smoke fit": "waiting", "run": "waiting", "gate": "waiting",
        "production": "waiting",
    }
    lab.work()
    row = last(lab.workspace)
    assert row["state"] == "passed" and row["ended_at"] is not None
    assert {one["name"]: (one["state"], one["message"]) for one in row["stages"][:3]} == {
        "check": ("passed", "schema, names and types"), "tests": ("passed", "42"),
        "smoke fit": ("passed", "fitted on 100 rows"),
    }
    assert message(lab.workspace, "production") == "v2 serves: gate passed"
    assert row["run_id"] is not None and row["stages"][1]["job"] == row["job_id"]


def test_the_first_recipe_has_a_pipeline_too(lab: Lab) -> None:
    assert last(lab.workspace)["state"] == "passed"
    assert stages(lab.workspace)["tests"] == "skipped"
    assert message(lab.workspace, "smoke fit") == "there are no more rows than a sample would have"


def test_tests_that_fail_stop_it_and_the_next_job_tries_again(lab: Lab) -> None:
    (lab.workspace.root / "check.py").write_text("raise SystemExit('no luck today')\n", "utf-8")
    lab.recipe(WORKS + '\n[ci]\ntest = "python3 check.py"\n')
    with pytest.raises(TrialFailed, match="no luck today"):
        lab.work()
    assert last(lab.workspace)["state"] == "failed"
    assert stages(lab.workspace) == {
        "check": "passed", "tests": "failed", "smoke fit": "skipped", "run": "skipped", "gate": "skipped",
        "production": "skipped",
    }
    assert "'python3 check.py' ended with 1: no luck today" in message(lab.workspace, "tests")
    first = last(lab.workspace)["id"]
    (lab.workspace.root / "check.py").write_text("print('fine')\n", "utf-8")
    lab.add("b.csv", learnable(300, seed=1))
    with lab.workspace.registry.write("tester") as tx:  # the failed job is out of the way
        tx.execute(jobs.JOB.update().values(state="failed").where(jobs.JOB.c.state == "running"))
    lab.work()
    assert last(lab.workspace)["id"] > first
    assert stages(lab.workspace)["tests"] == "passed" and stages(lab.workspace)["check"] == "passed"


def test_a_fit_on_a_sample_that_fails_stops_it(lab: Lab) -> None:
    lab.recipe(WORKS.replace("max_iter = 6", "max_iter = 6, max_leaf_nodes = -3") + "\n[ci]\nsmoke_rows = 50\n")
    with pytest.raises(TrialFailed, match="could not be fitted"):
        lab.work()
    assert stages(lab.workspace)["smoke fit"] == "failed" and stages(lab.workspace)["run"] == "skipped"


def test_a_recipe_that_cannot_be_used_fails_its_check(lab: Lab) -> None:
    lab.recipe("nonsense")
    row = last(lab.workspace)
    assert row["state"] == "failed" and [one["name"] for one in row["stages"]] == ["check"]
    lab.recipe(WORKS.replace('target = "y"', 'target = "y"\ntime = "moon"'))
    assert "moon" in message(lab.workspace, "check")
    assert last(lab.workspace)["state"] == "failed"


def test_a_burst_of_saves_is_one(lab: Lab) -> None:
    first = last(lab.workspace)["id"]
    for rounds in (7, 8, 9):
        lab.recipe(RECIPE.replace("max_iter = 5", f"max_iter = {rounds}"))
    lab.work()
    with lab.workspace.registry.read() as connection:
        states = [
            state for (state,) in connection.exec_driver_sql("SELECT state FROM pipeline WHERE id > ?", (first,))
        ]
        runs = connection.exec_driver_sql("SELECT count(*) FROM run").scalar()
    assert states == ["skipped", "skipped", "passed"] and runs == 2


def test_one_that_has_ended_stays_as_it_ended(lab: Lab) -> None:
    """The job of an earlier save goes on for a while after the next save."""
    lab.recipe(WORKS)
    id = last(lab.workspace)["id"]
    with lab.workspace.registry.write("tester") as tx:
        pipeline.skip(tx, id, "saved again before it began")
        for stage in stages(lab.workspace):
            pipeline.end(tx, id, stage, StageState.PASSED, "too late")
        pipeline.end(tx, id, "run", StageState.FAILED, "too late")
    assert last(lab.workspace)["state"] == "skipped"


def test_what_leads_to_no_run_says_so(lab: Lab) -> None:
    lab.recipe(WORKS + "\n[triggers]\nrecipe_change = false\n")
    assert last(lab.workspace)["state"] == "skipped"
    assert message(lab.workspace, "run") == "[triggers] recipe_change is off"
    recipes.pause(lab.workspace, "churn")
    lab.recipe(RECIPE.replace("max_iter = 5", "max_iter = 8"))
    assert last(lab.workspace)["state"] == "waiting"
    assert message(lab.workspace, "smoke fit") == "the recipe is paused"


def test_a_gate_that_says_no_is_where_it_ends(lab: Lab) -> None:
    lab.recipe(RECIPE.replace("params = { max_iter = 5 }", 'estimator = "sklearn.dummy.DummyClassifier"'))
    lab.work()
    assert (stages(lab.workspace)["run"], stages(lab.workspace)["gate"]) == ("passed", "failed")
    assert "the champion stays" in message(lab.workspace, "gate")
    assert last(lab.workspace)["state"] == "failed"


def test_one_that_waits_for_a_person_goes_on_with_the_yes(lab: Lab) -> None:
    lab.recipe(WORKS.replace("[gate]", '[gate]\napproval = "human"'))
    lab.work()
    assert stages(lab.workspace)["gate"] == "waiting"
    assert "waits for a person" in message(lab.workspace, "gate")
    release.approve(lab.workspace, "churn")
    assert last(lab.workspace)["state"] == "passed"


def test_staging_smoke_requests_and_a_canary_that_fails(lab: Lab, clock: FakeClock) -> None:
    lab.recipe(WORKS + PATH)
    lab.work()
    assert stages(lab.workspace)["staging"] == "passed"
    assert stages(lab.workspace)["smoke requests in staging"] == "waiting"
    do(lab.workspace)
    assert stages(lab.workspace)["smoke requests in staging"] == "passed"
    assert stages(lab.workspace)["production"] == "running"
    answered(lab.workspace, 1, Role.STABLE, 2000)
    answered(lab.workspace, 2, Role.CANARY, 100, errors=30)
    rollout.step(lab.workspace)
    assert stages(lab.workspace)["production"] == "failed"
    assert message(lab.workspace, "production") == "errors 30.0 % against 0.0 % on 100 requests"
    assert last(lab.workspace)["state"] == "failed"


def test_a_cancelled_job_ends_it(lab: Lab) -> None:
    lab.recipe(WORKS)
    work.cancel(lab.workspace, last(lab.workspace)["job_id"])
    assert last(lab.workspace)["state"] == "skipped"


# -- commits


def commit(folder: Path) -> None:
    for words in (
        ["add", "-A", "recipes"], ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "one"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def test_a_saved_recipe_waits_for_its_commit(lab: Lab) -> None:
    root = lab.workspace.root
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    commit(root)
    before = recipes.in_force(lab.workspace, "churn")
    hints: list[str] = []
    ticks = Commits(lab.workspace, lambda: hints.append("look"))
    lab.recipe(WORKS + '\n[ci]\non = "commit"\n')
    ticks.follow(ticks.before())
    assert last(lab.workspace)["state"] == "waiting"
    assert message(lab.workspace, "check") == "it waits until it is committed in git"
    assert recipes.in_force(lab.workspace, "churn") == before
    assert lab.work() == []
    recipes.sync(lab.workspace)
    ticks.step(100.0)
    assert hints == []
    commit(root)
    ticks.step(100.0 + SECONDS)
    assert hints == ["look"]
    recipes.sync(lab.workspace)
    state = git.state_of(root)
    assert state is not None and last(lab.workspace)["commit"] == state["commit"]
    lab.work()
    assert last(lab.workspace)["state"] == "passed"
    ticks.follow(ticks.before())
    ticks.step(200.0)
    assert hints == ["look"]  # nobody waits any more


def test_a_rehearsal_says_that_it_would_wait(lab: Lab) -> None:
    text = WORKS + '\n[ci]\non = "commit"\n'
    found = rehearsal.recipe_saved(lab.workspace, lab.workspace.recipes / "churn.toml", text)
    assert "it waits until it is committed" in str(found)


def test_without_a_repository_it_says_what_is_missing(lab: Lab) -> None:
    lab.recipe(WORKS + '\n[triggers]\nrecipe_change = "commit"\n')
    assert "is in no git repository" in message(lab.workspace, "check")


# -- the project's own tests


def test_the_output_is_logged_and_the_last_line_kept(tmp_path: Path) -> None:
    said: list[str] = []
    assert run_tests(f"{sys.executable} -c \"print('one'); print('two')\"", tmp_path, 60, said.append) == "two"
    assert said == ["one", "two"]


def test_tests_that_hang_are_ended_with_all_that_they_started(tmp_path: Path) -> None:
    (tmp_path / "hang.py").write_text(
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\ntime.sleep(600)\n", "utf-8",
    )
    said: list[str] = []
    with pytest.raises(TrialFailed, match="took longer than 2 s"):
        run_tests(f"{sys.executable} hang.py", tmp_path, 2, said.append)
    assert not Path(f"/proc/{said[0]}").exists() or "Z" in Path(f"/proc/{said[0]}/stat").read_text().split()[2]


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    for line in ("no-such-thing -q", '"unfinished'):
        with pytest.raises(TrialFailed, match=r"\[ci\] test"):
            run_tests(line, tmp_path, 5, print)


def test_what_was_passed_is_not_done_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.recipe(WORKS + CI)
    with lab.workspace.registry.write("tester") as tx:
        row = last(lab.workspace)
        pipeline.end(tx, row["id"], "tests", pipeline.StageState.PASSED, "before the daemon was killed")

    def never(*given: Any) -> str:
        raise AssertionError("the tests ran again")

    monkeypatch.setattr(trial, "run_tests", never)
    lab.work()
    assert message(lab.workspace, "tests") == "before the daemon was killed"
    assert last(lab.workspace)["state"] == "passed"
