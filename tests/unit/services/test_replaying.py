"""A replay that is kept: by hand or as a job, the last one of each recipe."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import Conflict, NotFound
from core.registry import jobs
from core.services import replaying, upkeep
from core.services.replay import replay
from core.views import replays
from core.vocabulary import JobState
from core.workspace import Workspace
from tests.fakes.lab import Lab, learnable


def test_what_was_replayed_is_shown_as_it_was_and_replaced_by_the_next(workspace: Workspace) -> None:
    lab = Lab(workspace)
    for number in range(3):
        lab.add(f"{number}.csv", learnable(60, number))
    assert replays.last(workspace, "churn") is None
    found = replay(workspace, "churn")
    replaying.remember(workspace, found)
    kept = replays.last(workspace, "churn")
    assert kept is not None
    assert kept.series("gated") == tuple(step.scores["gated"] for step in found.steps)
    made = kept.to_json()
    assert {key: made[key] for key in found.to_json()} == found.to_json()
    assert (kept.at, kept.actor) == (workspace.clock.now(), "tester")
    lab.add("3.csv", learnable(60, 3))
    job = replaying.request(workspace, "churn")
    with workspace.registry.write("daemon") as tx:
        fence = jobs.claim(tx, job, timedelta(minutes=2))
    assert fence is not None
    with workspace.registry.read() as connection:
        row = jobs.running(connection, fence)
    assert row is not None
    told: list[str] = []
    replaying.run(workspace, fence, row, told.append)
    with workspace.registry.read() as connection:
        assert jobs.get(connection, job)["state"] == JobState.FINISHED  # type: ignore[index]
    newer = replays.last(workspace, "churn")
    assert newer is not None and len(newer.steps) == 4 == len(told)
    assert not any("belong to nothing" in note for note in upkeep.doctor(workspace).notes)


def test_one_file_is_too_few_and_no_recipe_is_none(workspace: Workspace) -> None:
    lab = Lab(workspace)
    lab.add("a.csv", learnable(60, 1))
    with pytest.raises(Conflict, match="1 labelled files: a replay needs two"):
        replaying.request(workspace, "churn")
    with pytest.raises(NotFound):
        replaying.request(workspace, "churm")
