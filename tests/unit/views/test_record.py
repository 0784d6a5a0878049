"""The record of decisions that made no run: cause, rule, evidence, and what would have had to be different."""

from __future__ import annotations

import pytest

from core.errors import NotFound
from core.services import learning, recipes, versions
from core.views import activity
from core.views.record import Record, record
from core.views.telling import Told
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable


def decisions(workspace: Workspace) -> list[Told]:
    return list(activity.decisions(workspace, limit=0).rows)


def newest(workspace: Workspace) -> Record:
    return record(workspace, decisions(workspace)[0].event)


def said(found: Record, label: str) -> list[str]:
    return [one.text for one in found.lines if one.label == label]


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    return Lab(workspace)


def test_a_quarantined_file(lab: Lab) -> None:
    lab.add("a.csv", learnable(60))
    lab.add("b.csv", [(x,) for x, _ in learnable(60, 3)], header=("x",))
    found = newest(lab.workspace)
    assert (found.outcome, found.subject, found.run) == ("quarantined", "churn@2", None)
    assert said(found, "cause") == ["b.csv arrived"] and said(found, "rule")
    assert "y" in said(found, "evidence")[0] and "[data]" in said(found, "would change it")[0]
    assert "quarantine release churn@2" in said(found, "or")[0]
    versions.discard(lab.workspace, "churn@2")
    assert said(record(lab.workspace, found.event), "evidence"), "the record stays"


def test_a_recipe_that_cannot_be_used(lab: Lab) -> None:
    lab.recipe(RECIPE.replace("target", "tarjet"))
    found = newest(lab.workspace)
    assert found.outcome == "broken" and "recipes/churn.toml was saved" in said(found, "cause")
    assert "tarjet" in said(found, "evidence")[0] and said(found, "would change it")


@pytest.mark.parametrize(("more", "rule"), [
    ("\n[triggers]\nrecipe_change = false\n", "[triggers] recipe_change"), ("", "labelled data"),
])
def test_a_saved_recipe_that_leads_to_no_run_says_by_which_rule(lab: Lab, more: str, rule: str) -> None:
    if more:
        lab.add("a.csv", learnable(60))
        lab.work()
    lab.recipe(RECIPE.replace("max_iter = 5", "max_iter = 6") + more)
    found = newest(lab.workspace)
    assert found.outcome == "no run" and said(found, "rule") == [rule]
    assert said(found, "cause") == ["the recipe was changed"] or "recipe" in said(found, "cause")[0]
    assert said(found, "would change it") and "footplate train churn" in said(found, "or")[0]


def test_the_champions_own_recipe_again(lab: Lab) -> None:
    lab.add("a.csv", learnable(80))
    lab.work()
    assert lab.workspace.registry
    lab.recipe(RECIPE.replace("max_iter = 5", "max_iter = 6"))
    lab.recipe(RECIPE)
    found = newest(lab.workspace)
    assert said(found, "rule") == ["the champion's recipe"]
    assert any("champion v1" in text for text in said(found, "evidence"))


def test_what_changes_nothing_that_is_learned(lab: Lab) -> None:
    lab.recipe("# a word\n" + RECIPE)
    assert said(newest(lab.workspace), "rule") == ["the recipe's hash"]


def test_data_that_nobody_learns_from_is_said_once(lab: Lab) -> None:
    lab.recipe(RECIPE + "\n[triggers]\nnew_data = false\n")
    lab.add("a.csv", learnable(60))
    found = newest(lab.workspace)
    assert found.outcome == "no run" and said(found, "rule") == ["[triggers] new_data"]
    before = len(decisions(lab.workspace))
    for _ in range(3):
        learning.ask_again(lab.workspace, recipes.load(lab.workspace, "churn"))
    assert len(decisions(lab.workspace)) == before, "not at every look"


def test_what_a_person_did_says_how_to_take_it_back(lab: Lab) -> None:
    lab.add("a.csv", learnable(60))
    versions.retire(lab.workspace, "churn@1")
    found = newest(lab.workspace)
    assert said(found, "cause") == ["tester"] and said(found, "takes it back") == ["`footplate data restore churn@1`"]
    recipes.pause(lab.workspace, "churn")
    assert said(newest(lab.workspace), "takes it back") == ["`footplate resume churn`"]


def test_every_decision_has_a_record_and_other_events_have_none(lab: Lab) -> None:
    lab.add("a.csv", learnable(60))
    lab.work()
    for one in decisions(lab.workspace):
        found = record(lab.workspace, one.event)
        assert found.lines and found.text == one.text
    with pytest.raises(NotFound, match="event 1 is no decision"):
        record(lab.workspace, 1)
    with pytest.raises(NotFound, match="is no decision"):
        record(lab.workspace, 99_999)
