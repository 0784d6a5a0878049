"""What is known of files: pending until taken, and never lost when they change meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.registry import datasets, sources
from core.registry import recipes as recipe_rows
from core.registry.sources import Signature
from core.vocabulary import VersionState
from core.workspace import Workspace

FIRST = Signature(10, 100, 100, 7)
HOSTILE = [b"/in/plain.csv", b"/in/with blank", b"/in/new\nline", b"/in/\x1b[31m", b"/in/\xff\xfe", "/in/ä".encode()]


@pytest.fixture
def version(workspace: Workspace) -> int:
    """A dataset `d` with one version; its id."""
    with workspace.registry.write("me") as tx:
        recipe_rows.put(tx, "d", path="d.toml", problems=[])
        datasets.ensure(tx, "d", "d")
        id, _ = datasets.add(tx, {
            "dataset": "d", "hash": "h", "state": VersionState.ACCEPTED, "files": [], "file_name": "a", "reasons": [],
            "warnings": [], "cause": "new_data", "discarded": False, "bad_rows": 0,
        })
    return id


def add(workspace: Workspace, *found: tuple[bytes, Signature]) -> None:
    with workspace.registry.write("me") as tx:
        assert sources.add_pending(tx, "d", found) == len(found)


def pending(workspace: Workspace) -> list[sources.Pending]:
    with workspace.registry.read() as connection:
        return sources.pending(connection, "d")


@pytest.mark.usefixtures("version")
def test_any_name_comes_back_byte_for_byte(workspace: Workspace) -> None:
    add(workspace, *((name, replace(FIRST, inode=number)) for number, name in enumerate(HOSTILE)))
    with workspace.registry.read() as connection:
        assert sources.known(connection, "d") == {
            name: replace(FIRST, inode=number) for number, name in enumerate(HOSTILE)
        }
        assert sources.has_pending(connection, "d")
        assert not sources.has_pending(connection, "other")
        assert len(sources.pending(connection, "d", limit=2)) == 2
    assert sorted(file.path for file in pending(workspace)) == sorted(HOSTILE)


def test_a_taken_file_is_known_and_waits_no_more(workspace: Workspace, version: int) -> None:
    add(workspace, (b"a", FIRST))
    [file] = pending(workspace)
    with workspace.registry.write("me") as tx:
        sources.take(tx, file, version)
    assert pending(workspace) == []
    with workspace.registry.read() as connection:
        assert sources.known(connection, "d") == {b"a": FIRST}


@pytest.mark.parametrize("change", [{"size": 11}, {"mtime_ns": 101}, {"ctime_ns": 101}, {"inode": 8}])
def test_a_file_that_changed_while_it_was_judged_waits_again(
    workspace: Workspace, version: int, change: dict[str, int]
) -> None:
    add(workspace, (b"a", FIRST))
    [file] = pending(workspace)
    add(workspace, (b"a", replace(FIRST, **change)))
    with workspace.registry.write("me") as tx:
        sources.take(tx, file, version)
        sources.forget(tx, file)
    assert [one.signature for one in pending(workspace)] == [replace(FIRST, **change)]


def test_a_file_that_is_gone_is_forgotten_and_seen_anew(workspace: Workspace, version: int) -> None:
    add(workspace, (b"a", FIRST), (b"b", FIRST))
    first, second = sorted(pending(workspace), key=lambda file: file.path)
    with workspace.registry.write("me") as tx:
        sources.take(tx, second, version)
        sources.forget(tx, first)
        sources.forget(tx, second)  # taken: that stays known
    with workspace.registry.read() as connection:
        assert sources.known(connection, "d") == {b"b": FIRST}


@pytest.mark.usefixtures("version")
def test_the_same_file_twice_is_one_row(workspace: Workspace) -> None:
    add(workspace, (b"a", FIRST))
    add(workspace, (b"a", FIRST))
    assert len(pending(workspace)) == 1


@pytest.mark.usefixtures("version")
def test_nothing_found_writes_nothing(workspace: Workspace) -> None:
    add(workspace)
    assert pending(workspace) == []
