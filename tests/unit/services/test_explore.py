"""Looking at files before there is a recipe, and at what changed between two versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import BadData, BadInput, NotFound
from core.services.explore import diff, explore
from core.workspace import Workspace
from tests.fakes.lab import Lab, learnable


def written(folder: Path, text: str) -> Path:
    path = folder / "new.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_file_without_a_recipe(tmp_path: Path) -> None:
    found = explore(written(tmp_path, "age;city\n30;Oslo\n41;Rome\n;Rome\n"))
    json.dumps(found, allow_nan=False)
    assert (found["rows"], found["columns"], found["bad_rows"], found["reasons"]) == (3, 2, 0, [])
    assert found["dialect"]["separator"] == ";"
    assert [(one["name"], one["kind"]) for one in found["schema"]] == [("age", "number"), ("city", "category")]
    assert found["profile"]["columns"]["age"]["missing"] == 1


def test_with_a_target_its_absence_is_a_reason(tmp_path: Path) -> None:
    path = written(tmp_path, "age,city\n30,Oslo\n41,Rome\n")
    assert explore(path, "age")["reasons"] == []
    [reason] = explore(path, "agee")["reasons"]
    assert (reason["check"], reason["column"]) == ("no_target", "agee")


def test_bad_rows_are_counted_and_do_not_hide_the_rest(tmp_path: Path) -> None:
    found = explore(written(tmp_path, "a,b\n1,2\n1,2,3\n3,4\n"))
    assert (found["rows"], found["bad_rows"]) == (2, 1)


def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"new\.csv: "):
        explore(written(tmp_path, ""))
    with pytest.raises(NotFound):
        explore(tmp_path)


def test_what_changed_between_two_versions(workspace: Workspace) -> None:
    lab = Lab(workspace)
    lab.add("a.csv", learnable(100, 1))
    lab.add("b.csv", [[x + 5, y] for x, y in learnable(50, 2)])
    lab.add("broken.csv", [["1"]], header=["x"])
    found = diff(workspace, "churn@1", "churn@2")
    text = json.dumps(found.to_json() if hasattr(found, "to_json") else found, allow_nan=False, default=str)
    assert '"x"' in text
    with pytest.raises(NotFound):
        diff(workspace, "churn@1", "churn@9")
    (workspace.root / "junk.csv").write_bytes(bytes(range(256)) * 20)
    from core.services import adding

    adding.add(workspace, "churn", [workspace.root / "junk.csv"])
    with pytest.raises(BadInput, match="churn@4 has no profile"):
        diff(workspace, "churn@1", "churn@4")
