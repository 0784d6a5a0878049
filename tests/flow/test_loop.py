"""The closed loop as a person meets it: data, a refusal, an approval, a hold, a way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.house import CHURN, RECIPE, House, churn, make


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with make(tmp_path / "house") as made:
        made.start()
        yield made


def _arrive(house: House, month: int, rows: int = 500) -> None:
    house.drop(f"month_{month:02d}.csv", churn(month, rows), CHURN)
    house.settle()


def test_from_file_to_champion_and_what_it_says_of_it(house: House) -> None:
    for month in (1, 2):
        _arrive(house, month)
    model = house.json("models", "show", "churn")
    assert model["champion"] == 2
    versions = sorted(model["versions"], key=lambda one: int(one["version"]))
    assert [version["aliases"] for version in versions] == [[], ["champion"]]
    newest, first = house.json("runs", "list")
    assert (first["cause"], first["gate"]["verdict"]) == ("new_data", "passed")
    assert first["rows_holdout"] == pytest.approx(250, abs=20)
    assert newest["data"] == [{"dataset": "churn", "version": 1}, {"dataset": "churn", "version": 2}]
    assert newest["rows_train"] + newest["rows_holdout"] == 1000
    assert newest["metrics"]["roc_auc"] > 0.65
    why = house.run("why", "churn")
    assert "champion" in why and "v1" in why
    kinds = [event["kind"] for event in house.json("events", "--limit", "0")]
    for kind in ("DatasetVersionAccepted", "RunFinished", "GatePassed", "ModelVersionRegistered", "AliasMoved"):
        assert kinds.count(kind) == 2, kind
    assert house.json("status", code=0)


def test_a_careless_recipe_is_refused_and_a_better_one_promoted(house: House) -> None:
    for month in (1, 2, 3):
        _arrive(house, month, 700)
    house.recipe(RECIPE.replace("max_iter = 20", "max_iter = 1, max_leaf_nodes = 2"))
    house.settle()
    refused = house.json("runs", "list", "--limit", "1")[0]
    assert (refused["cause"], refused["gate"]["verdict"], refused["model_version"]) == ("recipe_change", "failed", None)
    failed = [reason for reason in refused["gate"]["reasons"] if not reason["passed"]]
    assert failed and failed[0]["value"] < failed[0]["champion_value"]
    assert house.json("models", "show", "churn")["champion"] == 3
    house.recipe(RECIPE)  # the champion's own recipe again: nothing to learn
    house.settle()
    assert len(house.json("runs", "list")) == 4
    house.recipe(RECIPE.replace("max_iter = 20", "max_iter = 25"))
    house.settle()
    assert house.json("models", "show", "churn")["champion"] == 4
    assert "recipe" in house.run("why", "churn")


def test_a_lowered_bar_waits_for_a_person(house: House) -> None:
    _arrive(house, 1)
    house.recipe(RECIPE + "[gate]\nmax_drop = 0.9\n")
    house.settle()
    waiting = house.json("runs", "list", "--limit", "1")[0]
    assert waiting["gate"]["verdict"] == "needs_approval"
    assert house.json("models", "show", "churn")["champion"] == 1
    assert "churn" in house.run("status", code=1)
    house.run("models", "approve", "churn")
    assert house.json("models", "show", "churn")["champion"] == 2


def test_a_hold_stops_promotion_and_nothing_else(house: House) -> None:
    _arrive(house, 1)
    house.run("models", "hold", "churn")
    _arrive(house, 2)
    model = house.json("models", "show", "churn")
    assert (model["champion"], model["held"]) == (1, True)
    assert {"challenger"} <= {alias for version in model["versions"] for alias in version["aliases"]}
    house.run("models", "resume", "churn")
    _arrive(house, 3)
    assert house.json("models", "show", "churn")["champion"] == 3


def test_a_rollback_goes_back_and_holds(house: House) -> None:
    for month in (1, 2):
        _arrive(house, month)
    house.run("models", "rollback", "churn")
    model = house.json("models", "show", "churn")
    assert (model["champion"], model["held"]) == (1, True)
    house.run("models", "undo", "churn")
    assert house.json("models", "show", "churn")["champion"] == 2


def test_promotion_by_hand_carries_the_champion_it_saw(house: House) -> None:
    for month in (1, 2):
        _arrive(house, month)
    house.run("models", "promote", "churn@1", "--champion", "2")
    said = house.run("models", "promote", "churn@2", "--champion", "2", code=5)
    assert "by now" in said


def test_train_set_never_promotes_without_being_told(house: House) -> None:
    _arrive(house, 1)
    house.run("train", "churn", "--set", "model.params.max_iter=30", "--wait")
    assert house.json("models", "show", "churn")["champion"] == 1
    house.run("train", "churn", "--set", "model.params.max_iter=30", "--promote", "--wait")
    model = house.json("models", "show", "churn")
    assert model["champion"] == max(version["version"] for version in model["versions"])
    assert house.json("runs", "list", "--limit", "1")[0]["params"]["max_iter"] == 30


def test_predict_scores_every_row_in_order(house: House, tmp_path: Path) -> None:
    _arrive(house, 1)
    rows = churn(5, 50)
    from tests.flow.house import deliver

    fresh = deliver(tmp_path / "fresh.csv", CHURN[:-1], [row[:-1] for row in rows])
    house.run("predict", "churn", str(fresh), "-o", str(tmp_path / "out.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len(lines) == 50
    assert {line["prediction"] for line in lines} == {"0", "1"}
    assert all(abs(sum(line["probabilities"].values()) - 1) < 1e-9 for line in lines)
    house.run("predict", "churn@1", str(fresh), "-o", str(tmp_path / "out.csv"))
    table = (tmp_path / "out.csv").read_text().splitlines()
    assert table[0] == "prediction,probability_0,probability_1"
    assert [line.split(",")[0] for line in table[1:]] == [line["prediction"] for line in lines]
    broken = tmp_path / "broken.csv"
    broken.write_text(fresh.read_text().replace("basic", "basic,oops", 1))
    said = house.run("predict", "churn", str(broken), "-o", str(tmp_path / "never.csv"), code=4)
    assert "line" in said
    assert not (tmp_path / "never.csv").exists()


def test_a_broken_recipe_keeps_the_last_good_one_in_force(house: House) -> None:
    _arrive(house, 1)
    house.recipe("watch = inbox\n")
    _arrive(house, 2)
    assert house.json("models", "show", "churn")["champion"] == 2
    (recipe,) = house.json("recipes", "list")
    assert recipe["valid"] is False and recipe["problems"]


def test_user_code_and_other_estimators(house: House) -> None:
    code = house.workspace.recipes / "core.py"  # a name that is ours too
    code.write_text("def more(frame):\n    return frame.assign(ratio=frame.age / (1 + frame.calls))\n")
    house.recipe(
        RECIPE.replace("[model]\nparams = { max_iter = 20 }", '[features]\ncustom = "core.py:more"\n[model]\n'
                       'estimator = "sklearn.linear_model.LogisticRegression"')
    )
    _arrive(house, 1)
    run = house.json("runs", "list")[0]
    assert run["gate"]["verdict"] == "passed"
    assert run["params"]["estimator"].endswith("LogisticRegression")
    code.write_text("def more(frame):\n    raise ValueError('no')\n")
    house.settle()
    failed = house.json("runs", "list", "--limit", "1")[0]
    assert failed["state"] == "failed" and "core.py" in failed["error"]


COMMAND = '''\
import csv, json, os
rows = list(csv.DictReader(open(os.environ["FOOTPLATE_TRAIN"])))
holdout = list(csv.DictReader(open(os.environ["FOOTPLATE_HOLDOUT"])))
rate = sum(row["churned"] == "1" for row in rows) / len(rows)
with open(os.environ["FOOTPLATE_OUTPUT"] + "/predictions.csv", "w") as out:
    print("prediction,probability_0,probability_1", file=out)
    for row in holdout:
        p = min(0.99, max(0.01, rate + (float(row["age"]) - 40) / 60 + (float(row["calls"]) - 3) / 12))
        print(f"{int(p > .5)},{1 - p},{p}", file=out)
with open(os.environ["FOOTPLATE_METRICS"], "a") as out:
    print(json.dumps({"name": "loss", "value": 0.5, "step": 1}), file=out)
'''


def test_a_command_of_ones_own(house: House) -> None:
    (house.workspace.recipes / "train.py").write_text(COMMAND)
    house.recipe(RECIPE.replace("params = { max_iter = 20 }", 'command = ["python3", "train.py"]'))
    _arrive(house, 1)
    run = house.json("runs", "list")[0]
    assert (run["state"], run["gate"]["verdict"]) == ("finished", "passed"), run
    assert run["metrics"]["roc_auc"] > 0.65
