"""The rule of the target turns: the loop notices, and learns the new rule. Labels that are wrong move nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core.services import recipes
from core.services.contest import incumbent
from core.training import packaging
from core.workspace import Workspace
from tests.fakes.watched import HEADER, RECIPE, Watched, month
from tests.flow.house import House

ROWS = 800
NEAR = 0.03


def rows(number: int, *, turned: bool = False, flipped: float = 0.0, seed: int = 0) -> list[list[object]]:
    """A month of rows that no other month has."""
    made = month(number + 100 * seed, ROWS, turned=turned, flipped=flipped)
    return [[f"2026-{number:02d}-{1 + place * 28 // ROWS:02d}", *row[1:]] for place, row in enumerate(made)]


def worth(workspace: Workspace) -> float:
    """ROC AUC of today's champion by the new rule, on many rows that nobody has seen."""
    fresh = month(999, 4000, turned=True)
    against = incumbent(workspace, "churn")
    assert against is not None
    model = packaging.load(workspace.store.path(against.artifact), against.artifact)
    said = model.predict(pd.DataFrame([[row[1], row[2]] for row in fresh], columns=["x", "z"]))
    assert said.probabilities is not None
    return float(roc_auc_score([row[3] == "yes" for row in fresh], said.probabilities[:, 1]))


def test_after_three_arrivals_the_champion_is_as_good_as_one_that_knows_only_the_new_rule(tmp_path: Path) -> None:
    alone = Watched(Workspace.init(tmp_path / "alone")[0], RECIPE)
    for number in (5, 6, 7):
        alone.add(f"{number}.csv", rows(number, turned=True), HEADER)
        alone.work()
    with House(tmp_path / "house") as house:
        house.recipe(RECIPE)
        recipes.sync(house.workspace)
        house.start()
        for number in range(1, 8):
            house.drop(f"{number}.csv", rows(number, turned=number >= 5), HEADER)
            house.settle()
            if number == 4:
                assert worth(house.workspace) < 0.6, "it knows the old rule alone"
                assert house.json("alerts", "list") == []
            if number == 5:
                [alert] = house.json("alerts", "list", "--where", "kind=performance")
                assert alert["since"] == {"dataset": "churn", "version": 5}
        assert worth(house.workspace) > worth(alone.workspace) - NEAR
        [alert] = house.json("alerts", "list", "--where", "kind=performance")
        assert alert["state"] == "resolved", "all is well again"


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_version_with_flipped_labels_moves_nothing_and_a_person_is_told(tmp_path: Path, seed: int) -> None:
    lab = Watched(Workspace.init(tmp_path / "lab")[0], RECIPE)
    for number in (1, 2, 3, 4):
        lab.add(f"{number}.csv", rows(number, seed=seed), HEADER)
        lab.work()
    champion = lab.champion()
    lab.add("5.csv", rows(5, flipped=0.3, seed=seed), HEADER)
    lab.work()
    assert lab.champion() == champion is not None
    from core.views import overview

    needs = [need.text for need in overview.overview(lab.workspace).needs if need.kind == "alert"]
    assert len(needs) == 1 and "churn/performance" in needs[0]
