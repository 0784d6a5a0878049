"""Scoring a file: one prediction a row, in order; whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from core.errors import BadData, BadInput, Corrupted, NotFound, UsageError
from core.registry import models
from core.services import batch, predict
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable


@pytest.fixture
def lab(workspace: Workspace) -> Lab:
    made = Lab(workspace)
    made.add("a.csv", learnable(100, 1))
    [run] = made.work()
    assert run["gate"]["verdict"] == "passed"
    return made


def new_rows(folder: Path, *lines: str) -> Path:
    path = folder / "new.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_one_prediction_a_row_in_order(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "ROWS", 7)  # pieces
    values = [-3.0, 3.0] * 20
    source = new_rows(tmp_path, "other,x", *(f"a,{value}" for value in values))
    told: list[int] = []
    said = predict.predict_file(lab.workspace, "churn", source, tmp_path / "out.csv", told.append)
    assert said == f"40 rows of new.csv scored by churn v1 -> {tmp_path / 'out.csv'}"
    assert told == [7, 14, 21, 28, 35, 40]
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["prediction"] for row in rows] == ["no", "yes"] * 20
    for row in rows:
        shares = {name: float(row[f"probability_{name}"]) for name in ("no", "yes")}
        assert sum(shares.values()) == pytest.approx(1.0)
        assert max(shares, key=shares.__getitem__) == row["prediction"]


def test_json_lines_say_the_same(lab: Lab, tmp_path: Path) -> None:
    source = new_rows(tmp_path, "x", "-3", "3")
    predict.predict_file(lab.workspace, "churn@1", source, tmp_path / "out.jsonl")
    said = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [one["prediction"] for one in said] == ["no", "yes"]
    assert set(said[0]["probabilities"]) == {"no", "yes"}


def test_a_number_is_predicted_as_a_number(workspace: Workspace, tmp_path: Path) -> None:
    lab = Lab(workspace, RECIPE + "rmse = { threshold = 1000 }\n")
    lab.add("a.csv", [[one, one * 10 + 0.25] for one in range(120)])
    [run] = lab.work()
    assert run["gate"]["verdict"] == "passed", run["gate"]
    predict.predict_file(workspace, "churn", new_rows(tmp_path, "x", "10", "100"), tmp_path / "out.csv")
    header, low, high = (tmp_path / "out.csv").read_text().split()
    assert (header, float(low) < float(high)) == ("prediction", True)


def test_a_row_that_cannot_be_read_leaves_nothing_behind(lab: Lab, tmp_path: Path) -> None:
    source = new_rows(tmp_path, "x,z", "1,2", "many,2")
    with pytest.raises(BadData, match=r"new\.csv: line 3, column x: .*'many'") as said:
        predict.predict_file(lab.workspace, "churn", source, tmp_path / "out.csv")
    assert (said.value.line, said.value.column) == (3, "x")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["new.csv"]


def test_a_missing_column_is_named_with_the_nearest(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(BadData, match="has no column x; did you mean xx") as said:
        predict.predict_file(lab.workspace, "churn", new_rows(tmp_path, "xx", "1"), tmp_path / "out.csv")
    assert "the model reads: x" in said.value.hint


def test_what_is_there_already_stays_where_scoring_fails(lab: Lab, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine")
    with pytest.raises(BadData):
        predict.predict_file(lab.workspace, "churn", new_rows(tmp_path, "x", "many"), out)
    assert out.read_text() == "mine"
    with pytest.raises(BadInput, match="cannot write"):
        predict.predict_file(lab.workspace, "churn", new_rows(tmp_path, "x", "1"), tmp_path / "not there" / "out.csv")
    with pytest.raises(UsageError, match=r"written as \.csv or \.jsonl"):
        predict.predict_file(lab.workspace, "churn", new_rows(tmp_path, "x", "1"), tmp_path / "out.xlsx")


def test_which_version(lab: Lab) -> None:
    workspace = lab.workspace
    for text in ("churn", "churn@1", "churn@v1", "churn@champion"):
        assert predict.find_version(workspace, text)["version"] == 1
    for text, said in {
        "nobody": "no model", "churn@7": "no version 7", "churn@challenger": "no version with the alias",
    }.items():
        with pytest.raises(NotFound, match=said):
            predict.find_version(workspace, text)
    with workspace.registry.write("me") as tx:
        models.set_alias(tx, "churn", "champion", None)
    with pytest.raises(NotFound, match="has no champion yet"):
        predict.find_version(workspace, "churn")


def test_a_changed_model_is_not_loaded(lab: Lab, tmp_path: Path) -> None:
    path = lab.workspace.store.path(predict.find_version(lab.workspace, "churn")["artifact"])
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(Corrupted, match="was changed"):
        predict.predict_file(lab.workspace, "churn", new_rows(tmp_path, "x", "1"), tmp_path / "out.csv")
