"""The daemon as a whole, in a thread: real files, real folders, real registry; small processes as workers."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.automation import dispatcher, loop
from core.automation.lock import DaemonLock
from core.automation.loop import Daemon
from core.clock import SystemClock
from core.errors import BadSettings, Busy
from core.registry import jobs, sources
from core.services import recipes, scheduling
from core.vocabulary import JobState
from core.workspace import Workspace
from tests.fakes import rows
from tests.fakes.workers import SLEEP, gone, launcher

SETTINGS = "[daemon]\nsettle_seconds = 0\npoll_seconds = 0.1\nstop_seconds = 0.1\ncpus = 4\nmemory = '64GiB'\n"


def recipe_text(folder: Path, more: str = "") -> str:
    return f'watch = "{folder}"\ntarget = "y"\n{more}'


class House:
    """A daemon that is started and stopped by the test, and what the registry says meanwhile."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace.open(root, actor="tester")
        self.inbox = root / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self._running: list[tuple[Daemon, threading.Thread]] = []

    def start(self) -> Daemon:
        daemon = Daemon(Workspace.open(self.workspace.root, actor="daemon"))
        thread = threading.Thread(target=daemon.run)
        thread.start()
        self._running.append((daemon, thread))
        self.until(lambda: "DaemonStarted" in self.events() or not thread.is_alive())
        return daemon

    def stop(self) -> None:
        while self._running:
            daemon, thread = self._running.pop()
            daemon.stop()
            thread.join(30)
            assert not thread.is_alive()
            daemon.workspace.close()

    def until(self, condition: Callable[[], bool], limit: float = 60.0) -> None:
        deadline = time.monotonic() + limit
        while not condition():
            assert time.monotonic() < deadline, f"it did not come true; events: {self.events()}"
            time.sleep(0.01)

    def recipe(self, name: str, text: str) -> None:
        path = self.workspace.recipes / f"{name}.toml"
        path.with_suffix(".tmp").write_text(text)
        path.with_suffix(".tmp").replace(path)

    def query(self, text: str) -> list[Any]:
        with self.workspace.registry.read() as connection:
            return list(connection.exec_driver_sql(text).scalars())

    def events(self) -> list[str]:
        return self.query("SELECT kind FROM event ORDER BY id")

    def known(self, dataset: str = "churn") -> set[str]:
        with self.workspace.registry.read() as connection:
            return {os.path.basename(os.fsdecode(path)) for path in sources.known(connection, dataset)}  # noqa: PTH119

    def jobs(self) -> list[tuple[str, str]]:
        with self.workspace.registry.read() as connection:
            return [(job["lane"], job["state"]) for job in jobs.live(connection)]


@pytest.fixture
def house(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    (workspace.root / "footplate.toml").write_text(SETTINGS)
    monkeypatch.setattr(dispatcher, "launch", launcher(SLEEP))
    monkeypatch.setattr(loop, "QUIET_SECONDS", 0.02)
    monkeypatch.setattr(loop, "TROUBLE_SECONDS", 0.05)
    made = House(workspace.root)
    made.recipe("churn", recipe_text(made.inbox))
    yield made
    made.stop()
    made.workspace.close()


def test_a_file_that_arrives_becomes_a_job_with_a_worker(house: House) -> None:
    house.start()
    house.until(lambda: "RecipeAdded" in house.events())
    (house.inbox / "a.csv").write_text("y\n1\n")
    house.until(lambda: house.jobs() == [("ingest:churn", JobState.RUNNING)])
    assert house.known() == {"a.csv"}


def test_what_lay_there_before_the_start_is_found(house: House) -> None:
    (house.inbox / "a.csv").write_text("y\n1\n")
    house.start()
    house.until(lambda: house.known() == {"a.csv"})


def test_a_new_recipe_is_taken_up_and_its_folder_watched(house: House, tmp_path: Path) -> None:
    house.start()
    (tmp_path / "more").mkdir()
    house.recipe("more", recipe_text(tmp_path / "more"))
    house.until(lambda: house.events().count("RecipeAdded") == 2)
    (tmp_path / "more" / "b.csv").write_text("y\n1\n")
    house.until(lambda: house.known("more") == {"b.csv"})


def test_a_folder_that_is_made_after_the_recipe(house: House, tmp_path: Path) -> None:
    house.recipe("later", recipe_text(tmp_path / "later"))
    house.start()
    house.until(lambda: house.events().count("RecipeAdded") == 2)
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "b.csv").write_text("y\n1\n")
    house.until(lambda: house.known("later") == {"b.csv"})


