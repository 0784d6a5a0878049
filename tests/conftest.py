"""What all tests share: a workspace on the disk with a real registry, and a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from core.workspace import ENVIRONMENT, Workspace
from screens.state import OVERRIDE
from tests.fakes.clock import FakeClock

hypothesis.settings.register_profile("house", deadline=None, database=None, print_blob=True)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a console keeps for its user is never that of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OVERRIDE, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workspace, made once: migrating takes half a second."""
    workspace, _ = Workspace.init(tmp_path_factory.mktemp("made") / "workspace", actor="tester", clock=FakeClock())
    workspace.close()
    return workspace.root


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def workspace(_made: Path, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace of the actor `tester`, whose time is `clock`."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    root = tmp_path / "workspace"
    shutil.copytree(_made, root)
    opened = Workspace.open(root, actor="tester", clock=clock)
    yield opened
    opened.close()
