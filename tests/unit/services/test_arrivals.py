"""Files that wait in watched folders, and why each does; what starts runs by itself, and when next."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from core.errors import UsageError
from core.registry import datasets, jobs, sources
from core.services import arrivals, recipes, triggers
from core.services.folders import Settler, look
from core.services.watching import watched
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.fakes.lab import RECIPE, Lab, learnable


@pytest.fixture
def lab(workspace: Workspace, clock: FakeClock) -> Lab:
    """A recipe that watches a folder with two files, an hour old, and one that is still being copied."""
    made = Lab(workspace)
    inbox = workspace.root / "inbox"
    inbox.mkdir()
    for name in ("a.csv", "b.csv", "c.csv.part"):
        (inbox / name).write_text("x,y\n1,0\n")
        old = (clock.now() - timedelta(hours=1)).timestamp()
        os.utime(inbox / name, (old, old))
    return made


def told(workspace: Workspace, *, daemon: bool = True) -> dict[str, str]:
    return {one.file: one.why for one in arrivals.waiting(workspace, daemon=daemon)}


def seen(workspace: Workspace) -> None:
    """The daemon's look at the folder."""
    settler = Settler(2.0, workspace.clock)
    look(workspace, watched(workspace, recipes.known(workspace))["churn"], settler)


def test_why_a_file_waits(lab: Lab, clock: FakeClock) -> None:
    workspace = lab.workspace
    assert told(workspace, daemon=False) == {
        "a.csv": "no daemon runs", "b.csv": "no daemon runs",
        "c.csv.part": "left alone: names like this are not meant to be read, or not yet",
    }
    assert told(workspace)["a.csv"] == "the next look at the folder takes it"
    now = clock.now().timestamp()
    os.utime(workspace.root / "inbox" / "b.csv", (now, now))
    assert "taken once it has stood still for 2 s" in told(workspace)["b.csv"]
    seen(workspace)
    with workspace.registry.read() as connection:
        [job] = jobs.live(connection)
    assert told(workspace)["a.csv"] == f"job {job['id']} takes it: queued"
    recipes.pause(workspace, "churn")
    assert told(workspace)["a.csv"] == "the recipe is paused"


def test_what_was_taken_waits_no_more(lab: Lab) -> None:
    workspace = lab.workspace
    seen(workspace)
    assert arrivals.counts(arrivals.waiting(workspace, daemon=True)) == {"churn": 2}
    with workspace.registry.read() as connection:
        pending = sources.pending(connection, "churn")
    version = version_id(lab)
    with workspace.registry.write("daemon") as tx:
        sources.take(tx, pending[0], version)
    left = arrivals.waiting(workspace, daemon=True)
    assert arrivals.counts(left) == {"churn": 1}
    assert os.fsdecode(pending[0].path).rpartition("/")[2] not in {one.file for one in left}


def version_id(lab: Lab) -> int:
    lab.add("z.csv", learnable(30))
    with lab.workspace.registry.read() as connection:
        return int(datasets.learnable(connection, "churn")[0]["id"])


def test_it_is_filtered_ordered_and_only_of_one_recipe(lab: Lab) -> None:
    workspace = lab.workspace
    found = arrivals.waiting(workspace, "churn", daemon=False, where="never=true")
    assert [one.file for one in found] == ["c.csv.part"]
    assert arrivals.waiting(workspace, daemon=False, order="-file")[0].file == "c.csv.part"
    assert arrivals.waiting(workspace, "other", daemon=False) == []
    with pytest.raises(UsageError, match="no field"):
        arrivals.waiting(workspace, daemon=False, where="fiel=a")


def test_triggers_say_whether_and_when(lab: Lab, clock: FakeClock) -> None:
    workspace = lab.workspace
    found = {one.kind: one for one in triggers.triggers(workspace)}
    assert (found["new_data"].state, found["recipe_change"].state, found["schedule"].state) == ("on", "on", "off")
    assert found["new_data"].free_at is None and found["schedule"].says == "no cron line"
    lab.recipe(RECIPE + '[triggers]\nnew_data = false\nrecipe_change = false\nschedule = "0 3 * * *"\n')
    found = {one.kind: one for one in triggers.triggers(workspace)}
    assert (found["new_data"].state, found["recipe_change"].state, found["schedule"].state) == ("off", "off", "on")
    lab.recipe(RECIPE + "[triggers]\nruns_per_day = 1\n")
    lab.add("z.csv", learnable(60))
    assert lab.work(), "the one run of today"
    now = {one.kind: one for one in triggers.triggers(workspace)}
    assert now["new_data"].why == "1 runs today: the budget is 1 a day" and now["new_data"].free_at is not None
    recipes.pause(workspace, "churn")
    assert {one.state for one in triggers.triggers(workspace)} == {"paused"}
