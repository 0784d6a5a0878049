"""Who is judged against whom, by whose rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.rows import row_hashes
from core.data.schema import Schema
from core.errors import BadRecipe
from core.recipes.recipe import Recipe, override, parse
from core.training import contest, trainer
from core.training.contest import contend, fit_all
from core.training.labels import Coding
from core.training.model import Dummy, Model
from core.training.rows import Columns, Part, Rows, assemble
from core.training.rules import Champion
from core.training.trainer import Plan
from core.vocabulary import Kind, Task, Verdict

SCHEMA = Schema.of({"x": Kind.NUMBER, "y": Kind.NUMBER})
GATE = "[gate]\nmin_rows = 20\nmin_minority = 5\n"


def recipe(more: str = "", gate: str = GATE, target: str = "y") -> Recipe:
    text = f'watch = "in"\ntarget = "{target}"\n{more}\n[model]\nparams = {{ max_iter = 5 }}\n{gate}'
    return parse(text, "churn.toml", "churn")


def part(id: int, *, classes: int = 2, rows: int = 200) -> Part:
    random = np.random.default_rng(id)
    x = random.normal(size=rows)
    y = np.digitize(x + 0.3 * random.normal(size=rows), np.linspace(-0.5, 0.5, classes - 1) if classes > 2 else [0])
    frame = pd.DataFrame({"x": x, "y": y.astype(float)})
    return Part(id, id, f"{id}.csv", frame, row_hashes(frame, SCHEMA))


def plan(rows: Rows, one: Recipe, task: Task = Task.CLASSIFICATION) -> Plan:
    coding = Coding.of(task, rows.frame["y"])
    return Plan(one, "hash", [], SCHEMA, coding, Path(), lambda text: None)


def champion(parts: list[Part], one: Recipe, primary: str = "roc_auc", task: Task = Task.CLASSIFICATION) -> Champion:
    rows = assemble(parts, Columns("y"), seen=None)
    its = plan(rows, one, task)
    model: Model = trainer.fit(its, rows.frame, its.coding.encode(rows.frame["y"]))
    return Champion(one, "old", [], primary, lambda: model)


def unseen() -> Rows:
    return assemble([part(1), part(2)], Columns("y"), seen=frozenset({1}))


def test_a_first_model_is_judged_against_a_dummy_and_fitted_again() -> None:
    rows = assemble([part(1)], Columns("y"), seen=None)
    found = contend(plan(rows, recipe()), rows, None)
    assert (found.against, found.judgement.verdict) == ("dummy", Verdict.PASSED)
    assert found.rows_train + found.rows_holdout == len(rows) == 200
    assert fit_all(found) is not found.model


def test_without_refit_the_measured_model_is_released() -> None:
    rows = assemble([part(1)], Columns("y"), seen=None)
    found = contend(plan(rows, recipe("[evaluate]\nrefit = false")), rows, None)
    assert fit_all(found) is found.model


def test_on_unseen_rows_the_champion_itself_is_the_opponent() -> None:
    found = contend(plan(unseen(), recipe()), unseen(), champion([part(1)], recipe()))
    assert (found.against, found.primary) == ("champion", "roc_auc")
    assert found.judgement.verdict == Verdict.PASSED


def test_a_dummy_does_not_succeed_a_champion_that_learned_flipped_labels() -> None:
    flipped = part(1)
    flipped.frame["y"] = 1 - flipped.frame["y"]
    misled = champion([flipped], recipe())
    dummy = recipe().model_copy(update={
        "model": recipe().model.model_copy(update={"estimator": "sklearn.dummy.DummyClassifier", "params": {}}),
    })
    found = contend(plan(unseen(), dummy), unseen(), misled)
    assert found.against == "champion" and found.judgement.verdict == Verdict.FAILED
    assert found.judgement.difference is not None and found.judgement.difference.lower > 0.4
    (broken,) = [reason for reason in found.judgement.reasons if not reason["passed"]]
    assert "of a dummy: no better" in broken["message"]
    better = contend(plan(unseen(), recipe()), unseen(), misled)
    assert better.judgement.verdict == Verdict.PASSED
    assert any("of a dummy: better (a gain" in reason["message"] for reason in better.judgement.reasons)


def test_the_champions_bar_holds_and_another_one_waits_for_a_person() -> None:
    lower = recipe(gate="[gate]\nmin_rows = 20\nmin_minority = 1\n")
    found = contend(plan(unseen(), lower), unseen(), champion([part(1)], recipe()))
    assert found.judgement.verdict == Verdict.NEEDS_APPROVAL
    high = recipe(gate=GATE + "roc_auc = { threshold = 0.9999 }\n")
    found = contend(plan(unseen(), lower), unseen(), champion([part(1)], high))
    assert found.judgement.verdict == Verdict.FAILED


def test_the_champions_seed_draws_who_judges() -> None:
    """Else a seed could be looked for whose rows are easy."""
    rows = assemble([part(1)], Columns("y"), seen=frozenset({1}))
    one = champion([part(1)], recipe())
    drawn = []
    for seed in ("0", "7"):
        challenger = override(recipe(), {"model.seed": seed})
        drawn.append(contend(plan(rows, challenger), rows, one).split.holdout)
    assert (drawn[0] == drawn[1]).all()


def test_a_champion_of_fewer_classes_is_measured_all_the_same() -> None:
    rows = assemble([part(1), part(2, classes=3)], Columns("y"), seen=frozenset({1}))
    found = contend(plan(rows, recipe()), rows, champion([part(1)], recipe()))
    assert found.against == "champion"
    assert found.judgement.opponent_value is not None


@pytest.mark.parametrize("more", ["", '[evaluate]\nprimary = "roc_auc"\nmetrics = ["roc_auc", "log_loss"]'])
def test_a_champion_of_another_task_does_not_answer_and_a_person_decides(more: str) -> None:
    old = champion([part(1)], recipe(more, GATE + "accuracy = { threshold = 0.6 }\n"))
    new = recipe('task = "regression"')
    found = contend(plan(unseen(), new, Task.REGRESSION), unseen(), old)
    assert (found.against, found.primary) == ("dummy", "rmse")
    assert found.judgement.verdict == Verdict.NEEDS_APPROVAL


def test_a_regression_makes_way_for_classes_by_a_person() -> None:
    old = champion([part(1)], recipe(), "rmse", Task.REGRESSION)
    found = contend(plan(unseen(), recipe('task = "classification"')), unseen(), old)
    assert (found.against, found.primary) == ("dummy", "roc_auc")
    assert found.judgement.verdict == Verdict.NEEDS_APPROVAL


def test_a_recipes_own_metric_has_to_fit_its_task() -> None:
    rows = assemble([part(1)], Columns("y"), seen=None)
    with pytest.raises(BadRecipe, match="rmse does not measure a classification"):
        contend(plan(rows, recipe('[evaluate]\nprimary = "rmse"')), rows, None)


def test_where_rows_do_not_suffice_nothing_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest.trainer, "fit", None)
    rows = assemble([part(1, rows=30)], Columns("y"), seen=None)
    found = contend(plan(rows, recipe()), rows, None)
    assert (found.judgement.verdict, found.model) == (Verdict.INSUFFICIENT_DATA, None)


def test_a_dummy_knows_shares_and_the_mean() -> None:
    said = Dummy(Coding(Task.CLASSIFICATION, ("a", "b")), np.array([0, 1, 1, 1])).predict(2)
    assert said.values.tolist() == [1, 1]
    assert said.probabilities is not None
    assert said.probabilities.tolist() == [[0.25, 0.75]] * 2
    assert Dummy(Coding(Task.REGRESSION, ()), np.array([1.0, 3.0])).predict(1).values.tolist() == [2.0]
