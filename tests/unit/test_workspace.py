"""A workspace is made once, found like a git repository, and refused where SQLite cannot work."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadInput, NotFound
from core.events import verify
from core.registry import audit
from core.settings import TEMPLATE
from core.vocabulary import EventKind
from core.workspace import ENVIRONMENT, Workspace, probe_wal


def kinds(workspace: Workspace) -> list[str]:
    with workspace.registry.read() as connection:
        return list(connection.exec_driver_sql("SELECT kind FROM event ORDER BY id").scalars())


def make(root: Path) -> Path:
    """What tells a workspace, without the half second that a registry takes."""
    (root / ".footplate").mkdir(parents=True)
    (root / "footplate.toml").touch()
    return root


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)


# -- making


def test_init_makes_everything_and_says_so(tmp_path: Path) -> None:
    workspace, fresh = Workspace.init(tmp_path / "new" / "house", actor="me")
    assert fresh
    for name in ("recipes", ".footplate/logs", ".footplate/run", ".footplate/store/tmp", ".footplate/quarantine/tmp"):
        assert (workspace.root / name).is_dir(), name
    assert (workspace.root / "footplate.toml").read_text() == TEMPLATE
    assert stat.S_IMODE(workspace.hidden.stat().st_mode) == 0o700
    with workspace.registry.read() as connection:
        rows = list(audit.chain(connection))
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    assert [(row.kind, row.actor, row.subject) for row in rows] == [(EventKind.WORKSPACE_CREATED, "me", "workspace")]
    assert verify(rows)[2] is None
    workspace.close()


def test_init_twice_is_harmless(workspace: Workspace) -> None:
    (workspace.root / "footplate.toml").write_text("name = 'mine'\n")
    (workspace.recipes / "a.toml").write_text("x")
    with workspace.registry.write("me") as tx:
        tx.emit(EventKind.DAEMON_STARTED, "daemon")
    before = kinds(workspace)
    again, fresh = Workspace.init(workspace.root)
    assert not fresh
    assert again.settings.name == "mine"
    assert (workspace.recipes / "a.toml").read_text() == "x"
    assert kinds(again) == before
    again.close()


def test_init_finishes_what_a_kill_left_half_done(tmp_path: Path) -> None:
    """Killed after the registry was made and before its first event."""
    root = tmp_path / "house"
    workspace, _ = Workspace.init(root)
    with workspace.registry.write("me") as tx:
        tx.connection.exec_driver_sql("DELETE FROM event")
    workspace.close()
    (root / "footplate.toml").unlink()
    again, fresh = Workspace.init(root)
    assert fresh
    assert kinds(again) == [EventKind.WORKSPACE_CREATED]
    assert (root / "footplate.toml").exists()
    again.close()


HOSTILE = ["with blanks", "what?", "a#b", "100%20", "quo'te\"s", "new\nline", "n\udcffn", "ümläut"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_workspace_may_lie_anywhere(tmp_path: Path, name: str) -> None:
    workspace, _ = Workspace.init(tmp_path / name)
    workspace.close()
    opened = Workspace.open(tmp_path / name)
    assert kinds(opened) == [EventKind.WORKSPACE_CREATED]
    assert (tmp_path / name / ".footplate" / "registry.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    counter = opened.registry.change_counter()
    assert counter.value() >= 0
    counter.close()
    opened.close()


def test_init_where_a_file_stands_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot make a workspace") as caught:
        Workspace.init(tmp_path / "file" / "house")
    assert "footplate init" in caught.value.hint


# -- WAL


def test_the_probe_leaves_nothing(tmp_path: Path) -> None:
    probe_wal(tmp_path)
    assert list(tmp_path.iterdir()) == []


class Connection(sqlite3.Connection):
    """A filesystem that cannot do it: the pragma says so, or says yes and writing fails (both are known)."""

    says = "delete"
    writes = True

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql.startswith("PRAGMA"):
            return super().execute(f"SELECT '{self.says}'")
        if not self.writes:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)


@pytest.mark.parametrize(("says", "writes"), [("delete", True), ("wal", False)])
def test_where_wal_fails_the_probe_says_so_and_names_a_local_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, writes: bool
) -> None:
    kind = type("Kind", (Connection,), {"says": says, "writes": writes})
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: real(path, factory=kind, **options))
    with pytest.raises(BadInput, match="SQLite") as caught:
        probe_wal(tmp_path)
    assert str(tmp_path) in caught.value.message
    assert str(Path.home()) in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_the_probe_in_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not work here"):
        probe_wal(tmp_path / "gone")


# -- finding


def test_named_comes_before_the_environment_and_that_before_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, variable, here = (make(tmp_path / name) for name in ("named", "variable", "here"))
    monkeypatch.chdir(here)
    assert Workspace.find().root == here
    monkeypatch.setenv(ENVIRONMENT, str(variable))
    assert Workspace.find().root == variable
    assert Workspace.find(named).root == named


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make(tmp_path / "here"))
    monkeypatch.setenv(ENVIRONMENT, "")
    assert Workspace.find().root == tmp_path / "here"


def test_it_is_looked_for_upward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path)
    inner = make(tmp_path / "a" / "inner")
    deep = inner / "b" / "c"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert Workspace.find().root == inner
    monkeypatch.chdir(tmp_path / "a")
    assert Workspace.find().root == tmp_path


def test_named_and_wrong_is_not_looked_for_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make(tmp_path / "here"))
    with pytest.raises(NotFound, match="no workspace at") as caught:
        Workspace.find(tmp_path / "nothing")
    assert caught.value.exit_code == 3
    assert f"footplate init {tmp_path / 'nothing'}" in caught.value.hint
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "nothing"))
    with pytest.raises(NotFound):
        Workspace.find()


@pytest.mark.parametrize("missing", [".footplate", "footplate.toml"])
def test_half_a_workspace_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    make(tmp_path / "whole")
    half = make(tmp_path / "whole" / "half")
    path = half / missing
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()
    monkeypatch.chdir(half)
    assert Workspace.find().root == tmp_path / "whole"


def test_others_workspaces_are_passed_over_unless_they_share_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = make(tmp_path / "ours")
    inner = make(outer / "theirs")
    (inner / ".footplate").chmod(0o700)
    monkeypatch.chdir(inner)
    real = os.geteuid()
    ours = (outer / ".footplate").stat()
    theirs = os.stat_result((*(inner / ".footplate").stat()[:4], real + 1, *(inner / ".footplate").stat()[5:]))
    shared = os.stat_result((theirs[0] | 0o2070, *theirs[1:]))
    original = Path.stat

    def stat_as(status: os.stat_result) -> None:
        def fake(path: Path, **options: Any) -> os.stat_result:
            if path == inner / ".footplate":
                return status
            return ours if path == outer / ".footplate" else original(path, **options)

        monkeypatch.setattr(Path, "stat", fake)

    stat_as(theirs)
    assert Workspace.find().root == outer
    stat_as(shared)
    assert Workspace.find().root == inner
    assert Workspace.find(inner).root == inner


def test_a_folder_above_that_may_not_be_looked_into_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path)
    locked = tmp_path / "locked"
    here = locked / "here"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    original = Path.stat

    def fake(path: Path, **options: Any) -> os.stat_result:
        if locked in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return original(path, **options)

    monkeypatch.setattr(Path, "stat", fake)
    assert Workspace.find().root == tmp_path


def test_no_workspace_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound) as caught:
        Workspace.find()
    assert caught.value.hint == "make one: `footplate init`"


def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom core.workspace import Workspace\nfrom core.errors import NotFound\n"
        "os.mkdir('gone'); os.chdir('gone'); os.rmdir(os.getcwd())\n"
        "try: Workspace.find()\nexcept NotFound as error: print(error.message)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "the current folder is gone\n", done.stderr


def test_paths_of_recipes(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert workspace.locate("inbox/a") == workspace.root / "inbox/a"
    assert workspace.locate("/data/in") == Path("/data/in")
    assert workspace.locate("~/in") == Path("/home/me/in")


def test_its_name(workspace: Workspace) -> None:
    assert workspace.name == workspace.root.name
    (workspace.root / "footplate.toml").write_text("name = 'Churn'\n")
    assert Workspace.open(workspace.root).name == "Churn"


def test_an_open_one_that_has_lost_its_registry(workspace: Workspace) -> None:
    (workspace.hidden / "registry.db").unlink()
    with pytest.raises(NotFound, match="no registry"):
        _ = Workspace.open(workspace.root).registry
