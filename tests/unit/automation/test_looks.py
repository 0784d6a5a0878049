"""When to look at which folder: at once, after hints, again and again; and a look that hangs stops only itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.automation.looks import AT_ONCE, HANGS_SECONDS, Looks
from core.automation.watcher import Watcher
from core.registry import datasets, sources
from core.registry import recipes as recipe_rows
from core.services import folders
from core.services.folders import Look, Watched
from core.workspace import Workspace


class Looked:
    """Counts the looks at each folder; they wait where they are told to, and see what they are told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count: dict[str, int] = {}
        self.hang: set[str] = set()
        self.sees = Look(0, 0, 0, False)
        self.free = threading.Event()
        monkeypatch.setattr(folders, "look", self)

    def __call__(self, workspace: Workspace, watched: Watched, settler: object) -> Look:
        self.count[watched.dataset] = self.count.get(watched.dataset, 0) + 1
        if watched.dataset in self.hang:
            self.free.wait(60)
        if watched.dataset == "broken":
            raise OSError(5, "Input/output error")
        return self.sees


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Looked]:
    made = Looked(monkeypatch)
    yield made
    made.free.set()


class House:
    def __init__(self, workspace: Workspace, tmp_path: Path) -> None:
        self.woken = threading.Event()
        self.watcher = Watcher(lambda name: self.looks.hint(name))
        self.looks = Looks(workspace, self.watcher, self.woken.set)
        self.folder = tmp_path / "inbox"
        self.folder.mkdir()
        self.ahead = 0.0  # of real time

    def watched(self, *names: str, folder: Path | None = None) -> dict[str, Watched]:
        return {name: Watched(name, folder or self.folder, "*", True) for name in names}

    def until(self, condition: Callable[[], bool], limit: float = 30.0) -> None:
        deadline = time.monotonic() + limit
        while True:
            self.looks.step(time.monotonic() + self.ahead)
            if condition():
                return
            assert time.monotonic() < deadline, "it did not come true"
            self.woken.wait(0.01)
            self.woken.clear()


@pytest.fixture
def house(workspace: Workspace, tmp_path: Path) -> Iterator[House]:
    (workspace.root / "footplate.toml").write_text("[daemon]\npoll_seconds = 0.05\nsettle_seconds = 0.1\n")
    made = House(workspace, tmp_path)
    made.watcher.start()
    yield made
    made.watcher.stop()


def test_a_folder_is_looked_at_at_once_and_again_when_it_is_watched(house: House, looked: Looked) -> None:
    """What came between the look and the watch gave no event."""
    house.looks.follow(house.watched("a"))
    house.until(lambda: looked.count == {"a": 2})
    assert house.watcher.watches("a", house.folder, recursive=True)


def test_a_hint_is_a_look(house: House, looked: Looked) -> None:
    house.looks.follow(house.watched("a"))
    house.until(lambda: looked.count.get("a") == 2)
    house.looks.hint("a")
    house.looks.hint("a")
    house.looks.hint("nobody's")
    house.until(lambda: looked.count == {"a": 3})


def test_an_unsettled_file_needs_another_look(house: House, looked: Looked) -> None:
    looked.sees = Look(1, 0, 1, False)
    house.looks.follow(house.watched("a"))
    house.until(lambda: looked.count["a"] >= 5)


def test_no_events_come_from_a_share(house: House, looked: Looked) -> None:
    looked.sees = Look(1, 0, 0, True)
    house.looks.follow(house.watched("a"))
    house.until(lambda: looked.count["a"] >= 4)
    assert house.watcher.names() == set()


def test_a_folder_that_is_not_there_yet_is_looked_for(house: House, looked: Looked) -> None:
    later = house.folder / "later"
    house.looks.follow(house.watched("a", folder=later))
    house.until(lambda: looked.count["a"] >= 3)
    assert not house.watcher.watches("a", later, recursive=True)
    later.mkdir()
    house.until(lambda: house.watcher.watches("a", later, recursive=True))


def test_a_look_that_fails_is_told_and_made_again(
    house: House, looked: Looked, capfd: pytest.CaptureFixture[str]
) -> None:
    house.looks.follow(house.watched("broken"))
    house.until(lambda: looked.count["broken"] >= 2)
    assert "broken: the folder could not be looked at: [Errno 5] Input/output error" in capfd.readouterr().out


def test_a_share_that_hangs_stops_no_other_folder(house: House, looked: Looked) -> None:
    dead = [f"dead{number}" for number in range(AT_ONCE)]
    looked.hang = set(dead)
    house.looks.follow(house.watched(*dead))
    house.looks.step(time.monotonic())
    assert set(looked.count) <= set(dead)
    house.looks.follow(house.watched(*dead, "good"))
    house.looks.step(time.monotonic())
    assert "good" not in looked.count
    house.ahead = HANGS_SECONDS + 1
    house.until(lambda: looked.count.get("good", 0) == 2)
    assert all(looked.count[name] == 1 for name in dead)


def test_a_folder_that_is_no_longer_followed(house: House, looked: Looked) -> None:
    house.looks.follow(house.watched("a", "b"))
    house.until(lambda: looked.count == {"a": 2, "b": 2})
    house.looks.follow(house.watched("b"))
    house.until(lambda: looked.count["b"] == 3)
    assert house.watcher.names() == {"b"}
    house.looks.hint("a")
    house.looks.hint("b")
    house.until(lambda: looked.count["b"] == 4)
    assert looked.count["a"] == 2


def test_the_result_of_a_look_at_another_folder_counts_no_more(house: House, looked: Looked, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    looked.hang = {"a"}
    house.looks.follow(house.watched("a"))
    house.until(lambda: looked.count == {"a": 1})
    house.looks.follow(house.watched("a", folder=other))
    looked.hang = set()
    looked.free.set()
    house.until(lambda: house.watcher.watches("a", other, recursive=True))
    assert looked.count["a"] == 3


def test_a_real_look_takes_what_has_settled(house: House, workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        recipe_rows.put(tx, "a", path="a.toml", problems=[])
        datasets.ensure(tx, "a", "a")
    house.looks.follow(house.watched("a"))
    house.until(lambda: house.watcher.watches("a", house.folder, recursive=True))
    (house.folder / "new.csv").write_text("x")
    os.utime(house.folder / "new.csv", (1, 1))

    def pending() -> Any:
        with workspace.registry.read() as connection:
            return sources.has_pending(connection, "a")

    house.until(pending)
