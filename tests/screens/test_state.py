"""What is kept between two starts: written whole, never in a workspace, and nothing broken in it hurts."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens import state
from screens.state import Kept, ListState


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(state.OVERRIDE, str(tmp_path / "state"))
    return tmp_path / "state"


FULL = Kept(
    "/data/house", "house", "2026-03-14T12:00:00Z", "light", "dark", "models", ("events", "runs flights"),
    {"experiments run": ListState("state=failed", "-id", 7, ("run", "state")), "data dataset": ListState(cursor="a")},
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert state.load(tmp_path) == Kept()
    assert state.save(tmp_path, FULL) and state.load(tmp_path) == FULL
    assert [one.root for one in state.known()] == ["/data/house"]


def test_a_link_to_a_workspace_is_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "house")
    assert state.file_of(tmp_path / "link") == state.file_of(tmp_path / "house")


def test_it_is_kept_in_the_users_folder_for_the_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(state.OVERRIDE)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert state.save(tmp_path / "house", FULL)
    path = state.file_of(tmp_path / "house")
    assert path is not None and path.is_relative_to(tmp_path / "xdg" / "footplate")
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert state.folder() == tmp_path / "me" / ".local" / "state" / "footplate"


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["root", "lists", "lines", "where", "cursor", "columns", "theme", "x"]), inner
    ),
    max_leaves=12,
))
def test_nothing_that_stands_in_a_file_hurts(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = state.file_of(Path("/somewhere"))
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")
    kept = state.load(Path("/somewhere"))
    assert isinstance(kept, Kept) and all(isinstance(one, ListState) for one in kept.lists.values())
    state.known()


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_broken_files_count_as_none(tmp_path: Path, data: bytes) -> None:
    path = state.file_of(tmp_path)
    assert path is not None
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert state.load(tmp_path) == Kept() and state.known() == []


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    monkeypatch.setenv(state.OVERRIDE, str(tmp_path / "file"))
    assert not state.save(tmp_path, FULL)
    assert state.load(tmp_path) == Kept() and state.known() == []


def test_many_that_write_at_once_leave_one_whole_file(tmp_path: Path, home: Path) -> None:
    kept = [Kept("/data/house", f"name {number}", lines=("x" * 3000,) * 20) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda one: state.save(tmp_path, one), kept))
    assert state.load(tmp_path) in kept
    assert len([*(home / "workspaces").iterdir()]) == 1
