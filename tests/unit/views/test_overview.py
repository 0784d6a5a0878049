"""The verdict, what needs a person with the command that answers it, and a line a model, worst first."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.automation.lock import DaemonLock
from core.registry import jobs, recipes, sources
from core.registry import runs as rows
from core.registry.sources import Signature
from core.services import recipes as recipe_service
from core.services import release, work
from core.services import versions as version_service
from core.services.scheduling import remember
from core.views import overview
from core.views.model_line import ModelLine
from core.views.overview import Need, Overview
from core.vocabulary import Cause, EventKind, JobKind, Verdict
from core.workspace import Workspace
from tests.fakes.clock import FakeClock
from tests.unit.views.past import Past


@pytest.fixture
def daemon(workspace: Workspace) -> Iterator[DaemonLock]:
    """One that runs, as far as its lock tells, and that has beaten just now."""
    lock = DaemonLock(workspace.run)
    lock.acquire(workspace.clock)
    now = workspace.clock.now().timestamp()
    os.utime(lock.heartbeat, (now, now))
    yield lock
    lock.release()


def seen(workspace: Workspace) -> Overview:
    found = overview.overview(workspace)
    json.dumps(found.to_json(), allow_nan=False)
    return found


def need(workspace: Workspace) -> Need:
    (one,) = seen(workspace).needs
    return one


def line(workspace: Workspace, name: str = "churn") -> ModelLine:
    return next(one for one in seen(workspace).models if one.name == name)


# -- the verdict


def test_an_empty_workspace_is_well(workspace: Workspace) -> None:
    found = seen(workspace)
    assert (found.verdict, found.well, found.needs, found.models) == ("all well", True, (), ())
    assert [*found.to_json()] == ["verdict", "well", "needs", "models", "daemon", "loop", "disk"]


@pytest.mark.usefixtures("daemon")
def test_all_well(past: Past) -> None:
    past.recipe()
    past.run([past.version()])
    assert seen(past.workspace).verdict == "all well"


@pytest.mark.usefixtures("daemon")
def test_two_need_you(past: Past) -> None:
    past.recipe()
    past.version(reason="column age is missing", file="may.csv")
    past.run([past.version(file="june.csv")])
    past.run([2], verdict=Verdict.NEEDS_APPROVAL, cause=Cause.RECIPE_CHANGE)
    found = seen(past.workspace)
    assert found.verdict == (
        "2 need you: churn v2 waits for approval: .812 against .806 on 602 (-.004 to +.016);"
        " churn@1 is quarantined: column age is missing"
    )
    assert not found.well
    assert found.loop.approvals == 1


# -- what needs a person


def test_no_daemon_where_there_is_something_to_do(past: Past) -> None:
    past.recipe()
    one = need(past.workspace)
    assert (one.kind, one.text, one.command, one.key) == ("daemon", "no daemon runs", "footplate daemon start", "S")
    past.job()
    assert need(past.workspace).text == "no daemon runs and a job waits"
    past.job(cause=Cause.MANUAL)
    assert need(past.workspace).text == "no daemon runs and 2 jobs wait"


def test_a_daemon_without_a_sign_of_life(past: Past, daemon: DaemonLock, clock: FakeClock) -> None:
    past.recipe()
    clock.go_on(119)
    assert seen(past.workspace).well
    clock.go_on(2)
    one = need(past.workspace)
    assert one.text == f"the daemon (pid {os.getpid()}) gives no sign of life"
    assert one.command == "footplate daemon stop"
    assert seen(past.workspace).daemon.running
    assert daemon.heartbeat.exists()


@pytest.mark.usefixtures("daemon")
def test_quarantine_until_it_is_answered(past: Past) -> None:
    past.recipe()
    past.version(reason="column age is missing", file="may.csv")
    one = need(past.workspace)
    assert [*one.to_json()] == ["kind", "subject", "name", "text", "command", "at"]
    assert (one.kind, one.subject, one.name) == ("quarantine", "churn@1", "churn")
    assert one.command == "footplate data quarantine release churn@1"
    assert line(past.workspace).state == "quarantined"
    past.version(file="may.csv")
    assert seen(past.workspace).well, "a good file of the same name has mended it"
    assert line(past.workspace).state == "waiting"
    past.version(reason="column sex is missing", file="june.csv")
    past.version(reason="column sex is missing", file="july.csv")
    one = need(past.workspace)
    assert one.text == "churn@4 is quarantined (and 1 more): column sex is missing"
    assert one.command == "footplate data quarantine list"
    for name in ("churn@3", "churn@4"):
        version_service.discard(past.workspace, name)
    assert seen(past.workspace).well


@pytest.mark.usefixtures("daemon")
def test_approval_until_it_is_given(past: Past) -> None:
    past.recipe()
    data = [past.version()]
    past.run(data)
    past.run(data, verdict=Verdict.NEEDS_APPROVAL)
    one = need(past.workspace)
    assert (one.kind, one.subject, one.command, one.key) == (
        "approval", "churn v2", "footplate models approve churn", "A",
    )
    assert line(past.workspace).state == "needs_approval"
    release.approve(past.workspace, "churn")
    assert seen(past.workspace).well


@pytest.mark.usefixtures("daemon")
def test_a_failed_job_until_the_same_is_tried_again(past: Past) -> None:
    past.recipe()
    past.recipe("birds")
    first = past.failed_job("out of memory")
    past.failed_job("no disk", kind=JobKind.INGEST, name="birds")
    assert [one.text for one in seen(past.workspace).needs] == [
        "job 2 (ingest birds) failed: no disk", "job 1 (train churn) failed: out of memory",
    ]
    assert line(past.workspace).state == "failed"
    assert line(past.workspace).next == "job 1 (train churn) failed: out of memory"
    assert seen(past.workspace).needs[1].command == "footplate jobs retry 1"
    work.retry(past.workspace, first)
    assert [one.subject for one in seen(past.workspace).needs] == ["job 2"]
    work.cancel(past.workspace, 3)
    assert [one.subject for one in seen(past.workspace).needs] == ["job 2", "job 1"]
    past.failed_job("again")
    assert [one.subject for one in seen(past.workspace).needs] == ["job 4", "job 2"]


@pytest.mark.usefixtures("daemon")
def test_a_failed_job_until_it_is_acknowledged(past: Past) -> None:
    past.recipe()
    first, second = past.failed_job("no such column"), past.failed_job("out of memory", name="birds")
    work.acknowledge(past.workspace, second)
    assert [one.subject for one in seen(past.workspace).needs] == [f"job {first}"]
    work.acknowledge(past.workspace, first)
    assert seen(past.workspace).well


@pytest.mark.usefixtures("daemon")
def test_a_failed_recipe_change_until_the_next_save(past: Past) -> None:
    past.recipe()
    past.recipe("birds")
    past.failed_job("no such estimator", cause=Cause.RECIPE_CHANGE)
    past.failed_job("no memory", name="birds")
    with past.write("me") as tx:
        for name in ("churn", "birds"):
            tx.emit(EventKind.RECIPE_CHANGED, f"recipe {name}")
    assert [one.name for one in seen(past.workspace).needs] == ["birds"]  # what new data asked for still waits


@pytest.mark.usefixtures("daemon")
def test_a_folder_that_files_came_from_is_gone(past: Past) -> None:
    past.recipe()
    folder = past.workspace.locate("inbox/churn")
    folder.mkdir(parents=True)
    assert seen(past.workspace).well
    past.source(b"month.csv")
    folder.rmdir()
    one = need(past.workspace)
    assert (one.kind, one.text) == ("folder", f"the folder that churn watches is gone: {folder}")
    assert line(past.workspace).state == "broken"
    with past.write() as tx:
        recipes.change(tx, "churn", paused=True)
    assert seen(past.workspace).well


@pytest.mark.usefixtures("daemon")
def test_a_folder_that_was_never_there_is_no_need(past: Past) -> None:
    past.recipe()
    assert seen(past.workspace).well


@pytest.mark.usefixtures("daemon")
def test_a_recipe_that_cannot_be_used(past: Past) -> None:
    past.recipe(problem="recipes/churn.toml: watch: is empty\x1b")
    one = need(past.workspace)
    assert one.text == "recipe churn cannot be used: recipes/churn.toml: watch: is empty␛"
    assert one.command == "footplate recipes check churn"
    assert line(past.workspace).state == "broken"
    assert line(past.workspace).next == one.text


@pytest.mark.usefixtures("daemon")
def test_a_full_disk(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(workspace.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=300 << 20))
    assert need(workspace).text == "only 300 MiB of disk are free"


@pytest.mark.usefixtures("daemon")
def test_a_held_or_paused_model_is_a_state_and_no_need(past: Past) -> None:
    past.recipe()
    past.run([past.version()])
    release.hold(past.workspace, "churn", "looks odd")
    held = line(past.workspace)
    assert (held.state, held.held, held.next) == ("held", True, "held by tester: looks odd")
    release.resume(past.workspace, "churn")
    recipe_service.pause(past.workspace, "churn")
    paused = line(past.workspace)
    assert (paused.state, paused.paused, paused.next) == ("paused", True, "paused: nothing is ingested or trained")
    assert seen(past.workspace).well


# -- a line a model


@pytest.mark.usefixtures("daemon")
def test_a_model_that_is_well(past: Past, clock: FakeClock) -> None:
    past.recipe()
    data = [past.version()]
    past.run(data, value=0.78, champion_value=None)
    clock.go_on(3600)
    data.append(past.version())
    past.run(data, value=0.812, champion_value=0.806)
    clock.go_on(7200)
    past.version(rows=40)
    one = line(past.workspace)
    assert one.state == "well"
    assert (one.champion, one.metric, one.value, one.lower_is_better) == (2, "roc_auc", 0.812, False)
    assert one.change == pytest.approx(0.032)
    assert one.gain == pytest.approx(0.006)
    assert one.trend == (0.78, 0.812)
    assert (one.newest, one.newest_state, one.newest_at) == (
        "churn@3", "accepted", datetime(2026, 3, 2, 12, tzinfo=UTC),
    )
    assert one.every == 5400
    assert (one.last, one.last_outcome, one.last_run) == ("v2 promoted .812 against .806", "promoted", 2)
    assert one.last_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert one.next == "waits for new data"
    assert [*one.to_json()] == [
        "name", "state", "task", "champion", "metric", "value", "change", "gain", "held", "paused", "newest",
        "newest_state", "newest_at", "last", "last_outcome", "last_run", "last_at", "next", "next_at",
    ]


@pytest.mark.usefixtures("daemon")
def test_a_rolled_back_champion_shows_its_own_number(past: Past) -> None:
    past.recipe()
    data = [past.version()]
    for value in (0.7, 0.8, 0.9):
        past.run(data, value=value)
    release.rollback(past.workspace, "churn")
    one = line(past.workspace)
    assert (one.champion, one.value, one.change, one.trend) == (2, 0.8, pytest.approx(0.1), (0.7, 0.8, 0.9))


@pytest.mark.usefixtures("daemon")
def test_nothing_yet(past: Past) -> None:
    past.recipe()
    one = line(past.workspace)
    assert (one.state, one.champion, one.value, one.newest, one.every) == ("waiting", None, None, None, None)
    assert (one.last, one.next) == ("nothing was decided yet", "waits for new data")


@pytest.mark.usefixtures("daemon")
def test_too_few_rows(past: Past) -> None:
    past.recipe()
    past.run([past.version()], verdict=Verdict.INSUFFICIENT_DATA)
    one = line(past.workspace)
    assert one.state == "insufficient_data"
    assert one.last == "waiting 142 rows may judge and 200 are needed"
    assert one.next == "needs 58 more rows to judge on"


@pytest.mark.usefixtures("daemon")
def test_work_that_waits_and_runs(past: Past, workspace: Workspace) -> None:
    past.recipe()
    past.run([past.version()])
    job = past.job()
    assert (line(workspace).state, line(workspace).next) == ("queued", "train queued")
    fence = past.start(job)
    with past.write() as tx:
        jobs.note(tx, fence, progress="fitting on 4,816 rows")
    assert (line(workspace).state, line(workspace).next) == ("running", "train runs: fitting on 4,816 rows")
    later = workspace.clock.now() + timedelta(minutes=5)
    with past.write() as tx:
        jobs.retry_later(tx, fence, "no disk", later)
    assert (line(workspace).state, line(workspace).next, line(workspace).next_at) == (
        "queued", "train deferred: no disk", later,
    )


@pytest.mark.usefixtures("daemon")
def test_the_schedule_comes_next(past: Past, workspace: Workspace) -> None:
    past.recipe()
    tonight = datetime(2026, 3, 3, 3, tzinfo=UTC)
    remember(workspace, {"churn": ("0 3 * * *", tonight)})
    assert (line(workspace).next, line(workspace).next_at) == ("next by schedule", tonight)


@pytest.mark.usefixtures("daemon")
def test_a_run_that_failed(past: Past) -> None:
    from core.services.failing import give_up

    past.recipe()
    _, fence = past.begin([past.version()])
    with past.write() as tx:
        give_up(tx, fence, "out of memory")
    one = line(past.workspace)
    assert (one.last, one.last_outcome, one.state) == ("run 1 failed: out of memory", "failed", "failed")


@pytest.mark.usefixtures("daemon")
def test_worst_first(past: Past) -> None:
    for name in ("a_well", "b_held", "c_broken", "d_new"):
        past.recipe(name, problem="no" if name == "c_broken" else "")
    for name in ("a_well", "b_held"):
        past.run([past.version(name)], name)
    release.hold(past.workspace, "b_held")
    assert [(one.name, one.state) for one in seen(past.workspace).models] == [
        ("c_broken", "broken"), ("b_held", "held"), ("d_new", "waiting"), ("a_well", "well"),
    ]


@pytest.mark.usefixtures("daemon")
def test_a_champion_outlives_its_recipe(past: Past, workspace: Workspace) -> None:
    (workspace.recipes / "churn.toml").write_text('watch = "inbox"\ntarget = "churned"\n', "utf-8")
    recipe_service.sync(workspace)
    past.run([past.version()])
    (workspace.recipes / "churn.toml").unlink()
    recipe_service.sync(workspace)
    one = line(workspace)
    assert (one.state, one.champion, one.next) == ("removed", 1, "its recipe is gone; the champion stays")


@pytest.mark.usefixtures("daemon")
def test_a_deleted_or_reproduced_run_is_no_last_decision(past: Past) -> None:
    past.recipe()
    data = [past.version()]
    past.run(data)
    past.run(data, verdict=Verdict.FAILED, deleted=True)
    past.run(data, verdict=Verdict.FAILED, cause=Cause.REPRODUCE)
    assert line(past.workspace).last_run == 1


# -- the rest


@pytest.mark.usefixtures("daemon")
def test_the_loop_and_the_disk(past: Past, workspace: Workspace) -> None:
    past.recipe()
    run = past.run([past.version()])
    past.job(kind=JobKind.INGEST)
    past.job()
    with past.write() as tx:
        rows.add_artifact(tx, run, "model.zip", "e" * 64, 917_000)
        sources.add_pending(tx, "churn", [(b"/a", Signature(1, 1, 1, 1)), (b"/b", Signature(1, 1, 1, 2))])
    found = seen(workspace)
    loop: dict[str, Any] = found.loop.to_json()
    assert loop == {
        "arriving": 2, "ingesting": 1, "training": 1, "approvals": 0, "champions": 1, "served": None, "monitors": None,
    }
    assert (found.disk.data, found.disk.artifacts) == (2048, 917_000)
    assert found.disk.registry >= workspace.registry.path.stat().st_size
    assert found.disk.free > 0


# -- a recipe that is refused

OTHER = "b" * 12  # the hash of another text


def test_a_recipe_that_was_never_anything_but_refused_is_not_well(past: Past, daemon: DaemonLock) -> None:
    past.recipe()
    data = [past.version()]
    past.run(data, value=0.81)
    assert line(past.workspace).state == "well"
    past.recipe(hash=OTHER)
    refused = past.run(data, value=0.7, verdict=Verdict.FAILED)
    one = line(past.workspace)
    assert (one.state, one.champion) == ("refused", 1)
    assert one.next == f"the recipe was refused the only time that it was judged: `footplate why {refused}`"
    assert not seen(past.workspace).needs
    past.run(data, value=0.83)
    assert line(past.workspace).state == "well"


def test_one_bad_month_of_a_recipe_that_has_made_a_champion_is_no_news(past: Past, daemon: DaemonLock) -> None:
    past.recipe()
    data = [past.version()]
    past.run(data)
    for _ in range(2):
        past.run(data, value=0.7, verdict=Verdict.FAILED)
        assert line(past.workspace).state == "well" and not seen(past.workspace).needs


def test_three_refusals_in_a_row_need_a_person(past: Past, daemon: DaemonLock) -> None:
    past.recipe()
    data = [past.version()]
    past.run(data)
    for _ in range(2):
        past.run(data, value=0.7, verdict=Verdict.FAILED)
    past.run(data, verdict=Verdict.INSUFFICIENT_DATA)  # tells nothing
    last = past.run(data, value=0.7, verdict=Verdict.FAILED)
    one = need(past.workspace)
    assert (one.kind, one.subject, one.command) == ("refused", f"run {last}", f"footplate why {last}")
    assert one.text == "the last 3 runs of churn were refused, the last with .700 against .806 on 602 (-.004 to +.016)"
    found = line(past.workspace)
    assert (found.state, found.next) == ("refused", f"the recipe was refused 3 times in a row: `footplate why {last}`")
    release.hold(past.workspace, "churn", "I look into it")
    assert not seen(past.workspace).needs and line(past.workspace).state == "held"
    release.resume(past.workspace, "churn")
    past.recipe(hash=OTHER)  # another text begins anew
    assert not seen(past.workspace).needs and line(past.workspace).state == "well"
