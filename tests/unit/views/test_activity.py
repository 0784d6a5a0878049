"""Jobs and events as the contract has them, and a line a decision."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from core.errors import NotFound, UsageError
from core.registry import jobs
from core.services import notes, release
from core.services import recipes as recipe_service
from core.services import versions as version_service
from core.services.failing import give_up
from core.views import activity
from core.vocabulary import Cause, JobKind, Verdict
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.unit.views.past import Past


def lines(workspace: Workspace, after: int = 0) -> list[str]:
    return [line for _, line in activity.story(workspace, after=after)]


# -- jobs


def test_job_key_by_key(past: Past, clock: FakeClock) -> None:
    id = past.job(cause=Cause.MANUAL)
    clock.go_on(5)
    fence = past.start(id)
    clock.go_on(60)
    with past.write() as tx:
        jobs.fail(tx, fence, "out of memory")
    made = activity.job(past.workspace, id).to_json()
    assert made == {
        "id": 1, "kind": "train", "state": "failed", "cause": "manual", "attempts": 1, "error": "out of memory",
        "queued_at": "2026-03-02T09:00:00.000000+00:00", "started_at": "2026-03-02T09:00:05.000000+00:00",
        "ended_at": "2026-03-02T09:01:05.000000+00:00",
    }
    assert [*made] == [
        "id", "kind", "state", "cause", "attempts", "error", "queued_at", "started_at", "ended_at",
    ]


def test_jobs_newest_first_and_asked_for(past: Past) -> None:
    past.job()
    past.failed_job("no disk", kind=JobKind.INGEST)
    past.job("birds")
    shown = activity.jobs(past.workspace)
    assert [(one.id, one.kind, one.state, one.subject) for one in shown] == [
        (3, "train", "queued", "birds"), (2, "ingest", "failed", "churn"), (1, "train", "queued", "churn"),
    ]

    def found(where: str) -> list[int]:
        return [one.id for one in activity.jobs(past.workspace, where=where)]

    assert found("state=failed") == [2]
    assert found("kind:eq:ingest") == [2]
    assert found("subject=churn kind=train") == [1]
    assert found("birds") == [3]
    assert found("error~disk") == [2]
    with pytest.raises(UsageError, match="is never 'done'"):
        found("state=done")


def test_job_that_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="there is no job 7"):
        activity.job(workspace, 7)


def test_job_log(past: Past) -> None:
    id = past.job()
    assert activity.job_log(past.workspace, id) == ()
    path = past.workspace.logs / "jobs" / f"{id}.log"
    path.parent.mkdir(exist_ok=True)
    path.write_text("one\ntwo\n", "utf-8")
    assert activity.job_log(past.workspace, id, lines=1) == ("two",)


# -- events


def test_event_key_by_key(past: Past) -> None:
    past.job()
    newest = activity.events(past.workspace).rows[0]
    made = newest.to_json()
    assert [*made] == ["id", "at", "kind", "actor", "subject", "payload", "hash", "previous_hash"]
    assert made["kind"] == "JobQueued"
    assert made["subject"] == "job 1"
    assert made["actor"] == "daemon"
    assert made["payload"] == {"kind": "train", "cause": "new_data", "key": "train:churn:new_data", "not_before": None}
    assert made["at"] == "2026-03-02T09:00:00.000000+00:00"
    assert made["previous_hash"] == activity.events(past.workspace).rows[1].hash
    json.dumps(made, allow_nan=False)


def test_events_by_kind_subject_and_what_came_after(past: Past) -> None:
    past.recipe()
    past.version()
    past.job()

    def found(**asked: object) -> list[str]:
        return [one.kind for one in activity.events(past.workspace, **asked)]  # type: ignore[arg-type]

    everything = found(order="id", limit=0)
    assert everything == ["WorkspaceCreated", "DatasetVersionAdded", "DatasetVersionAccepted", "JobQueued"]
    assert found() == everything[::-1]
    assert found(kind="JobQueued") == ["JobQueued"]
    assert found(subject="churn@1") == ["DatasetVersionAccepted", "DatasetVersionAdded"]
    assert found(since=2) == ["DatasetVersionAccepted", "JobQueued"]
    assert found(since=2, limit=1) == ["DatasetVersionAccepted"]
    assert found(since=4) == []
    assert found(where="kind=JobQueued at>=2026-03-02") == ["JobQueued"]
    assert found(where="subject~churn", order="at") == ["DatasetVersionAdded", "DatasetVersionAccepted"]
    assert activity.last_event(past.workspace) == 4


# -- the story


def test_a_line_a_decision(past: Past, clock: FakeClock) -> None:
    past.recipe()
    clock.go_on(14 * 60)
    past.version(rows=800)
    past.run([past.version(rows=404)], champion_value=None)
    past.run([1, 2])
    assert lines(past.workspace)[0] == (
        "09:14 churn@2  404 rows ok -> .812 against .500 on 602 (-.004 to +.016) -> promoted"
    )


def test_lines_of_runs(past: Past) -> None:
    past.recipe()
    data = [past.version(rows=1000), past.version(rows=204)]
    past.run(data)
    past.run(data, verdict=Verdict.FAILED, value=0.64, cause=Cause.RECIPE_CHANGE)
    past.run(data, verdict=Verdict.FAILED, value=0.64, cause=Cause.MANUAL, actor="ann@host")
    past.run(data, verdict=Verdict.FAILED, value=0.64, cause=Cause.SCHEDULE)
    past.run([*data, past.version(rows=7)], verdict=Verdict.INSUFFICIENT_DATA)
    past.run(data, verdict=Verdict.NEEDS_APPROVAL, cause=Cause.RECIPE_CHANGE)
    refused = ".640 against .806 on 602 (-.004 to +.016) -> refused: the champion stays"
    assert lines(past.workspace) == [
        "09:00 churn@1-2  1,204 rows ok -> .812 against .806 on 602 (-.004 to +.016) -> promoted",
        f"09:00 churn recipe a1b2c3d4 -> {refused}",
        f"09:00 churn run 3 by ann@host -> {refused}",
        f"09:00 churn run 4, the schedule -> {refused}",
        ("09:00 churn@3  7 rows ok -> 142 rows may judge and 200 are needed"
        " -> waiting for more unseen rows; they accumulate"),
        ("09:00 churn recipe a1b2c3d4 -> .812 against .806 on 602 (-.004 to +.016)"
        " -> waiting: v2 waits for a person: it needs approval"),
    ]


def test_lines_of_data(past: Past) -> None:
    past.recipe()
    past.version(reason="column age is missing\x07")
    past.version(rows=300, labelled=0)
    past.version()
    version_service.retire(past.workspace, "churn@3")
    version_service.restore(past.workspace, "churn@3")
    version_service.discard(past.workspace, "churn@1")
    assert [line for line in lines(past.workspace) if "run" not in line] == [
        "09:00 churn@1  quarantined: column age is missing␇",
        "09:00 churn@2  300 rows ok, without labels",
        "09:00 churn@3  retired by tester",
        "09:00 churn@3  accepted again by tester",
        "09:00 churn@1  discarded by tester",
    ]


def test_lines_of_people(past: Past) -> None:
    past.recipe()
    data = [past.version()]
    past.run(data)
    past.run(data)
    workspace, start = past.workspace, activity.last_event(past.workspace)
    release.rollback(workspace, "churn")
    release.resume(workspace, "churn")
    release.promote(workspace, "churn", 2)
    release.hold(workspace, "churn", "looks odd")
    recipe_service.pause(workspace, "churn")
    recipe_service.resume(workspace, "churn")
    notes.note(workspace, 1, "not a decision")
    assert lines(workspace, after=start) == [
        "09:00 churn champion v1, before it was v2: rolled back by a person (tester)",
        "09:00 churn held by tester: rolled back from v2",
        "09:00 churn resumed by tester",
        "09:00 churn champion v2, before it was v1: promoted by a person (tester)",
        "09:00 churn held by tester: looks odd",
        "09:00 churn paused by tester",
        "09:00 churn resumed by tester",
    ]


def test_a_failure_is_told_once(past: Past) -> None:
    past.recipe()
    data = [past.version()]
    _, fence = past.begin(data)
    with past.write() as tx:
        give_up(tx, fence, "out of memory")
    past.failed_job("the disk is full", kind=JobKind.INGEST)
    assert lines(past.workspace) == [
        "09:00 churn@1  1,204 rows ok -> failed: out of memory",
        "09:00 job 2 failed: the disk is full",
    ]


def test_a_recipe_that_cannot_be_read(workspace: Workspace) -> None:
    (workspace.recipes / "churn.toml").write_text("watch = ", "utf-8")
    recipe_service.sync(workspace)
    (line,) = lines(workspace)
    assert line.startswith("09:00 churn recipe cannot be used: ")


def test_another_day_is_named(past: Past, clock: FakeClock) -> None:
    past.recipe()
    past.version(rows=3, labelled=0)
    clock.go_on(timedelta(days=1).total_seconds())
    assert lines(past.workspace) == ["2026-03-02 09:00 churn@1  3 rows ok, without labels"]


@pytest.fixture
def _oslo(workspace: Workspace) -> None:
    (workspace.root / "footplate.toml").write_text('time_zone = "Europe/Oslo"\n', "utf-8")


@pytest.mark.usefixtures("_oslo")
def test_times_are_those_of_the_workspace(past: Past) -> None:
    past.recipe()
    past.version(rows=3, labelled=0)
    assert lines(past.workspace) == ["10:00 churn@1  3 rows ok, without labels"]


def test_a_story_goes_on_where_it_was_left(past: Past) -> None:
    past.recipe()
    data = [past.version()]
    for _ in range(3):
        past.run(data)
    told: list[str] = []
    last = 0
    while part := activity.story(past.workspace, after=last, limit=1):
        last = part[-1][0]
        told.append(part[0][1])
    assert told == lines(past.workspace)
    assert len(told) == 3


def test_labelled_rows_do_not_stop_a_story(past: Past) -> None:
    """Thousands of accepted files are no decisions: the page after them is not empty."""
    past.recipe()
    for _ in range(5):
        past.version()
    past.run([1])
    assert len(activity.story(past.workspace, limit=1)) == 1
    assert len(activity.decisions(past.workspace, limit=1)) == 1


def test_decisions_newest_first(past: Past) -> None:
    past.recipe()
    past.version(reason="column age is missing")
    past.run([past.version()])
    release.hold(past.workspace, "churn")
    found = activity.decisions(past.workspace)
    assert [(one.name, one.outcome, one.run) for one in found] == [
        ("churn", "held", None), ("churn", "promoted", 1), ("churn", "quarantined", None),
    ]
    assert [one.line for one in found][::-1] == lines(past.workspace)
    first = activity.decisions(past.workspace, limit=1)
    assert activity.decisions(past.workspace, limit=1, after=first.next).rows == (found.rows[1],)
    assert [*found.rows[1].to_json()] == ["event", "at", "subject", "name", "run", "outcome", "text"]
    assert [one.outcome for one in activity.decisions(past.workspace, where="subject~churn@")] == ["quarantined"]


def test_a_name_may_hold_what_subjects_are_made_of(past: Past) -> None:
    past.recipe("a@b c")
    past.version("a@b c", rows=3, labelled=0)
    (one,) = activity.decisions(past.workspace)
    assert one.name == "a@b c"
    assert one.text == "a@b c@1  3 rows ok, without labels"
