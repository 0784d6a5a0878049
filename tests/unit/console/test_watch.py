"""`footplate watch`: where it puts things, and what happens to the daemon when it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console import daemon
from console.commands.watch import watching
from core.services.proposing import of_folder
from core.workspace import Workspace

Say = Callable[..., str]


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to watch; no workspace is near, and the folder above it is the current one."""
    monkeypatch.delenv("FOOTPLATE_WORKSPACE", raising=False)
    made = tmp_path / "in box"
    made.mkdir()
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `footplate watch ...` in `tmp_path`; whatever still runs at the end is stopped."""
    running: list[subprocess.Popen[str]] = []

    def start(*words: str, cwd: Path = tmp_path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "console", "watch", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=cwd,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()
    for settings in tmp_path.rglob("footplate.toml"):
        daemon.stop(Workspace.open(settings.parent))


def lines_until(process: subprocess.Popen[str], word: str) -> list[str]:
    """What it says up to and including the line with `word`."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line.rstrip("\n"))
        if word in line:
            return said
    raise AssertionError(f"it ended without a word of {word!r}: {said}")


def test_a_folder_that_is_not_there(inbox: Path, say: Say) -> None:
    assert "is no folder" in say("watch", str(inbox / "no"), "--target", "left", code=3)


def test_the_workspace_is_never_inside_the_folder(inbox: Path, say: Say) -> None:
    said = say("watch", str(inbox), "--target", "left", "-w", str(inbox / "w"), code=4)
    assert "lies inside the watched folder" in said
    assert not list(inbox.iterdir())


@pytest.mark.parametrize(
    ("folder", "name"), [("in box", "in-box"), ("Daten 2026/Ü", "data"), ("churn.csv", "churn-csv"), ("_a_", "a")]
)
def test_a_recipe_is_called_after_its_folder(folder: str, name: str, tmp_path: Path) -> None:
    assert of_folder(tmp_path / folder) == name


def test_a_folder_is_known_by_its_real_place(workspace: Workspace, tmp_path: Path) -> None:
    from core.services import recipes

    (tmp_path / "inbox").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "inbox")
    recipes.new(workspace, "churn", watch="../inbox", target="left")
    found = watching(workspace, tmp_path / "link", None)
    assert found is not None and found.target == "left"
    assert watching(workspace, tmp_path / "link", "churn") == found
    assert watching(workspace, tmp_path / "link", "other") is None
    assert watching(workspace, tmp_path, None) is None


def test_interrupted_it_stops_the_daemon(inbox: Path, started: Callable[..., subprocess.Popen[str]]) -> None:
    process = started(".", "--target", "left", cwd=inbox)
    said = lines_until(process, "a line a decision")
    root = inbox.parent / "footplate"
    assert said == [
        f"workspace: {root}", f"recipe: {root / 'recipes' / 'in-box.toml'}",
        "the daemon runs until ctrl-c; a line a decision:",
    ]
    workspace = Workspace.open(root)
    assert daemon.holder(workspace) is not None
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert daemon.holder(workspace) is None


def test_at_a_hang_up_the_daemon_works_on(
    inbox: Path, started: Callable[..., subprocess.Popen[str]], say: Say, tmp_path: Path
) -> None:
    first = started(str(inbox), "--target", "left")
    lines_until(first, "a line a decision")
    workspace = Workspace.open(tmp_path)
    pid = daemon.holder(workspace)
    first.send_signal(signal.SIGHUP)
    assert first.wait(30) == 0
    assert daemon.holder(workspace) == pid
    assert "watches this folder for left, not other" in say("watch", str(inbox), "--target", "other", code=5)
    second = started(str(inbox), "--target", "left")
    assert f"pid {pid}" in lines_until(second, "a daemon runs already")[-1]
    say("pause", "in-box")
    assert lines_until(second, "paused")[-1].split(" ", 1)[1].startswith("in-box paused by ")
    second.send_signal(signal.SIGINT)
    assert second.wait(30) == 130
    assert daemon.holder(workspace) == pid
