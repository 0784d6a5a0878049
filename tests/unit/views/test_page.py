"""Pages join up: read in pieces, a listing gives each row once, in its order, whatever it is sorted by."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from core.errors import UsageError
from core.registry import runs as rows
from core.views import page, runs
from core.vocabulary import Verdict
from core.workspace import Workspace
from tests.unit.views.past import Past

VALUES = (0.7, 0.9, 0.7, None, 0.8, None, 0.7)


def fill(past: Past) -> Workspace:
    """Seven runs: equal metrics, missing metrics, and durations that not all of them have."""
    past.recipe()
    data = [past.version()]
    for number, value in enumerate(VALUES):
        verdict = Verdict.INSUFFICIENT_DATA if value is None else Verdict.FAILED
        run = past.run(data, verdict=verdict, value=value or 0, params={"max_iter": 50 * number, "loss": f"l{number}"})
        if number % 3 == 0:
            with past.write() as tx:
                rows.change(tx, run, seconds=None)
    return past.workspace


@pytest.fixture(scope="module")
def leaderboard(settled: Past) -> Workspace:
    return fill(settled)


def ids(workspace: Workspace, limit: int, **asked: Any) -> list[int]:
    found: list[int] = []
    after = None
    for _ in range(20):
        part = runs.list(workspace, limit=limit, after=after, **asked)
        assert len(part) <= limit or limit == 0
        found += [run.id for run in part]
        after = part.next
        if after is None:
            return found
        assert len(part) == limit
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 0])
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("", [7, 6, 5, 4, 3, 2, 1]),
        ("id", [1, 2, 3, 4, 5, 6, 7]),
        ("-roc_auc", [2, 5, 7, 3, 1, 6, 4]),
        ("roc_auc", [1, 3, 7, 5, 2, 4, 6]),
        ("-metrics.roc_auc", [2, 5, 7, 3, 1, 6, 4]),
        ("-params.max_iter", [7, 6, 5, 4, 3, 2, 1]),
        ("params.loss", [1, 2, 3, 4, 5, 6, 7]),
        ("seconds", [2, 3, 5, 6, 1, 4, 7]),
        ("-seconds", [6, 5, 3, 2, 7, 4, 1]),
        ("model_version", [1, 2, 3, 4, 5, 6, 7]),
        ("started_at", [1, 2, 3, 4, 5, 6, 7]),
        ("-verdict", [6, 4, 7, 5, 3, 2, 1]),
    ],
)
def test_pages_join_up(leaderboard: Workspace, order: str, limit: int, expected: list[int]) -> None:
    assert ids(leaderboard, limit, order=order) == expected
    assert ids(leaderboard, limit, order=f"!{order or '-id'}") == expected[::-1], "from the end"


@pytest.mark.parametrize("limit", [1, 2, 0])
def test_pages_of_a_filter(leaderboard: Workspace, limit: int) -> None:
    assert ids(leaderboard, limit, where="roc_auc>=0.7 roc_auc<0.9", order="-roc_auc") == [5, 7, 3, 1]
    assert ids(leaderboard, limit, where="params.max_iter>=150", order="-roc_auc") == [5, 7, 6, 4]
    assert ids(leaderboard, limit, where="!roc_auc>0.7", order="-roc_auc") == [7, 3, 1, 6, 4]
    assert ids(leaderboard, limit, where='roc_auc=""', order="-roc_auc") == [6, 4]
    assert ids(leaderboard, limit, where='seconds=""') == [7, 4, 1]


@pytest.mark.parametrize("few", [0, page.FEW])
def test_rare_and_common_terms_find_the_same(leaderboard: Workspace, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """Whether rows are found through their keys or looked at one by one is a matter of speed only."""
    monkeypatch.setattr(page, "FEW", few)
    asked = "params.max_iter>=100 params.max_iter<=250 roc_auc>0.6"
    assert ids(leaderboard, 2, where=asked) == [5, 3]
    assert ids(leaderboard, 2, where=asked, order="-accuracy") == [5, 3]
    assert ids(leaderboard, 2, where="params.max_iter>=100", order="roc_auc") == [3, 7, 5, 4, 6]
    assert ids(leaderboard, 2, where="params.max_iter>1000", order="roc_auc") == []


def test_a_row_that_arrives_between_two_pages_shifts_none(past: Past) -> None:
    workspace = fill(past)
    first = runs.list(workspace, limit=3)
    past.run([1], verdict=Verdict.FAILED)
    second = runs.list(workspace, limit=3, after=first.next)
    assert [run.id for run in (*first, *second)] == [7, 6, 5, 4, 3, 2]
    assert all(a.id > b.id for a, b in pairwise((*first, *second)))


def test_what_cannot_be_sorted_by(leaderboard: Workspace) -> None:
    with pytest.raises(UsageError, match="nothing can be sorted by it"):
        runs.list(leaderboard, order="tag")
    with pytest.raises(UsageError) as error:
        runs.list(leaderboard, order="-roc_acu")
    assert error.value.hint == "did you mean roc_auc?"
