"""`footplate wait`: it is over when nothing is left, and it does not wait for nobody."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.registry import jobs
from core.services import recipes, waiting
from core.services.watching import watched
from core.services.work import ingest_request
from core.vocabulary import JobState
from core.workspace import Workspace
from tests.fakes.clock import START


@pytest.fixture
def house(workspace: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A recipe that watches an empty folder; real time, as people wait in."""
    (workspace.recipes / "churn.toml").write_text(f'watch = "{tmp_path}/inbox"\ntarget = "y"\n')
    (tmp_path / "inbox").mkdir()
    opened = Workspace.open(workspace.root, actor="tester")
    recipes.sync(opened)
    yield opened
    opened.close()


def drop(tmp_path: Path, name: str = "a.csv", *, old: bool = True) -> None:
    path = tmp_path / "inbox" / name
    path.write_text("y\n1\n")
    if old:
        os.utime(path, (1, 1))


def left(workspace: Workspace) -> str:
    return waiting.work_left(workspace, {})


def test_nothing_is_left(house: Workspace) -> None:
    assert left(house) == ""
    assert waiting.wait(house, 5, daemon_runs=lambda: False)


def test_no_recipe_no_work(workspace: Workspace) -> None:
    assert waiting.wait(workspace, 5, daemon_runs=lambda: False)


def test_work_and_nobody_to_do_it_is_told_at_once(house: Workspace, tmp_path: Path) -> None:
    drop(tmp_path)
    told: list[str] = []
    began = time.monotonic()
    assert not waiting.wait(house, 60, daemon_runs=lambda: False, tell=told.append)
    assert time.monotonic() - began < 10
    assert told == ["ingest queued"]


def test_a_settling_file_is_waited_for_also_without_a_daemon(house: Workspace, tmp_path: Path) -> None:
    (house.root / "footplate.toml").write_text("[daemon]\nsettle_seconds = 0.3\n")
    drop(tmp_path, old=False)
    told: list[str] = []
    assert not waiting.wait(
        Workspace.open(house.root, actor="tester"), 60, daemon_runs=lambda: False, tell=told.append
    )
    assert told[0] == "1 files settling"
    assert told[-1] == "ingest queued"


def test_time_is_up(house: Workspace) -> None:
    with house.registry.write("me") as tx:
        jobs.enqueue(tx, ingest_request("churn"))
    began = time.monotonic()
    assert not waiting.wait(house, 0.3, daemon_runs=lambda: True)
    assert time.monotonic() - began >= 0.3


def test_it_is_over_when_the_last_job_is(house: Workspace) -> None:
    with house.registry.write("me") as tx:
        id, _ = jobs.enqueue(tx, ingest_request("churn"))

    def end() -> None:
        other = Workspace.open(house.root, actor="daemon")
        with other.registry.write("daemon") as tx:
            fence = jobs.claim(tx, id, timedelta(minutes=2))
            assert fence is not None
            jobs.finish(tx, fence)
        other.close()

    timer = threading.Timer(0.3, end)
    timer.start()
    assert waiting.wait(house, 60, daemon_runs=lambda: True)
    timer.join()


@pytest.mark.parametrize("not_before", [None, START + timedelta(days=365 * 9)])
def test_a_deferred_job_is_work(house: Workspace, not_before: object) -> None:
    request = ingest_request("churn")
    with house.registry.write("me") as tx:
        jobs.enqueue(tx, type(request)(**(vars(request) | {"not_before": not_before})))
    assert left(house) == f"ingest {JobState.DEFERRED if not_before else JobState.QUEUED}"


def test_files_whose_job_just_failed_are_work(house: Workspace, tmp_path: Path) -> None:
    drop(tmp_path)
    assert left(house) == "ingest queued"
    with house.registry.write("daemon") as tx:
        fence = jobs.claim(tx, 1, timedelta(minutes=2))
        assert fence is not None
        jobs.fail(tx, fence, "no room")
    assert left(house) == "files pending"


def test_a_paused_recipe_is_not_waited_for(house: Workspace, tmp_path: Path) -> None:
    drop(tmp_path)
    recipes.pause(house, "churn")
    assert left(house) == ""


# -- which folders


def names(workspace: Workspace) -> dict[str, str]:
    return {name: one.folder.name for name, one in watched(workspace, recipes.active(workspace)).items()}


def test_a_dataset_is_watched_once_as_its_own_recipe_says(house: Workspace, tmp_path: Path) -> None:
    """Two more recipes learn from its data, with folders of their own."""
    for name in ("another", "third"):
        text = f'watch = "{tmp_path}/{name}"\ntarget = "y"\n[data]\nname = "churn"\n'
        (house.recipes / f"{name}.toml").write_text(text)
    recipes.sync(house)
    assert names(house) == {"churn": "inbox"}
    recipes.pause(house, "churn")
    assert names(house) == {"churn": "inbox"}
    recipes.resume(house, "churn")
    (house.recipes / "churn.toml").unlink()
    recipes.sync(house)
    assert names(house) == {"churn": "another"}


def test_what_a_paused_recipe_asked_for_is_not_waited_for(house: Workspace, tmp_path: Path) -> None:
    drop(tmp_path)
    assert waiting.work_left(house, {}) == "ingest queued"
    recipes.pause(house, "churn")
    assert waiting.work_left(house, {}) == ""
    recipes.resume(house, "churn")
    assert waiting.work_left(house, {}) == "ingest queued"
