"""Where a folder is in a git repository, without ever asking or waiting."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from core.services import git
from core.services.git import state_of


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    folder = tmp_path / "repository"
    folder.mkdir()
    run(folder, "init", "-q")
    return folder


def run(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path) -> str:
    (folder / "a.toml").write_text("x = 1\n")
    run(folder, "add", "a.toml")
    run(folder, "commit", "-q", "-m", "first")
    return run(folder, "rev-parse", "HEAD")


def test_outside_of_a_repository(tmp_path: Path) -> None:
    assert state_of(tmp_path) is None


def test_before_the_first_commit(repository: Path) -> None:
    assert state_of(repository) is None


def test_the_commit_and_whether_all_is_in_it(repository: Path) -> None:
    hash = commit(repository)
    (repository / "sub").mkdir()
    assert state_of(repository) == state_of(repository / "sub") == {"commit": hash, "dirty": False}
    (repository / "a.toml").write_text("x = 2\n")
    assert state_of(repository) == {"commit": hash, "dirty": True}


def test_it_is_asked_of_the_folder_not_of_a_hook_that_runs_us(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git sets GIT_DIR for hooks: it names the repository of the hook."""
    hash = commit(repository)
    other = tmp_path / "other"
    other.mkdir()
    run(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert state_of(repository) == {"commit": hash, "dirty": False}


def test_no_git_here(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository)
    monkeypatch.setenv("PATH", "")
    assert state_of(repository) is None


def test_a_git_that_hangs_is_not_waited_for(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(git, "SECONDS", 0.2)
    began = time.monotonic()
    assert state_of(repository) is None
    assert time.monotonic() - began < 5


def test_what_cannot_be_told_is_not_called_clean(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository)
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text(f'#!/bin/sh\n[ "$1" = status ] && exit 128\nexec {real} "$@"\n')
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert state_of(repository) is None
