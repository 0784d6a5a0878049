"""Versions are numbered in their dataset; what may be learned from, what a new one may stand for."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from core.registry import datasets
from core.vocabulary import VersionState
from core.workspace import Workspace
from tests.fakes import rows


@pytest.fixture(autouse=True)
def _recipes(workspace: Workspace) -> None:
    rows.recipe(workspace, "churn")
    rows.recipe(workspace, "other")


def test_versions_count_in_their_own_dataset(workspace: Workspace) -> None:
    names = ("churn", "other") * 2
    ids = [rows.version(workspace, name, data=bytes([number])) for number, name in enumerate(names)]
    with workspace.registry.read() as connection:
        found = [(row["dataset"], row["version"]) for id in ids for row in datasets.by_id(connection, [id])]
        assert datasets.version(connection, "churn", 2)["id"] == ids[2]  # type: ignore[index]
        assert datasets.version(connection, "churn", 3) is None
    assert found == [("churn", 1), ("other", 1), ("churn", 2), ("other", 2)]


def test_the_same_bytes_are_one_version_in_a_dataset_and_may_be_in_two(workspace: Workspace) -> None:
    rows.version(workspace, "churn")
    rows.version(workspace, "other")
    with pytest.raises(IntegrityError, match="UNIQUE"):
        rows.version(workspace, "churn")
    with workspace.registry.read() as connection:
        assert datasets.by_hash(connection, "other", rows.sha(b"y\n1\n")) is not None
        assert datasets.by_hash(connection, "other", rows.sha(b"else")) is None


def test_bytes_that_were_never_read_are_no_duplicates(workspace: Workspace) -> None:
    for _ in range(2):
        rows.version(workspace, data=None, state=VersionState.QUARANTINED)


def test_a_dataset_stays_with_the_recipe_that_made_it(workspace: Workspace) -> None:
    with workspace.registry.write("me") as tx:
        datasets.ensure(tx, "churn", "other")
        datasets.set_reference(tx, "churn", schema={"columns": []}, dialect={"separator": ","})
    with workspace.registry.read() as connection:
        row = datasets.get(connection, "churn")
        assert datasets.get(connection, "none") is None
    assert row is not None
    assert (row["recipe"], row["schema"], row["dialect"]) == ("churn", {"columns": []}, {"separator": ","})


def test_only_accepted_labelled_versions_are_learned_from(workspace: Workspace) -> None:
    wanted = [rows.version(workspace, data=bytes([n])) for n in range(2)]
    rows.version(workspace, data=b"unlabelled", labelled=0)
    for state in (VersionState.QUARANTINED, VersionState.RETIRED, VersionState.SUPERSEDED):
        rows.version(workspace, data=state.encode(), state=state)
    rows.version(workspace, "other")
    with workspace.registry.read() as connection:
        assert [row["id"] for row in datasets.learnable(connection, "churn")] == wanted
        latest = datasets.latest_accepted(connection, "churn")
    assert latest is not None
    assert latest["version"] == 3


def test_a_new_version_may_stand_for_the_newest_and_for_its_own_name(workspace: Workspace) -> None:
    ids = {
        name: rows.version(workspace, data=name.encode(), file_name=name) for name in ("full.csv", "a.csv", "b.csv")
    }
    new = rows.version(workspace, data=b"new", file_name="full.csv")
    with workspace.registry.read() as connection:
        row = datasets.by_id(connection, [new])[0]
        found = {one["id"] for one in datasets.predecessors(connection, "churn", row)}
        named = [one["id"] for one in datasets.accepted_named(connection, "churn", "full.csv")]
    assert found == {ids["full.csv"], ids["b.csv"]}
    assert named == [ids["full.csv"], new]


def test_a_first_version_stands_for_nothing(workspace: Workspace) -> None:
    new = rows.version(workspace)
    with workspace.registry.read() as connection:
        assert datasets.predecessors(connection, "churn", datasets.by_id(connection, [new])[0]) == []


def test_row_hashes_of_what_was_accepted_once(workspace: Workspace) -> None:
    states = (VersionState.ACCEPTED, VersionState.SUPERSEDED, VersionState.RETIRED, VersionState.SUPERSEDED)
    ids = [
        rows.version(workspace, data=bytes([n]), state=state, row_hashes=f"rows {n}") for n, state in enumerate(states)
    ]
    rows.version(workspace, data=b"none", state=VersionState.RETIRED)
    rows.version(workspace, data=b"bad", state=VersionState.QUARANTINED, row_hashes="rows 5")
    with workspace.registry.read() as connection:
        assert datasets.older_hashes(connection, "churn", 6, [ids[0]]) == {2: "rows 1", 3: "rows 2", 4: "rows 3"}
        assert datasets.older_hashes(connection, "churn", 3, [ids[1]]) == {1: "rows 0", 3: "rows 2"}


def test_many_ids_come_in_order_of_arrival(workspace: Workspace) -> None:
    ids = [rows.version(workspace, data=bytes([n])) for n in range(5)]
    with workspace.registry.read() as connection:
        asked = [*ids[::-1], *range(10_000, 11_200)]
        assert [row["id"] for row in datasets.by_id(connection, asked)] == ids
        assert datasets.by_id(connection, []) == []


def test_a_change_is_of_one_version(workspace: Workspace) -> None:
    first, second = (rows.version(workspace, data=bytes([n])) for n in range(2))
    with workspace.registry.write("me") as tx:
        datasets.change(tx, first, state=VersionState.RETIRED)
    with workspace.registry.read() as connection:
        assert [row["state"] for row in datasets.by_id(connection, [first, second])] == ["retired", "accepted"]
