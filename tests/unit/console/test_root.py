"""`footplate` alone: the console where there is a workspace, and an offer of one where there is none."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from console.cli import main
from core.workspace import Workspace

OPENED: list[Path] = []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a workspace; the console only notes that it was opened."""

    def run(workspace: Workspace, *, read_only: bool = False) -> int:
        OPENED.append(workspace.root)
        return 0

    OPENED.clear()
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("FOOTPLATE_WORKSPACE", raising=False)
    monkeypatch.setattr("console.starting.run", run)
    return folder


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """A person at a terminal; not by a fixture, since pytest puts its own streams in place after those."""
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr("builtins.input", lambda question: answer)


def test_a_workspace_is_made_after_a_yes(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "y")
    assert main([]) == 0
    assert [nowhere] == OPENED and (nowhere / "footplate.toml").is_file()
    assert "There is no Footplate workspace" in sys.stdout.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("answer", ["", "n", "yeah"])
def test_without_a_yes_nothing_is_made(nowhere: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    answering(monkeypatch, answer)
    assert main([]) == 3
    assert OPENED == [] and list(nowhere.iterdir()) == []


def test_the_end_of_the_input_is_a_no(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(question: str) -> str:
        raise EOFError

    answering(monkeypatch, "y")
    monkeypatch.setattr("builtins.input", end)
    assert main([]) == 3 and OPENED == []


def test_a_named_workspace_that_is_not_there_is_an_error(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, "y")
    assert main(["-w", str(nowhere / "gone")]) == 3
    monkeypatch.setenv("FOOTPLATE_WORKSPACE", str(nowhere))
    assert main([]) == 3
    assert OPENED == [] and "footplate init" in capsys.readouterr().err


def test_off_a_terminal_nothing_is_asked(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "y")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main([]) == 3 and list(nowhere.iterdir()) == []
