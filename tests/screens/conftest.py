"""Workspaces that are made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.busy import make, open_copy
from tests.screens.driver import Opened, opened
from tests.screens.world import World, flights


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of `world.flights`, closed."""
    world = World(tmp_path_factory.mktemp("template") / "house")
    flights(world)
    world.close()
    return world.workspace.root


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace, closed."""
    world = World(tmp_path_factory.mktemp("bare") / "house")
    world.close()
    return world.workspace.root


@pytest.fixture
def world(template: Path, tmp_path: Path) -> Iterator[World]:
    yield from _copied(template, tmp_path)


@pytest.fixture
def empty(bare: Path, tmp_path: Path) -> Iterator[World]:
    yield from _copied(bare, tmp_path)


def _copied(source: Path, folder: Path) -> Iterator[World]:
    root = folder / "house"
    shutil.copytree(source, root)
    made = World(root)
    yield made
    made.close()


@pytest.fixture(scope="session")
def busy(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace of `busy.make`, closed."""
    return make(template, tmp_path_factory.mktemp("busy") / "house")


@pytest.fixture
def place(busy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A copy of it, with an editor and a shell."""
    yield from open_copy(busy, tmp_path, monkeypatch)


@pytest.fixture
def console() -> Opened:
    return opened