def test_a_pause_takes_effect_at_once_and_so_does_its_end(house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    house.recipe("other", recipe_text(tmp_path / "other"))
    house.start()
    house.until(lambda: house.events().count("RecipeAdded") == 2)
    recipes.pause(house.workspace, "churn")
    daemon = house._running[0][0]
    house.until(lambda: daemon._active == {"other"})
    (house.inbox / "a.csv").write_text("y\n1\n")
    (tmp_path / "other" / "b.csv").write_text("y\n1\n")
    house.until(lambda: house.known("other") == {"b.csv"})
    assert house.known() == set()
    recipes.resume(house.workspace, "churn")
    house.until(lambda: house.known() == {"a.csv"})


def test_what_was_accepted_during_a_pause_is_learned_from_afterwards(house: House) -> None:
    house.start()
    house.until(lambda: "RecipeAdded" in house.events())
    daemon = house._running[0][0]
    recipes.pause(house.workspace, "churn")
    house.until(lambda: daemon._active == set())
    rows.version(house.workspace)
    recipes.resume(house.workspace, "churn")
    house.until(lambda: house.jobs() == [("train:churn", JobState.RUNNING)])


def test_what_was_accepted_without_a_daemon_is_learned_from_at_its_start(house: House) -> None:
    recipes.sync(house.workspace)
    rows.version(house.workspace)
    assert house.jobs() == []
    house.start()
    house.until(lambda: house.jobs() == [("train:churn", JobState.RUNNING)])


def test_a_schedule_that_passed_without_a_daemon_is_made_up_for(house: House) -> None:
    house.recipe("churn", recipe_text(house.inbox, 'schedule = "0 5 * * *"\nnew_data = false\n'))
    recipes.sync(house.workspace)
    rows.version(house.workspace)
    passed = SystemClock().now() - timedelta(hours=3)
    scheduling.remember(house.workspace, {"churn": ("0 5 * * *", passed)})
    house.start()
    house.until(lambda: house.jobs() == [("train:churn", JobState.RUNNING)])
    assert house.query("SELECT cause FROM job") == ["schedule"]
    assert house.query("SELECT next_at > last_at FROM schedule") == [1]


def test_trouble_passes(house: House, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A locked registry, a full disk, a fault of our own: the daemon says so and goes on."""
    troubles: list[Exception] = [Busy("the registry is locked"), OSError(28, "No space left"), KeyError("oops")]
    real = recipes.sync

    def sync(workspace: Workspace) -> list[str]:
        if troubles:
            raise troubles.pop(0)
        return real(workspace)

    monkeypatch.setattr(loop.recipe_service, "sync", sync)
    monkeypatch.setattr(loop, "RETRY_SECONDS", 0.02)
    house.start()
    (house.inbox / "a.csv").write_text("y\n1\n")
    house.until(lambda: house.known() == {"a.csv"})
    said = capfd.readouterr()
    for text in ("the registry is locked", "No space left", "KeyError: 'oops'"):
        assert text in said.out + said.err
    assert (said.out + said.err).count("Traceback") == 1


def test_it_stops_cleanly_and_hands_back(house: House) -> None:
    daemon = house.start()
    (house.inbox / "a.csv").write_text("y\n1\n")
    house.until(lambda: house.jobs() == [("ingest:churn", JobState.RUNNING)])
    house.until(lambda: house.query("SELECT pid FROM job") != [None])
    [pid] = house.query("SELECT pid FROM job")
    house.stop()
    assert gone(pid)
    assert house.jobs() == [("ingest:churn", JobState.QUEUED)]
    assert house.query("SELECT attempts FROM job") == [0]
    assert house.events()[-2:] == ["JobRetried", "DaemonStopped"]
    DaemonLock(daemon.workspace.run).acquire(SystemClock())


def test_a_worker_that_is_nearly_done_may_finish(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (house.workspace.root / "footplate.toml").write_text(SETTINGS.replace("stop_seconds = 0.1", "stop_seconds = 30"))
    marker = house.workspace.root / "finish"
    waits = f"import os, time\nready()\nwhile not os.path.exists({str(marker)!r}): time.sleep(0.01)"
    program = f"{waits}\nraise SystemExit(3)"
    monkeypatch.setattr(dispatcher, "launch", launcher(program))
    daemon = house.start()
    (house.inbox / "a.csv").write_text("y\n1\n")
    house.until(lambda: (house.workspace.logs / "jobs" / "1.1.ready").exists())
    daemon.stop()
    marker.touch()
    house.stop()
    assert house.query("SELECT error FROM job") == ["the worker ended with exit code 3"]


def test_a_second_one_is_refused_and_changes_nothing(house: House) -> None:
    house.start()
    house.until(lambda: "RecipeAdded" in house.events())
    before = house.events()
    with pytest.raises(Busy, match=f"pid {os.getpid()}"):
        Daemon(Workspace.open(house.workspace.root, actor="daemon")).run()
    assert house.events() == before


def test_after_it_was_stopped_another_one_goes_on(house: House) -> None:
    house.start()
    house.stop()
    house.start()
    (house.inbox / "a.csv").write_text("y\n1\n")
    house.until(lambda: house.known() == {"a.csv"})


def test_its_heart_beats(house: House) -> None:
    heartbeat = house.workspace.run / "daemon.heartbeat"
    house.start()
    house.until(heartbeat.exists)
    os.utime(heartbeat, (1, 1))
    house.until(lambda: heartbeat.stat().st_mtime > 1)


def test_what_killed_processes_left_is_swept_at_the_start(house: House) -> None:
    left = [house.workspace.store.tmp / "1-1-a", house.workspace.quarantine.tmp / "1-1-b",
            house.workspace.recipes / ".churn.toml.1-1-c.tmp", house.workspace.root / ".footplate.toml.1-1-d.tmp"]
    for path in left:
        path.touch()
    house.start()
    house.until(lambda: not any(path.exists() for path in left))


def test_settings_that_cannot_be_used_are_told_before_anything_begins(house: House) -> None:
    (house.workspace.root / "footplate.toml").write_text("[daemon]\nmemory = 'lots'\n")
    with pytest.raises(BadSettings):
        Daemon(Workspace.open(house.workspace.root, actor="daemon"))
    assert not (house.workspace.run / "daemon.lock").exists()
