"""Datasets and versions as the contract has them, with their reasons and the stored profile."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from core.errors import Corrupted, NotFound, UsageError
from core.registry import datasets as rows
from core.services import versions as services
from core.views import datasets
from core.vocabulary import VersionState
from core.workspace import Workspace
from tests.unit.views.past import Past

KEYS = [
    "dataset", "version", "hash", "files", "rows", "columns", "labelled", "bad_rows", "state", "reasons", "warnings",
    "added_at", "cause",
]
PROFILE: dict[str, Any] = {"rows": 1204, "target": "churned", "columns": {"âge": {"kind": "number", "missing": 3}}}


def fill(past: Past) -> Workspace:
    """churn@1 and @3 accepted, @2 quarantined; birds@1 alone."""
    past.recipe()
    past.recipe("birds")
    past.version(file="2026-01.csv", profile=PROFILE)
    past.version(file="2026-02.csv", reason="column age is missing", line=1)
    past.version(file="2026-03.csv", rows=900, labelled=0)
    past.version("birds")
    return past.workspace


@pytest.fixture
def month(past: Past) -> Workspace:
    return fill(past)


@pytest.fixture(scope="module")
def shared(settled: Past) -> Workspace:
    """The same, to look at only."""
    return fill(settled)


def test_json_key_by_key(shared: Workspace) -> None:
    made = datasets.show(shared, "churn@1").to_json()
    assert [*made] == KEYS
    assert made["dataset"] == "churn"
    assert made["version"] == 1
    assert len(made["hash"]) == 65
    assert made["files"] == [{"name": "2026-01.csv", "bytes": 2048, "hash": "f" * 64}]
    assert (made["rows"], made["columns"], made["labelled"], made["bad_rows"]) == (1204, 12, 1204, 0)
    assert made["state"] == "accepted"
    assert made["reasons"] == made["warnings"] == []
    assert made["added_at"] == "2026-03-02T09:00:00.000000+00:00"
    assert made["cause"] == "new_data"
    json.dumps(made, allow_nan=False)


def test_json_of_what_could_not_be_read(shared: Workspace) -> None:
    made = datasets.show(shared, "churn@v2").to_json()
    assert [*made] == KEYS
    assert made["rows"] is None
    assert made["columns"] is None
    assert made["state"] == "quarantined"
    assert made["reasons"] == [
        {"check": "missing_column", "column": "age", "message": "column age is missing", "line": 1}
    ]


def test_versions_newest_first_the_quarantined_too(shared: Workspace) -> None:
    assert [one.name for one in datasets.versions(shared, "churn")] == ["churn@3", "churn@2", "churn@1"]
    assert [one.name for one in datasets.versions(shared, "churn", order="rows")] == ["churn@3", "churn@1", "churn@2"]
    first = datasets.versions(shared, "churn", limit=2)
    assert [one.version for one in datasets.versions(shared, "churn", limit=2, after=first.next)] == [1]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("state=quarantined", [2]), ("rows>1000", [1]), ("labelled=0", [3]), ("file~2026-02", [2]), ("reason~age", [2]),
        ("2026-03", [3]), ('rows=""', [2]), ("discarded=no", [3, 2, 1]), ("cause=manual", []),
        ("added_at>=2026-03-02", [3, 2, 1]),
    ],
)
def test_versions_asked_for(shared: Workspace, where: str, found: list[int]) -> None:
    assert [one.version for one in datasets.versions(shared, "churn", where=where)] == found


def test_listing(shared: Workspace) -> None:
    birds, churn = datasets.list(shared)
    assert birds.name == "birds"
    assert churn.to_json() == {
        "name": "churn", "recipe": "churn", "versions": 3, "accepted": 2, "quarantined": 1, "rows": 2104,
        "labelled": 1204, "newest": 3, "newest_state": "accepted", "added_at": "2026-03-02T09:00:00.000000+00:00",
    }
    assert [one.name for one in datasets.list(shared, where="quarantined>0")] == ["churn"]
    assert [one.name for one in datasets.list(shared, order="-versions")] == ["churn", "birds"]


def test_a_dataset_that_nothing_has_come_for(past: Past) -> None:
    past.recipe()
    (one,) = datasets.list(past.workspace)
    assert (one.versions, one.rows, one.newest, one.added_at) == (0, 0, None, None)
    assert len(datasets.versions(past.workspace, "churn")) == 0


def test_quarantine_holds_what_nobody_has_answered(month: Workspace, past: Past) -> None:
    past.version("birds", reason="no target", column="late", line=17)
    assert [one.name for one in datasets.quarantine(month)] == ["birds@2", "churn@2"]
    assert datasets.quarantine(month).rows[0].reasons[0]["line"] == 17
    services.discard(month, "churn@2")
    assert [one.name for one in datasets.quarantine(month)] == ["birds@2"]
    assert datasets.show(month, "churn@2").discarded
    assert [one.quarantined for one in datasets.list(month)] == [1, 0]


def test_what_supersedes_a_version(month: Workspace) -> None:
    with month.registry.write("daemon") as tx:
        newer = rows.version(tx.connection, "churn", 3)
        older = rows.version(tx.connection, "churn", 1)
        assert newer is not None
        assert older is not None
        rows.change(tx, older["id"], state=VersionState.SUPERSEDED, superseded_by=newer["id"])
    assert datasets.show(month, "churn@1").superseded_by == 3
    assert datasets.show(month, "churn@3").superseded_by is None


def test_profile(month: Workspace) -> None:
    assert datasets.profile(month, "churn@1") == PROFILE
    assert datasets.show(month, "churn@1").has_profile
    with pytest.raises(NotFound, match="has no profile"):
        datasets.profile(month, "churn@2")
    shutil.rmtree(month.hidden / "store")
    with pytest.raises(Corrupted):
        datasets.profile(month, "churn@1")


@pytest.mark.parametrize("text", ["churn", "churn@", "@1", "churn@one", "churn@-1", "churn@²"])
def test_names_that_name_no_version(shared: Workspace, text: str) -> None:
    with pytest.raises(UsageError, match="names no version"):
        datasets.show(shared, text)


def test_what_is_not_there(shared: Workspace) -> None:
    with pytest.raises(NotFound, match="there is no churn@9"):
        datasets.show(shared, "churn@9")
    with pytest.raises(NotFound) as error:
        datasets.versions(shared, "chrun")
    assert error.value.hint == "did you mean 'churn'?"
    with pytest.raises(NotFound):
        datasets.profile(shared, "churn@9")
