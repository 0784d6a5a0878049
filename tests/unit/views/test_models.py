"""Models and versions as the contract has them, and the trend of the metric that decides."""

from __future__ import annotations

import json

import pytest

from core.errors import NotFound, UsageError
from core.services import release
from core.views import models
from core.vocabulary import Verdict
from core.workspace import Workspace
from tests.unit.views.past import Past


@pytest.fixture
def three(past: Past) -> Workspace:
    """v1 and v2 were promoted one after the other, v3 waits for a person; one run was refused between."""
    past.recipe()
    data = [past.version()]
    past.run(data, value=0.78, champion_value=None, metrics={"brier": 0.2}, params={"max_iter": 10})
    past.run(data, verdict=Verdict.FAILED, value=0.6)
    past.run(data, value=0.81, params={"max_iter": 20})
    past.run(data, verdict=Verdict.NEEDS_APPROVAL, value=0.83, params={"max_iter": 30})
    return past.workspace


def test_json_key_by_key(three: Workspace) -> None:
    made = models.show(three, "churn").to_json()
    assert [*made] == ["name", "champion", "held", "versions"]
    assert (made["name"], made["champion"], made["held"]) == ("churn", 2, False)
    assert [version["version"] for version in made["versions"]] == [3, 2, 1]
    oldest = made["versions"][-1]
    assert [*oldest] == ["version", "run", "aliases", "metrics", "registered_at"]
    assert oldest == {
        "version": 1, "run": 1, "aliases": [], "metrics": {"roc_auc": 0.78, "brier": 0.2},
        "registered_at": "2026-03-02T09:00:00.000000+00:00",
    }
    assert [version["aliases"] for version in made["versions"]] == [["challenger"], ["champion"], []]
    json.dumps(made, allow_nan=False)


def test_a_model_without_a_version(past: Past) -> None:
    past.recipe()
    past.run([past.version()], verdict=Verdict.INSUFFICIENT_DATA)
    (one,) = models.list(past.workspace)
    assert one.to_json() == {"name": "churn", "champion": None, "held": False, "versions": []}


def test_listing(three: Workspace, past: Past) -> None:
    past.recipe("birds")
    past.run([past.version("birds")], "birds")
    assert [one.name for one in models.list(three)] == ["birds", "churn"]
    assert [one.name for one in models.list(three, where="champion>1")] == ["churn"]
    release.hold(three, "churn", "looks odd")
    (held,) = models.list(three, where="held=yes")
    assert (held.name, held.held_by, held.held_reason) == ("churn", "tester", "looks odd")
    assert held.to_json()["held"] is True
    assert [one.name for one in models.list(three, order="-champion", limit=1)] == ["churn"]


def test_versions_asked_for(three: Workspace) -> None:
    def found(where: str = "", order: str = "") -> list[int]:
        return [one.version for one in models.versions(three, "churn", where=where, order=order)]

    assert found() == [3, 2, 1]
    assert found("roc_auc>0.8") == [3, 2]
    assert found("params.max_iter<25 roc_auc>0.7", "roc_auc") == [1, 2]
    assert found("alias=champion") == [2]
    assert found("!alias=champion") == [3, 1]
    assert found('alias=""') == [1]
    assert found("verdict=needs_approval") == [3]
    assert found("run>1", "-brier") == [3, 2]


def test_a_version_by_what_it_is_called(three: Workspace) -> None:
    assert models.version(three, "churn").version == 2
    assert models.version(three, "churn@v1").run == 1
    assert models.version(three, "churn@challenger").version == 3
    for text, kind in (("churn@9", NotFound), ("churn@shadow", UsageError), ("chrun", NotFound)):
        with pytest.raises(kind):
            models.version(three, text)


def test_an_alias_that_nothing_bears(past: Past) -> None:
    past.recipe()
    past.run([past.version()])
    with pytest.raises(NotFound, match="churn has no challenger"):
        models.version(past.workspace, "churn@challenger")


def test_trend_tells_champions_from_the_rest(three: Workspace) -> None:
    trend = models.trend(three, "churn")
    assert (trend.metric, trend.lower_is_better) == ("roc_auc", False)
    assert [(point.version, point.value, point.champion) for point in trend.points] == [
        (1, 0.78, True), (2, 0.81, True), (3, 0.83, False),
    ]
    assert trend.points[0].lower == pytest.approx(0.76)
    release.approve(three, "churn")
    assert models.trend(three, "churn", limit=1).points[0].champion
    assert [*trend.to_json()["points"][0]] == ["version", "run", "at", "value", "lower", "upper", "champion"]


def test_moves_of_the_champion(three: Workspace) -> None:
    release.rollback(three, "churn")
    with three.registry.read() as connection:
        moves = models.moves(connection, "churn")
    assert [(move["before"], move["version"], move["why"]) for move in moves] == [
        (None, 1, "gate passed"), (1, 2, "gate passed"), (2, 1, "rolled back by a person"),
    ]


def test_nearest_name(three: Workspace) -> None:
    with pytest.raises(NotFound) as error:
        models.show(three, "chrun")
    assert error.value.hint == "did you mean 'churn'?"


def test_the_ways_back_are_those_that_the_services_go(three: Workspace) -> None:
    ways = models.ways(three, "churn")
    assert (ways.rollback, ways.undo) == (1, 1)
    assert ways.last is not None and ways.last["why"] == "gate passed"
    release.rollback(three, "churn")
    ways = models.ways(three, "churn")
    assert (ways.rollback, ways.undo) == (None, 2)
    assert "back at v2" in release.undo(three, "churn")
    assert models.ways(three, "churn").rollback == 1
