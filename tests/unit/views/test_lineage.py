"""From a version of data to the models that learned from it, and back."""

from __future__ import annotations

import pytest

from core.errors import NotFound
from core.views import lineage
from core.vocabulary import Verdict
from core.workspace import Workspace
from tests.unit.views.past import Past


@pytest.fixture
def lines(past: Past) -> Workspace:
    past.recipe()
    data = [past.version()]
    past.run(data)
    data.append(past.version())
    past.run(data, verdict=Verdict.FAILED, value=0.6)
    past.run(data)
    return past.workspace


def test_forward(lines: Workspace) -> None:
    made = lineage.of_version(lines, "churn@1")
    assert [(one.run, one.model_version, one.aliases, one.outcome) for one in made] == [
        (3, 2, ("champion",), "promoted"), (2, None, (), "refused"), (1, 1, (), "promoted"),
    ]
    assert [one.run for one in lineage.of_version(lines, "churn@2")] == [3, 2]
    assert [one.run for one in lineage.of_version(lines, "churn@1", where="verdict=failed recipe_hash~a1")] == [2]


def test_back(lines: Workspace) -> None:
    found = lineage.of_model(lines, "churn@champion")
    assert found.made.run == 3
    assert [(one.name, one.fresh) for one in found.data] == [("churn@1", False), ("churn@2", True)]
    assert lineage.of_model(lines, "churn@1").to_json() == {
        "data": [{"dataset": "churn", "version": 1, "state": "accepted", "rows": 1204, "fresh": True}],
        "made": {
            "run": 1, "recipe": "churn", "state": "finished", "verdict": "passed", "outcome": "promoted",
            "started_at": "2026-03-02T09:00:00.000000+00:00", "model_version": 1, "aliases": [],
        },
    }
    assert lineage.of_run(lines, 2).made.model_version is None


def test_what_is_not_there(lines: Workspace) -> None:
    for look in (
        lambda: lineage.of_version(lines, "churn@9"), lambda: lineage.of_model(lines, "churn@9"),
        lambda: lineage.of_run(lines, 9),
    ):
        with pytest.raises(NotFound):
            look()
