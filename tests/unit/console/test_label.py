"""`footplate label`: what was taken in one line, and what is wrong with a file by line and column."""

from __future__ import annotations

import json

import pytest

from console.cli import main
from core.workspace import Workspace
from tests.fakes.lab import RECIPE, Lab, learnable
from tests.fakes.mailroom import FOLDERS, Mailroom


@pytest.fixture
def room(workspace: Workspace) -> Mailroom:
    lab = Lab(workspace, RECIPE + FOLDERS)
    lab.add("a.csv", learnable(100, 1))
    lab.work()
    return Mailroom(lab)


def test_in_one_line_and_as_an_object(room: Mailroom, capsys: pytest.CaptureFixture[str]) -> None:
    path = room.drop("may.csv", ("id", "label"), [["p1", "yes"], ["p2", "no"]])
    assert main(["-w", str(room.root), "label", "churn", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 labels of churn from may.csv: 2 of ids that no answer has yet (undo: ")
    assert main(["-w", str(room.root), "label", "churn", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True
    path = room.drop("june.csv", ("id", "label"), [["p1", "no"]])
    assert main(["-w", str(room.root), "label", "churn", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["taken"], told["contradicting"], told["ids"]) == (1, 1, ["p1"])


def test_what_is_wrong(room: Mailroom, capsys: pytest.CaptureFixture[str]) -> None:
    path = room.drop("may.csv", ("id", "label"), [["p1", "yess"]])
    assert main(["-w", str(room.root), "label", "churn", str(path)]) == 4
    said = capsys.readouterr().err
    assert "may.csv: line 2, column label: found 'yess', expected one of no, yes" in said
    assert "did you mean yes?" in said
    assert main(["-w", str(room.root), "label", "other", str(path)]) == 3
    assert main(["-w", str(room.root), "label", "churn", str(room.root / "gone.csv")]) == 3
