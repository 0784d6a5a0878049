"""What a promotion would change: data, recipe, parameters, numbers, and whether they were ever compared."""

from __future__ import annotations

import json

import pytest

from core.errors import NotFound
from core.services import release
from core.views.difference import difference
from core.vocabulary import Verdict
from tests.unit.views.past import TEXT, Past


def test_from_the_champion_to_a_challenger_that_was_judged_against_it(past: Past) -> None:
    past.recipe()
    first, second = past.version(), past.version()
    past.run([first], value=0.78, champion_value=None, params={"depth": 3, "same": 1, "old": 1})
    past.recipe(text=f"{TEXT}[model]\nseed = 7\n", hash="fedcba987654")
    past.run(
        [first, second], value=0.81, params={"depth": 5, "same": 1}, metrics={"brier": 0.2},
        verdict=Verdict.NEEDS_APPROVAL,
    )
    found = difference(past.workspace, "churn", 2)
    assert (found.before, found.after, found.verdict) == (1, 2, "needs_approval")
    assert found.compared == "v2 against v1: .810 against .806 on 602 (-.004 to +.016)"
    assert [(one.name, one.before, one.after) for one in found.params] == [("depth", "3", "5"), ("old", "1", None)]
    assert (found.data_new, found.data_gone) == ((("churn", 2),), ())
    assert found.recipe[0].startswith("--- churn.toml") and "+seed = 7" in found.recipe and "-seed" not in found.recipe
    auc, brier = found.metrics
    assert auc.decides and auc.gain == pytest.approx(0.03) and not brier.decides and brier.gain is None
    made = found.to_json()
    json.dumps(made, allow_nan=False)
    assert made["data_new"] == ["churn@2"] and made["metrics"][0]["after"]["value"] == 0.81


def test_a_version_that_its_gate_never_compared_with_todays_champion(past: Past) -> None:
    past.recipe()
    data = [past.version()]
    for value in (0.7, 0.75, 0.8):
        past.run(data, value=value)
    assert difference(past.workspace, "churn", 1).compared == ""
    assert difference(past.workspace, "churn", 1).judged_against == "a dummy"
    assert difference(past.workspace, "churn", 3, against=2).compared.startswith("v3 against v2: .800 against")
    assert difference(past.workspace, "churn", 2, against=3).compared.startswith("v3 against v2: .800 against")
    assert difference(past.workspace, "churn", 3, against=1).compared == ""
    release.rollback(past.workspace, "churn")
    assert difference(past.workspace, "churn", 3).before == 2
    assert difference(past.workspace, "churn", 3).recipe == ()


def test_the_first_version_has_nobody_before_it(past: Past) -> None:
    past.recipe()
    past.run([past.version()], verdict=Verdict.NEEDS_APPROVAL, params={"depth": 3})
    found = difference(past.workspace, "churn", "challenger")
    assert (found.before, found.rows_before, found.compared, found.recipe) == (None, None, "", ())
    assert found.data_new == (("churn", 1),) and found.params[0].before is None
    with pytest.raises(NotFound):
        difference(past.workspace, "churn", 9)


def test_lower_may_be_better(past: Past) -> None:
    past.recipe()
    past.run([past.version()], metrics={"rmse": 4.0})
    past.run([past.version()], metrics={"rmse": 3.0})
    assert next(one for one in difference(past.workspace, "churn", 1, 2).metrics if one.name == "rmse").gain == -1.0
