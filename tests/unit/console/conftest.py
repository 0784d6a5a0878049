"""The shell's view of a workspace: the current folder, and verbs run in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.cli import main
from console.commands.threads import few_threads
from core.workspace import Workspace
from tests.screens.world import World, flights

few_threads()  # before anything imports numpy


@pytest.fixture
def root(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace, which is also the current folder."""
    monkeypatch.chdir(workspace.root)
    return workspace.root


@pytest.fixture(scope="session")
def _past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six months of flights, written once."""
    made = World(tmp_path_factory.mktemp("past") / "flights")
    flights(made)
    made.close()
    return made.workspace.root


@pytest.fixture
def world(_past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A workspace with a past of six months, which is also the current folder."""
    monkeypatch.delenv("FOOTPLATE_WORKSPACE", raising=False)
    shutil.copytree(_past, tmp_path / "flights")
    made = World(tmp_path / "flights")
    monkeypatch.chdir(made.workspace.root)
    yield made
    made.close()


Said = Callable[..., str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Said:
    """`say("runs", "list")` is what the verb prints; it must exit with `code`."""

    def run(*words: str, code: int = 0) -> str:
        capsys.readouterr()
        found = main(list(words))
        said = capsys.readouterr()
        assert found == code, said.err
        return said.out or said.err

    return run


@pytest.fixture
def ask(say: Said) -> Callable[..., Any]:
    """The same with `--json`, parsed; NaN is refused."""

    def run(*words: str, code: int = 0) -> Any:
        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is not JSON")

        return json.loads(say(*words, "--json", code=code), parse_constant=refuse)

    return run
