"""File events are hints; what they miss is known to be missed."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers import inotify_c

from core.automation.watcher import OVERFLOW_LOGGER, Watcher


class Hints:
    """The names that were hinted at, and how often events were lost."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.lost = 0
        self._news = threading.Condition()

    def hint(self, name: str) -> None:
        with self._news:
            self.names.append(name)
            self._news.notify_all()

    def overflow(self) -> None:
        with self._news:
            self.lost += 1
            self._news.notify_all()

    def until(self, condition: Callable[[], bool], limit: float = 20.0) -> bool:
        with self._news:
            return self._news.wait_for(condition, limit)

    def forget(self) -> None:
        with self._news:
            self.names.clear()


@pytest.fixture
def hints() -> Hints:
    return Hints()


@pytest.fixture
def watcher(hints: Hints) -> Iterator[Watcher]:
    made = Watcher(hints.hint, hints.overflow)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    path = tmp_path / "inbox"
    path.mkdir()
    return path


def hinted(hints: Hints, name: str = "a") -> bool:
    return hints.until(lambda: name in hints.names)


@pytest.mark.parametrize("how", ["written", "renamed in", "hard-linked in", "folder moved in", "appended", "no UTF-8"])
def test_whatever_arrives_is_hinted_at(
    watcher: Watcher, hints: Hints, inbox: Path, tmp_path: Path, how: str
) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "a.csv").write_text("x")
    (inbox / "log.csv").write_text("x")
    assert watcher.watch("a", inbox, recursive=True)
    if how == "written":
        (inbox / "a.csv").write_text("x")
    elif how == "renamed in":
        (tmp_path / "made" / "a.csv").rename(inbox / "a.csv")
    elif how == "hard-linked in":
        os.link(tmp_path / "made" / "a.csv", inbox / "a.csv")
    elif how == "folder moved in":
        (tmp_path / "made").rename(inbox / "made")
    elif how == "appended":
        with (inbox / "log.csv").open("a") as stream:
            stream.write("y")
    else:
        (inbox / "\udcff\n.csv").write_text("x")
    assert hinted(hints)


def test_files_in_new_sub_folders_are_hinted_at(watcher: Watcher, hints: Hints, inbox: Path) -> None:
    watcher.watch("a", inbox, recursive=True)
    (inbox / "2026" / "03").mkdir(parents=True)
    assert hinted(hints)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:  # the watch on the new folder follows its event
        hints.forget()
        (inbox / "2026" / "03" / "a.csv").write_text("x")
        if hints.until(lambda: bool(hints.names), 0.2):
            break
    assert hints.names


def test_our_own_reading_is_no_news(watcher: Watcher, hints: Hints, inbox: Path) -> None:
    (inbox / "a.csv").write_text("x")
    watcher.watch("a", inbox, recursive=True)
    for _ in range(50):
        (inbox / "a.csv").read_text()
        list(inbox.iterdir())
    (inbox / "b.csv").write_text("x")  # events come in order: this one comes after those of the reading
    assert hinted(hints)
    assert len(hints.names) < 10


def test_one_name_watches_one_folder(watcher: Watcher, hints: Hints, inbox: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert watcher.watch("a", inbox, recursive=True)
    assert watcher.watches("a", inbox, recursive=True)
    assert not watcher.watches("a", inbox, recursive=False)
    assert not watcher.watches("a", other, recursive=True)
    assert watcher.watch("a", other, recursive=True)
    assert watcher.names() == {"a"}
    (other / "a.csv").write_text("x")
    assert hinted(hints)
    watcher.forget("a")
    watcher.forget("a")
    assert watcher.names() == set()


def test_two_names_may_watch_one_folder_and_one_may_leave(watcher: Watcher, hints: Hints, inbox: Path) -> None:
    watcher.watch("a", inbox, recursive=True)
    watcher.watch("b", inbox, recursive=True)
    watcher.forget("a")
    hints.forget()
    (inbox / "a.csv").write_text("x")
    assert hinted(hints, "b")


def test_a_folder_that_is_not_there_is_told(watcher: Watcher, tmp_path: Path) -> None:
    assert not watcher.watch("a", tmp_path / "none", recursive=True)
    (tmp_path / "file").touch()
    assert not watcher.watch("a", tmp_path / "file", recursive=True)
    assert watcher.names() == set()


def test_a_folder_that_was_replaced_is_watched_anew(watcher: Watcher, hints: Hints, inbox: Path) -> None:
    """The old watch is on a folder that is gone, though its name is there."""
    watcher.watch("a", inbox, recursive=True)
    inbox.rename(inbox.with_name("old"))
    inbox.mkdir()
    assert not watcher.watches("a", inbox, recursive=True)
    assert watcher.watch("a", inbox, recursive=True)
    hints.forget()
    (inbox / "a.csv").write_text("x")
    assert hinted(hints)


def test_a_folder_that_was_deleted_and_made_again_is_watched_anew(
    watcher: Watcher, hints: Hints, inbox: Path
) -> None:
    watcher.watch("a", inbox, recursive=True)
    before = inbox.stat().st_ino
    shutil.rmtree(inbox)
    keep = [inbox.with_name(f"keep{number}") for number in range(3)]
    for path in keep:
        path.mkdir()  # so that the number of the old folder is not given to the new one
    inbox.mkdir()
    if inbox.stat().st_ino == before:
        inbox.rename(inbox.with_name("same"))
        inbox.mkdir()
    assert hints.until(lambda: bool(hints.names))
    assert watcher.watch("a", inbox, recursive=True)
    hints.forget()
    (inbox / "a.csv").write_text("x")
    assert hinted(hints)


def test_no_more_watches_is_no_fault(watcher: Watcher, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: object, **options: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watcher._observer, "schedule", fails)
    assert not watcher.watch("a", inbox, recursive=True)


def test_lost_events_are_told(watcher: Watcher, hints: Hints) -> None:
    """Watchdog says it in its log only, of the name and in the words that are looked for here."""
    source = Path(inotify_c.__file__).read_text("utf-8")
    assert inotify_c.logger.name == OVERFLOW_LOGGER
    assert 'logger.warning("Inotify queue overflowed; filesystem events were lost")' in source
    inotify_c.logger.warning("Inotify queue overflowed; filesystem events were lost")
    inotify_c.logger.warning("something else")
    assert hints.lost == 1


def test_it_is_stopped_also_when_it_never_ran(hints: Hints) -> None:
    before = list(logging.getLogger(OVERFLOW_LOGGER).handlers)
    made = Watcher(hints.hint)
    made.stop()
    made.start()
    made.stop()
    assert logging.getLogger(OVERFLOW_LOGGER).handlers == before
