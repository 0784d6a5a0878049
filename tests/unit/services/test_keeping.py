"""Bytes are shared by what refers to them: none are dropped while anything does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.registry import datasets
from core.registry import recipes as recipe_rows
from core.services import keeping, versions
from core.vocabulary import VersionState
from core.workspace import Workspace
from tests.fakes import rows

DATA = b"y\n1\n"
HASH = rows.sha(DATA)


@pytest.fixture(autouse=True)
def _recipes(workspace: Workspace) -> None:
    for name in ("churn", "other"):
        rows.recipe(workspace, name)


def accepted_elsewhere(workspace: Workspace) -> None:
    rows.version(workspace, "other")


def retired_elsewhere(workspace: Workspace) -> None:
    rows.version(workspace, "other", state=VersionState.RETIRED)


def superseded_elsewhere(workspace: Workspace) -> None:
    rows.version(workspace, "other", state=VersionState.SUPERSEDED)


def profile(workspace: Workspace) -> None:
    rows.version(workspace, "other", data=b"else", profile=HASH)


def row_hashes(workspace: Workspace) -> None:
    rows.version(workspace, "other", data=b"else", row_hashes=HASH)


def artifact(workspace: Workspace) -> None:
    """A model that was exported into an inbox."""
    run = rows.run(workspace, 1)
    with workspace.registry.write("me") as tx:
        tx.connection.exec_driver_sql("INSERT INTO artifact VALUES (?, 'model.zip', ?, 4)", (run, HASH))


def user_code(workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        recipe_rows.add_version(
            tx, recipe="churn", hash="b", text="", settings=None, git=None,
            code=[{"name": "a.py", "sha256": "0" * 64}, {"name": "features.py", "sha256": HASH}],
        )


@pytest.mark.parametrize("need", [
    accepted_elsewhere, retired_elsewhere, superseded_elsewhere, profile, row_hashes, artifact, user_code,
])
def test_what_something_needs_stays_in_the_store(workspace: Workspace, need: Callable[[Workspace], None]) -> None:
    workspace.store.put_bytes(DATA)
    need(workspace)
    rows.version(workspace, state=VersionState.QUARANTINED)
    keeping.drop(workspace, HASH)
    assert workspace.store.read(HASH) == DATA
    assert workspace.quarantine.read(HASH) == DATA


def test_what_only_quarantine_needs_leaves_the_store(workspace: Workspace) -> None:
    workspace.store.put_bytes(DATA)
    rows.version(workspace, state=VersionState.QUARANTINED)
    keeping.drop(workspace, HASH)
    assert (workspace.store.has(HASH), workspace.quarantine.has(HASH)) == (False, True)


def test_what_nothing_needs_is_dropped(workspace: Workspace) -> None:
    for place in (workspace.store, workspace.quarantine):
        place.put_bytes(DATA)
        keeping.drop(workspace, HASH)
        assert not place.has(HASH)
    keeping.drop(workspace, HASH)


def test_two_datasets_with_one_bad_file_keep_it_until_both_have_discarded_it(workspace: Workspace) -> None:
    for name in ("churn", "other"):
        rows.version(workspace, name, state=VersionState.QUARANTINED)
    versions.discard(workspace, "churn@1")
    assert workspace.quarantine.read(HASH) == DATA
    versions.discard(workspace, "other@1")
    assert not workspace.quarantine.has(HASH)


def test_one_datasets_junk_is_anothers_data(workspace: Workspace) -> None:
    rows.version(workspace, "other")
    rows.version(workspace, state=VersionState.QUARANTINED)
    versions.discard(workspace, "churn@1")
    assert workspace.store.read(HASH) == DATA


def test_a_hash_that_only_looks_alike_needs_nothing(workspace: Workspace) -> None:
    rows.version(workspace, "other", data=b"else")
    with workspace.registry.read() as connection:
        assert not keeping.needed_in_store(connection, HASH)
        assert not keeping.needed_in_quarantine(connection, HASH)
        assert keeping.needed_in_store(connection, datasets.version(connection, "other", 1)["hash"])  # type: ignore[index]
